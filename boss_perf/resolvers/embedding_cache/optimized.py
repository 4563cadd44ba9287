"""Search by text with the embeddings of recent texts kept: 1 000 of them, for an hour."""

from ..caches.embeddings import EmbeddingCache
from ..vector_search.contract import Embedder, Vector
from ..vector_search.optimized import OptimizedVectorSearch


class CachedTextSearch(OptimizedVectorSearch):
    """Vector search that asks its embedder once per text, as long as the cache holds it.

    `model` names the embedder, so that one cache can serve several resolvers.
    """

    def __init__(self, dims: int, embedder: Embedder, *, cache: EmbeddingCache | None = None, model: str = "") -> None:
        self.cache = cache if cache is not None else EmbeddingCache()

        def embed(text: str) -> Vector:
            return self.cache.embedding(text, embedder, model=model)

        super().__init__(dims, embed)
