"""What five kinds of things occupy while they are kept: every call makes them anew and returns what keeps them.

What is judged is the memory retained while the keeper lives. Values read back must be equal; for vectors, near enough
that searches find the same neighbours.
"""

import contextlib
from functools import partial

import numpy as np
import pytest

from boss_perf.resolvers.caches import QueryCache
from boss_perf.resolvers.database import BaselineSqliteDatabase, OptimizedSqliteDatabase, reference_rows
from boss_perf.resolvers.footprint import (
    ModelTasks,
    ObjectResponses,
    ProtocolTasks,
    SlotTasks,
    TextResponses,
)
from boss_perf.resolvers.footprint.material import executions, replies, task_fields
from boss_perf.resolvers.mastery import BaselineExecutor, OptimizedExecutor, TaskGraph, TaskNode
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task
from boss_perf.resolvers.vector_search import BaselineVectorSearch, OptimizedVectorSearch, clustered, mean_recall

DIMS = 384
VECTORS_COUNT = 20_000
EXECUTIONS_COUNT = 100
REPLIES_COUNT = 500
RESULT_SETS_COUNT = 200
TASKS_COUNT = 2_000
TOGETHER_VECTORS_COUNT, TOGETHER_EXECUTIONS_COUNT, TOGETHER_REPLIES_COUNT = 2_000, 10, 200
TOGETHER_RESULT_SETS_COUNT, TOGETHER_TASKS_COUNT = 50, 1_000
READ_COUNT = 100
SMALLEST_RECALL = 0.95
EXECUTE = Task("execute", {"operation": "execute_mastery", "mastery_name": "graph"})


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


def same_documents(left, right):
    assert left.store.count() == right.store.count()
    assert all(left.store.get(str(row)) == right.store.get(str(row)) for row in range(0, left.store.count(), 97))
    return True


@pytest.fixture
def sees_native_memory():
    pytest.importorskip("memray", reason="only memray sees what a graph allocates: pip install boss-perf[memory]")


def test_memory_vectors(paired, corpus, documents, sees_native_memory):
    """Double vectors in a dict against the default of the latency rows, with its graph."""
    _, resolver = paired(
        baseline=lambda: searching(BaselineVectorSearch, documents),
        optimized=lambda: searching(OptimizedVectorSearch, documents),
        agree=same_documents,
    )
    paired.extra_info["recall"] = found_ratio = mean_recall(resolver, corpus)
    assert found_ratio >= SMALLEST_RECALL


def test_memory_vectors_exact(paired, documents, sees_native_memory):
    """Double vectors in a dict against rows of half precision without a graph."""
    paired(
        baseline=lambda: searching(BaselineVectorSearch, documents),
        optimized=lambda: searching(partial(OptimizedVectorSearch, graph_from_count=None), documents),
        agree=same_documents,
    )


def compare_keepers(paired, plain, lean, things):
    paired(baseline=lambda: kept(plain(), things), optimized=lambda: kept(lean(), things), agree=same_readings)


class Replayed(Resolver):
    """Answers with one recorded output after the other."""

    def __init__(self, things):
        super().__init__(ResolverMetadata("replayed", "1.0.0", "answers as it once did"))
        self.things = iter(things)

    async def answer(self, task):
        """The next output."""
        return next(self.things).output


def executed(kind, things):
    """An executor after as many executions, run without an event loop, as nothing suspends."""
    executor = kind({"graph": TaskGraph([TaskNode("node", Replayed(things))])}, history_size=EXECUTIONS_COUNT)
    for _ in range(len(things.encoded)):
        with contextlib.suppress(StopIteration):
            executor.resolve(EXECUTE).send(None)
    return executor


def same_histories(left, right):
    """Equal outputs of every execution, in order."""

    def outputs(executor):
        return [executor.recall_output(each["execution_id"])["outputs"] for each in executor.recent()]

    assert len(left.recent()) == len(right.recent())
    return outputs(left) == outputs(right)


def test_memory_mastery_history(paired):
    """An executor after a hundred executions with outputs of about 50 KB, all of which it can tell again."""
    things = executions(EXECUTIONS_COUNT)
    paired(
        baseline=lambda: executed(BaselineExecutor, things),
        optimized=lambda: executed(OptimizedExecutor, things),
        agree=same_histories,
    )


def test_memory_llm_responses(paired):
    """Five hundred answers of about 4 KB."""
    compare_keepers(paired, ObjectResponses, TextResponses, replies(REPLIES_COUNT))


def asked(resolver, count):
    """The resolver and its answers to so many questions for a hundred rows each; none of them suspends."""
    answers = []
    for account in range(count):
        where = {"account": account}
        task = Task("read", {"operation": "SELECT", "table": reference_rows.TABLE, "where": where})
        try:
            resolver.resolve(task).send(None)
        except StopIteration as stop:
            answers.append(stop.value.output_data)
    return answers


def answers_kept(file, count):
    """All that BOSS leaves to those who want to have the rows again."""
    return asked(BaselineSqliteDatabase(file), count)


def resolver_that_remembers(file, count):
    """The resolver, which tells the rows again."""
    resolver = OptimizedSqliteDatabase(file, results=QueryCache())
    asked(resolver, count)
    return resolver


def told_again(keeper):
    """The answers that are kept, or that a resolver remembers."""
    if isinstance(keeper, list):
        return keeper
    entries = keeper.results.entries
    hits_before = entries.stats().hit_count
    answers = asked(keeper, len(entries))
    assert entries.stats().hit_count == hits_before + len(answers), "not all were remembered"
    return answers


def same_results(left, right):
    return told_again(left) == told_again(right)


def test_memory_result_sets(paired, file):
    """Two hundred results of a hundred rows and eight columns."""
    paired(
        baseline=lambda: answers_kept(file, RESULT_SETS_COUNT),
        optimized=lambda: resolver_that_remembers(file, RESULT_SETS_COUNT),
        agree=same_results,
    )


@pytest.fixture(scope="module")
def file():
    return reference_rows.sqlite_file()


@pytest.fixture
def has_pydantic():
    pytest.importorskip("pydantic", reason="the baseline keeps tasks as pydantic models: pip install pydantic")


def test_memory_task_objects(paired, has_pydantic):
    """Two thousand tasks with four inputs, three entries of history and one result."""
    compare_keepers(paired, ModelTasks, SlotTasks, task_fields(TASKS_COUNT))


def test_memory_protocol_tasks(paired, has_pydantic):
    """The same tasks as the resolvers hand them on: every one a dataclass of its own."""
    compare_keepers(paired, ModelTasks, ProtocolTasks, task_fields(TASKS_COUNT))


def test_memory_overall(paired, documents, file, has_pydantic, sees_native_memory):
    """All five in one tuple."""
    some = documents[:TOGETHER_VECTORS_COUNT]
    runs = executions(TOGETHER_EXECUTIONS_COUNT)
    things = (replies(TOGETHER_REPLIES_COUNT), task_fields(TOGETHER_TASKS_COUNT))

    def plain():
        stores = (
            searching(BaselineVectorSearch, some),
            executed(BaselineExecutor, runs),
            answers_kept(file, TOGETHER_RESULT_SETS_COUNT),
        )
        return (*stores, *map(kept, (ObjectResponses(), ModelTasks()), things))

    def lean():
        resolver = resolver_that_remembers(file, TOGETHER_RESULT_SETS_COUNT)
        stores = (searching(OptimizedVectorSearch, some), executed(OptimizedExecutor, runs), resolver)
        return (*stores, *map(kept, (TextResponses(), SlotTasks()), things))

    def agree(left, right):
        checks = (same_documents, same_histories, same_results, same_readings, same_readings)
        return all(check(one, other) for check, one, other in zip(checks, left, right, strict=True))

    paired(baseline=plain, optimized=lean, agree=agree)
