"""Tasks as JSON text and back: a dict and the standard library; or msgspec straight from and to the dataclass."""

from .baseline import BaselineSerializer
from .contract import TaskSerializer
from .corpora import mixed_task
from .optimized import OptimizedSerializer

__all__ = ["BaselineSerializer", "OptimizedSerializer", "TaskSerializer", "mixed_task"]
