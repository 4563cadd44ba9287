"""Masteries: graphs of tasks. The executor runs what may run at once; the composer walks a graph node by node."""

from .baseline import BaselineExecutor
from .composer_baseline import BaselineComposer
from .composer_contract import ComposerNode
from .composer_optimized import OptimizedComposer
from .contract import MasteryExecutor, TaskGraph, TaskNode
from .optimized import OptimizedExecutor
from .virtual_time import DeadlockInVirtualTime, VirtualTimeLoop

__all__ = [
    "BaselineComposer",
    "BaselineExecutor",
    "ComposerNode",
    "DeadlockInVirtualTime",
    "MasteryExecutor",
    "OptimizedComposer",
    "OptimizedExecutor",
    "TaskGraph",
    "TaskNode",
    "VirtualTimeLoop",
]
