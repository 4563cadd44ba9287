"""Six caches on cachebox, each with the policy it promises, and the trial that holds it to the promise."""

from .bounded import BoundedCache
from .contract import CacheStats, Policy
from .dependent import DependentCache
from .embeddings import EmbeddingCache
from .files import FileCache
from .health import HealthCache, Verdict
from .lookups import LookupCache
from .queries import QueryCache
from .responses import Response, ResponseCache
from .trial import Check, TrialReport, run_trial

__all__ = [
    "BoundedCache",
    "CacheStats",
    "Check",
    "DependentCache",
    "EmbeddingCache",
    "FileCache",
    "HealthCache",
    "LookupCache",
    "Policy",
    "QueryCache",
    "Response",
    "ResponseCache",
    "TrialReport",
    "Verdict",
    "run_trial",
]
