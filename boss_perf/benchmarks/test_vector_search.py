"""Vector search: 1 000 to 20 000 documents of 384 dimensions in Gaussian clusters, 256 queries in turn, top 10.

The resolver is the default one throughout, but where a test names hnswlib.
"""

from itertools import cycle

import numpy as np
import pytest

from boss_perf.resolvers.protocol import Task
from boss_perf.resolvers.vector_search import (
    BaselineVectorSearch,
    Corpus,
    OptimizedVectorSearch,
    clustered,
    mean_recall,
    recall,
    same_neighbours,
)
from boss_perf.resolvers.vector_search.graph import BUILD_BREADTH, LINKS_COUNT, SEED

DIMS = 384
TOP_K = 10
SMALLEST_RECALL = 0.95
REPEATED_COUNT, REPETITIONS_COUNT = 10, 120


@pytest.fixture(scope="module")
def corpus_1k():
    return clustered(1_000)


@pytest.fixture(scope="module")
def corpus_10k():
    return clustered(10_000)


@pytest.fixture(scope="module")
def corpus_20k():
    return clustered(20_000, queries_count=64)


@pytest.fixture(scope="module")
def default_1k(corpus_1k):
    return filled(OptimizedVectorSearch(DIMS), corpus_1k)


@pytest.fixture(scope="module")
def default_10k(corpus_10k):
    return filled(OptimizedVectorSearch(DIMS), corpus_10k)


@pytest.fixture(scope="module")
def default_20k(corpus_20k):
    """The object whose memory `test_memory.py::test_memory_vectors` measures."""
    return filled(OptimizedVectorSearch(DIMS), corpus_20k)


@pytest.fixture(scope="module")
def hnswlib_10k(corpus_10k):
    pytest.importorskip("hnswlib", reason="hnswlib is not installed: pip install boss-perf[hnsw]")
    resolver = filled(OptimizedVectorSearch(DIMS, engine="hnswlib"), corpus_10k)
    assert resolver.store.is_graph_trusted
    return resolver


def filled(resolver, corpus):
    resolver.store.put(corpus.documents())
    return resolver


def queries_of(corpus):
    return list(corpus.queries.astype(np.float64))


def asking(resolver, corpus):
    """One search task after the other, through the protocol."""
    tasks = cycle(
        Task("search", {"operation": "search", "query_vector": query, "top_k": TOP_K}) for query in queries_of(corpus)
    )

    async def ask():
        return await resolver.resolve(next(tasks))

    return ask


def nearly_same_neighbours(left, right):
    return len(left) == len(right) and recall(right, left) >= 0.8


def search_latency(benchmark, resolver, corpus):
    found_ratio = mean_recall(resolver, corpus)
    benchmark.extra_info["recall"] = found_ratio
    assert found_ratio >= SMALLEST_RECALL
    result = benchmark(asking(resolver, corpus))
    assert result.is_success, result.message
    assert result.output_data["count"] == TOP_K


def test_search_1k(benchmark, default_1k, corpus_1k):
    search_latency(benchmark, default_1k, corpus_1k)


def test_search_10k(benchmark, default_10k, corpus_10k):
    search_latency(benchmark, default_10k, corpus_10k)


def test_search_20k(benchmark, default_20k, corpus_20k):
    search_latency(benchmark, default_20k, corpus_20k)


def test_search_10k_scattered(benchmark):
    """Directions drawn evenly: no graph finds the nearest among them, so every search is exact."""
    draw = np.random.default_rng(20240715)
    corpus = Corpus(
        draw.standard_normal((10_000, DIMS), dtype=np.float32), draw.standard_normal((256, DIMS), dtype=np.float32)
    )
    search_latency(benchmark, filled(OptimizedVectorSearch(DIMS), corpus), corpus)


def test_search_repeated(benchmark):
    """10 000 documents of which ten vectors stand 120 times each; asked for are a hundred that stand once."""
    corpus = clustered(10_000)
    vectors = corpus.vectors
    for place in range(REPEATED_COUNT):
        vectors[place * REPETITIONS_COUNT : (place + 1) * REPETITIONS_COUNT] = vectors[-1 - place]
    resolver = filled(OptimizedVectorSearch(DIMS), corpus)
    assert resolver.store.is_graph_trusted
    unique = range(REPEATED_COUNT * REPETITIONS_COUNT, len(vectors) - REPEATED_COUNT, 88)
    queries = {str(row): vectors[row].astype(np.float64) for row in unique}
    found_ratio = np.mean([resolver.search(query, top_k=1)[0]["doc_id"] == row for row, query in queries.items()])
    benchmark.extra_info["own_document_ratio"] = float(found_ratio)
    search_latency(benchmark, resolver, Corpus(vectors, np.array(list(queries.values()))))


def test_search_1k_reduction(paired, default_1k, corpus_1k):
    plain = filled(BaselineVectorSearch(DIMS), corpus_1k)
    paired(
        baseline=lambda query: plain.search(query, top_k=TOP_K),
        optimized=lambda query: default_1k.search(query, top_k=TOP_K),
        inputs=queries_of(corpus_1k),
        agree=same_neighbours,
    )


def compare_10k(paired, resolver, corpus):
    """Sixteen queries only: the loop takes some 40 ms for each."""
    plain = filled(BaselineVectorSearch(DIMS), corpus)
    found_ratio = mean_recall(resolver, corpus)
    paired.extra_info["recall"] = found_ratio
    assert found_ratio >= SMALLEST_RECALL
    paired(
        baseline=lambda query: plain.search(query, top_k=TOP_K),
        optimized=lambda query: resolver.search(query, top_k=TOP_K),
        inputs=queries_of(corpus)[:16],
        agree=nearly_same_neighbours,
    )


def test_search_10k_reduction(paired, default_10k, corpus_10k):
    compare_10k(paired, default_10k, corpus_10k)


def test_search_10k_hnswlib(paired, hnswlib_10k, corpus_10k):
    compare_10k(paired, hnswlib_10k, corpus_10k)


def test_hnsw_overhead(paired, hnswlib_10k, corpus_10k):
    """What the resolver adds to the library's own call on the same graph."""
    bare = hnswlib_10k.store.graph.bare
    lengths = np.linalg.norm(corpus_10k.queries, axis=1, keepdims=True)
    paired(
        baseline=lambda query: bare.knn_query(query, k=TOP_K, num_threads=1),
        optimized=lambda query: hnswlib_10k.search(query, top_k=TOP_K),
        inputs=list(corpus_10k.queries / lengths),
        agree=lambda found, hits: len(hits) == TOP_K and overlap(found, hits) >= 0.8,
    )


def test_indexing(paired):
    """One op: 4 500 documents. The baseline gives them to bare hnswlib at once, the resolver gets one at a time."""
    hnswlib = pytest.importorskip("hnswlib", reason="hnswlib is not installed: pip install boss-perf[hnsw]")
    corpus = clustered(4_500)
    documents = corpus.documents()
    units = corpus.vectors / np.linalg.norm(corpus.vectors, axis=1, keepdims=True)

    def bare():
        index = hnswlib.Index(space="ip", dim=DIMS)
        index.init_index(len(units), M=LINKS_COUNT, ef_construction=BUILD_BREADTH, random_seed=SEED)
        index.add_items(units, np.arange(len(units)), num_threads=1)
        return index.get_current_count()

    def one_by_one():
        resolver = OptimizedVectorSearch(DIMS)
        for document in documents:
            resolver.store.put([document])
        assert resolver.store.is_graph_trusted
        return resolver.store.count()

    paired(baseline=bare, optimized=one_by_one)


def overlap(found, hits):
    labels, _distances = found
    return recall(hits, [{"doc_id": str(label)} for label in labels[0]])
