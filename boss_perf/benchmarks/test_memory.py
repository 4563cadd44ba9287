"""What five kinds of things occupy while they are kept: every call makes them anew and returns what keeps them.

What is judged is the memory retained while the keeper lives. Values read back must be equal; for vectors, near enough
that searches find the same neighbours.
"""

from functools import partial

import numpy as np
import pytest

from boss_perf.resolvers.footprint import (
    ColumnResultSets,
    DictResultSets,
    ModelTasks,
    ObjectHistory,
    ObjectResponses,
    PackedHistory,
    SlotTasks,
    TextResponses,
)
from boss_perf.resolvers.footprint.material import COLUMNS, executions, replies, result_rows, task_fields
from boss_perf.resolvers.vector_search import BaselineVectorSearch, OptimizedVectorSearch, clustered, recall

DIMS = 384
VECTORS_COUNT = 20_000
EXECUTIONS_COUNT = 100
REPLIES_COUNT = 2_000
RESULT_SETS_COUNT = 500
TASKS_COUNT = 10_000
OVERALL_SHARE = 10
READ_COUNT = 100
SMALLEST_RECALL = 0.99


def kept(keeper, things):
    for thing in things:
        keeper.add(thing)
    return keeper


def same_readings(left, right):
    """Equal values at a hundred places, the first and the last among them."""
    assert len(left) == len(right)
    for place in np.linspace(0, len(left) - 1, READ_COUNT).astype(int).tolist():
        assert left.read(place) == right.read(place), f"thing {place}"
    return True


@pytest.fixture(scope="module")
def corpus():
    return clustered(VECTORS_COUNT, queries_count=64)


@pytest.fixture(scope="module")
def documents(corpus):
    return corpus.documents()


def searching(kind, documents):
    resolver = kind(DIMS)
    resolver.store.put(documents)
    return resolver


def mean_recall(resolver, corpus):
    """Recall@10 against exact search in float64."""
    vectors, queries = corpus.vectors.astype(np.float64), corpus.queries.astype(np.float64)
    scores = (queries @ vectors.T) / np.linalg.norm(vectors, axis=1)
    best = np.argpartition(scores, -10, axis=1)[:, -10:]
    return float(
        np.mean(
            [
                recall(resolver.search(query, top_k=10), [{"doc_id": str(row)} for row in rows])
                for query, rows in zip(queries, best, strict=True)
            ]
        )
    )


def same_documents(left, right):
    assert left.store.count() == right.store.count()
    assert all(left.store.get(str(row)) == right.store.get(str(row)) for row in range(0, left.store.count(), 97))
    return True


@pytest.fixture
def sees_native_memory():
    pytest.importorskip("memray", reason="only memray sees what a graph allocates: pip install boss-perf[memory]")


def test_memory_vectors(paired, corpus, documents, sees_native_memory):
    """Double vectors in a dict against the default of the latency rows, with its graph."""
    found_ratio = mean_recall(searching(OptimizedVectorSearch, documents), corpus)
    paired.extra_info["recall"] = found_ratio
    assert found_ratio >= SMALLEST_RECALL
    paired(
        baseline=lambda: searching(BaselineVectorSearch, documents),
        optimized=lambda: searching(OptimizedVectorSearch, documents),
        agree=same_documents,
    )


def test_memory_vectors_exact(paired, documents, sees_native_memory):
    """Double vectors in a dict against rows of half precision without a graph."""
    paired(
        baseline=lambda: searching(BaselineVectorSearch, documents),
        optimized=lambda: searching(partial(OptimizedVectorSearch, graph_from_count=None), documents),
        agree=same_documents,
    )


def compare_keepers(paired, plain, lean, things):
    paired(baseline=lambda: kept(plain(), things), optimized=lambda: kept(lean(), things), agree=same_readings)


def test_memory_mastery_history(paired):
    """A hundred runs with outputs of about 50 KB."""
    compare_keepers(paired, ObjectHistory, PackedHistory, executions(EXECUTIONS_COUNT))


def test_memory_llm_responses(paired):
    """Two thousand answers of about 4 KB."""
    compare_keepers(paired, ObjectResponses, TextResponses, replies(REPLIES_COUNT))


def test_memory_result_sets(paired):
    """Five hundred results of a hundred rows and eight columns."""
    keepers = (lambda: DictResultSets(COLUMNS), lambda: ColumnResultSets(COLUMNS))
    compare_keepers(paired, *keepers, result_rows(RESULT_SETS_COUNT))


@pytest.fixture
def has_pydantic():
    pytest.importorskip("pydantic", reason="the baseline keeps tasks as pydantic models: pip install pydantic")


def test_memory_task_objects(paired, has_pydantic):
    """Ten thousand tasks with four inputs, three entries of history and one result."""
    compare_keepers(paired, ModelTasks, SlotTasks, task_fields(TASKS_COUNT))


def test_memory_overall(paired, documents, has_pydantic):
    """All five at a tenth of their size, in one tuple."""
    some = documents[: VECTORS_COUNT // OVERALL_SHARE]
    things = (
        executions(EXECUTIONS_COUNT // OVERALL_SHARE),
        replies(REPLIES_COUNT // OVERALL_SHARE),
        result_rows(RESULT_SETS_COUNT // OVERALL_SHARE),
        task_fields(TASKS_COUNT // OVERALL_SHARE),
    )

    def plain():
        keepers = (ObjectHistory(), ObjectResponses(), DictResultSets(COLUMNS), ModelTasks())
        return (searching(BaselineVectorSearch, some), *map(kept, keepers, things))

    def lean():
        keepers = (PackedHistory(), TextResponses(), ColumnResultSets(COLUMNS), SlotTasks())
        return (searching(OptimizedVectorSearch, some), *map(kept, keepers, things))

    def agree(left, right):
        return same_documents(left[0], right[0]) and all(map(same_readings, left[1:], right[1:]))

    paired(baseline=plain, optimized=lean, agree=agree)
