"""Search by text as BOSS does it: the query is embedded anew every time. Frozen: do not speed it up.

The search behind it is the optimized one, so that the comparison shows the cache and nothing else.
"""

from ..vector_search.contract import Embedder
from ..vector_search.optimized import OptimizedVectorSearch


class UncachedTextSearch(OptimizedVectorSearch):
    """Vector search that asks its embedder for every text."""

    def __init__(self, dims: int, embedder: Embedder) -> None:
        super().__init__(dims, embedder)
