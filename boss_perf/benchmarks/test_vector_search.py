"""Vector search: 1 000 and 10 000 documents of 384 dimensions in Gaussian clusters, 256 queries in turn, top 10."""

from itertools import cycle

import numpy as np
import pytest

from boss_perf.resolvers.protocol import Task
from boss_perf.resolvers.vector_search import (
    BaselineVectorSearch,
    OptimizedVectorSearch,
    clustered,
    recall,
    same_neighbours,
)

DIMS = 384
TOP_K = 10
SMALLEST_RECALL = 0.95


@pytest.fixture(scope="module")
def corpus_1k():
    return clustered(1_000)


@pytest.fixture(scope="module")
def corpus_10k():
    return clustered(10_000)


@pytest.fixture(scope="module")
def exact_1k(corpus_1k):
    return filled(OptimizedVectorSearch(DIMS, graph_from_count=None), corpus_1k)


@pytest.fixture(scope="module")
def hnsw_10k(corpus_10k, pytestconfig):
    """The graph is kept between processes; the recall check below is what vouches for a kept one."""
    pytest.importorskip("hnswlib", reason="hnswlib is not installed: pip install boss-perf[hnsw]")
    directory = pytestconfig.rootpath / ".boss-perf" / "cache" / "hnsw"
    resolver = filled(OptimizedVectorSearch(DIMS, graph_directory=directory), corpus_10k)
    assert resolver.store.graph is not None
    return resolver


def filled(resolver, corpus):
    resolver.store.put(corpus.documents())
    return resolver


def queries_of(corpus):
    return list(corpus.queries.astype(np.float64))


def mean_recall(resolver, corpus):
    """Recall@10 over all queries, against exact search in float64."""
    vectors, queries = corpus.vectors.astype(np.float64), corpus.queries.astype(np.float64)
    scores = (queries @ vectors.T) / np.linalg.norm(vectors, axis=1)
    best = np.argpartition(scores, -TOP_K, axis=1)[:, -TOP_K:]
    return float(
        np.mean(
            [
                recall(resolver.search(query, top_k=TOP_K), [{"doc_id": str(row)} for row in rows])
                for query, rows in zip(queries, best, strict=True)
            ]
        )
    )


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


def test_search_1k(benchmark, exact_1k, corpus_1k):
    found_ratio = mean_recall(exact_1k, corpus_1k)
    benchmark.extra_info["recall"] = found_ratio
    assert found_ratio >= 0.999
    result = benchmark(asking(exact_1k, corpus_1k))
    assert result.is_success, result.message
    assert result.output_data["count"] == TOP_K


def test_search_10k(benchmark, hnsw_10k, corpus_10k):
    found_ratio = mean_recall(hnsw_10k, corpus_10k)
    benchmark.extra_info["recall"] = found_ratio
    assert found_ratio >= SMALLEST_RECALL
    result = benchmark(asking(hnsw_10k, corpus_10k))
    assert result.is_success, result.message
    assert result.output_data["count"] == TOP_K


def test_search_1k_reduction(paired, exact_1k, corpus_1k):
    plain = filled(BaselineVectorSearch(DIMS), corpus_1k)
    paired(
        baseline=lambda query: plain.search(query, top_k=TOP_K),
        optimized=lambda query: exact_1k.search(query, top_k=TOP_K),
        inputs=queries_of(corpus_1k),
        agree=same_neighbours,
    )


def test_search_10k_reduction(paired, hnsw_10k, corpus_10k):
    """Sixteen queries only: the loop takes some 40 ms for each."""
    plain = filled(BaselineVectorSearch(DIMS), corpus_10k)
    found_ratio = mean_recall(hnsw_10k, corpus_10k)
    paired.extra_info["recall"] = found_ratio
    assert found_ratio >= SMALLEST_RECALL
    paired(
        baseline=lambda query: plain.search(query, top_k=TOP_K),
        optimized=lambda query: hnsw_10k.search(query, top_k=TOP_K),
        inputs=queries_of(corpus_10k)[:16],
        agree=nearly_same_neighbours,
    )


def test_hnsw_overhead(paired, hnsw_10k, corpus_10k):
    """What the resolver adds to the library's own call on the same graph."""
    bare = hnsw_10k.store.graph.bare
    lengths = np.linalg.norm(corpus_10k.queries, axis=1, keepdims=True)
    paired(
        baseline=lambda query: bare.knn_query(query, k=TOP_K, num_threads=1),
        optimized=lambda query: hnsw_10k.search(query, top_k=TOP_K),
        inputs=list(corpus_10k.queries / lengths),
        agree=lambda found, hits: len(hits) == TOP_K and overlap(found, hits) >= 0.8,
    )


def overlap(found, hits):
    labels, _distances = found
    return recall(hits, [{"doc_id": str(label)} for label in labels[0]])
