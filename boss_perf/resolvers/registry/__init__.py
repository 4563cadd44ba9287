"""Finding a resolver by name, version or task: versions compared at each call; a map kept up to date."""

from .baseline import BaselineRegistry
from .contract import Registration, TaskResolverRegistry, version_key
from .optimized import OptimizedRegistry

__all__ = ["BaselineRegistry", "OptimizedRegistry", "Registration", "TaskResolverRegistry", "version_key"]
