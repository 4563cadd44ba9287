"""Search by text, where computing the query's embedding costs more than the search: with and without a cache."""

from .baseline import UncachedTextSearch
from .contract import EMBEDDING_COST_S, CostlyEmbedder, expected_reduction
from .optimized import CachedTextSearch

__all__ = ["EMBEDDING_COST_S", "CachedTextSearch", "CostlyEmbedder", "UncachedTextSearch", "expected_reduction"]
