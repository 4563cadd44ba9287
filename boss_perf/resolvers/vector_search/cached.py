"""Search by text with the embeddings of recent texts kept, and an embedder of stated cost to measure it with.

"60 % less latency from a cache" means nothing without the hit ratio h, the cost E of one embedding and the cost S of
the search behind it: the mean over a stream falls by h·E / (E + S); the 95th percentile stays while h < 0.95.
"""

import hashlib

import numpy as np

from ..caches.embeddings import EmbeddingCache
from .contract import Embedder, Vector
from .optimized import OptimizedVectorSearch

EMBEDDING_COST_S = 0.005
ROUNDS_PER_S = 3_600_000
"""About what one core with SHA instructions does in PBKDF2-SHA256; fixed, so that the work is the same everywhere."""


class CachedTextSearch(OptimizedVectorSearch):
    """Vector search that asks its embedder once per text, as long as the cache holds it.

    `model` names the embedder, so that one cache can serve several resolvers.
    """

    def __init__(self, dims: int, embedder: Embedder, *, cache: EmbeddingCache | None = None, model: str = "") -> None:
        self.cache = cache if cache is not None else EmbeddingCache()

        def embed(text: str) -> Vector:
            return self.cache.embedding(text, embedder, model=model)

        super().__init__(dims, embed)


class CostlyEmbedder:
    """A stand-in for a model: the vector depends on the text alone, and computing it takes a fixed amount of work.

    `cost_s` is nominal: it fixes the work, not the time, which differs from machine to machine.
    """

    def __init__(self, dims: int = 384, *, cost_s: float = EMBEDDING_COST_S) -> None:
        self.dims = dims
        self.rounds_count = round(cost_s * ROUNDS_PER_S)
        self.call_count = 0

    def __call__(self, text: str) -> Vector:
        """Spend the work, then give the vector."""
        self.call_count += 1
        if self.rounds_count:
            hashlib.pbkdf2_hmac("sha256", text.encode(), b"embedding", self.rounds_count)
        return self.vector(text)

    def vector(self, text: str) -> Vector:
        """The same vector without the work."""
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
        return np.random.default_rng(seed).standard_normal(self.dims)


def expected_reduction(hit_ratio: float, *, embedding_s: float, search_s: float) -> float:
    """The share of the mean latency that a cache can take away: h·E / (E + S)."""
    return hit_ratio * embedding_s / (embedding_s + search_s)
