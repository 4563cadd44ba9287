"""Whether a task is tried again, and after how long: worked out each time; or read from a table."""

from .baseline import BaselineRetry
from .contract import BackoffStrategy, RetryPolicy, TaskRetry
from .optimized import OptimizedRetry

__all__ = ["BackoffStrategy", "BaselineRetry", "OptimizedRetry", "RetryPolicy", "TaskRetry"]
