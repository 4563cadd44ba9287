"""The next item of a worklist: filter and sort all of them each time; or keep them in a heap."""

from .baseline import BaselineWorklist
from .contract import WorkItem, Worklist
from .optimized import OptimizedWorklist

__all__ = ["BaselineWorklist", "OptimizedWorklist", "WorkItem", "Worklist"]
