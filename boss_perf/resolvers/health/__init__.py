"""Health of components: asked one after the other or all at once; asked at once, in bounded time, and remembered."""

from .baseline import GatherHealth, SequentialHealth
from .contract import METADATA, Health, Probe, Verdict
from .optimized import OptimizedHealth

__all__ = ["METADATA", "GatherHealth", "Health", "OptimizedHealth", "Probe", "SequentialHealth", "Verdict"]
