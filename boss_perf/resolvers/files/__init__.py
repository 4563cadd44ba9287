"""Files below one directory: opened, parsed and overwritten in place; parsed in C and replaced as a whole."""

from .baseline import BaselineFiles
from .contract import METADATA, FileFormat, Files, Limits
from .optimized import OptimizedFiles

__all__ = ["METADATA", "BaselineFiles", "FileFormat", "Files", "Limits", "OptimizedFiles"]
