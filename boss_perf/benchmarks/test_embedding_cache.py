"""Text search with an embedding of 5 ms: 3 000 Zipf(1.0) queries over 5 000 texts, after 3 000 others as warm-up.

One call is the next 20 queries of the stream, each arm with a place of its own in it, because replaying a short slice
would turn every query into a hit. The figure is a mean over the stream: the 95th percentile is the cost of a miss.
"""

from itertools import cycle

import pytest

from boss_perf.resolvers.caches.trial import zipf_trace
from boss_perf.resolvers.vector_search import OptimizedVectorSearch, clustered
from boss_perf.resolvers.vector_search.cached import (
    EMBEDDING_COST_S,
    CachedTextSearch,
    CostlyEmbedder,
    expected_reduction,
)

DIMS = 384
TOP_K = 10
STREAM_COUNT = 3_000
DISTINCT_COUNT = 5_000
SLICE_COUNT = 20
SEARCH_COST_S = 50e-6


@pytest.fixture(scope="module")
def documents():
    return clustered(1_000).documents()


@pytest.fixture(scope="module")
def queries():
    """The warm-up, then the stream."""
    texts = [f"query {key}" for key in zipf_trace(2 * STREAM_COUNT, distinct_count=DISTINCT_COUNT)]
    return texts[:STREAM_COUNT], texts[STREAM_COUNT:]


def uncached(documents, embedder):
    resolver = OptimizedVectorSearch(DIMS, embedder)
    resolver.store.put(documents)
    return resolver


def cached(documents, embedder, warm_up):
    """Warmed with the vectors alone: the work of an embedding is not spent on what is not measured."""
    resolver = CachedTextSearch(DIMS, embedder)
    resolver.store.put(documents)
    for text in warm_up:
        resolver.cache.embedding(text, embedder.vector)
    return resolver


def answer(resolver, text):
    return resolver.search(resolver.embedder(text), top_k=TOP_K)


def by_slices(resolver, stream):
    texts = cycle(stream)
    return lambda: [answer(resolver, next(texts)) for _ in range(SLICE_COUNT)]


def hits_since(cache, before):
    after = cache.stats()
    hit_count = after.hit_count - before.hit_count
    return hit_count / (hit_count + after.miss_count - before.miss_count)


def replayed_hit_ratio(documents, queries):
    """The whole stream once, embeddings free of cost: every answer equal, and how often the cache had the text."""
    warm_up, stream = queries
    plain, fast = uncached(documents, CostlyEmbedder(cost_s=0)), cached(documents, CostlyEmbedder(cost_s=0), warm_up)
    before = fast.cache.stats()
    for text in stream:
        assert answer(plain, text) == answer(fast, text)
    return hits_since(fast.cache, before)


def test_repeated_queries(paired, documents, queries):
    hit_ratio = replayed_hit_ratio(documents, queries)
    assert 0.70 <= hit_ratio <= 0.80
    paired.extra_info["hit_ratio"] = hit_ratio
    paired.extra_info["embedding_cost_s"] = EMBEDDING_COST_S
    paired.extra_info["ceiling_ratio"] = expected_reduction(
        hit_ratio, embedding_s=EMBEDDING_COST_S, search_s=SEARCH_COST_S
    )
    warm_up, stream = queries
    fast = cached(documents, CostlyEmbedder(), warm_up)
    paired(
        baseline=by_slices(uncached(documents, CostlyEmbedder()), stream),
        optimized=by_slices(fast, stream),
    )
