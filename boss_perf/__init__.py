"""Performance targets as code: promises in targets.yaml, status derived from evidence."""

__version__ = "0.1.0"
