"""The boundary that every resolver has: whatever happens behind it, a result comes out."""

import asyncio

import pytest

from boss_perf.resolvers.database import OptimizedSqliteDatabase
from boss_perf.resolvers.files import OptimizedFiles
from boss_perf.resolvers.health import OptimizedHealth
from boss_perf.resolvers.language import OptimizedLanguage
from boss_perf.resolvers.llm_parsing import OptimizedResponseParser
from boss_perf.resolvers.mastery import ComposerNode, OptimizedComposer, OptimizedExecutor
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskStatus
from boss_perf.resolvers.registry import OptimizedRegistry
from boss_perf.resolvers.retry import OptimizedRetry
from boss_perf.resolvers.scheduling import BaselineWorklist, OptimizedWorklist
from boss_perf.resolvers.vector_search import OptimizedVectorSearch

HUGE = "x" * 1_000_000


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class Raising(Resolver):
    def __init__(self, error):
        super().__init__(ResolverMetadata("raising", "1", ""))
        self.error = error

    async def answer(self, task):
        raise self.error


@pytest.mark.parametrize("task", [Task("t"), None, "t"])
@pytest.mark.parametrize("error", [ValueError("x"), ValueError(), Unspeakable()])
def test_every_exception_becomes_an_error_result_with_a_message(task, error):
    result = asyncio.run(Raising(error).resolve(task))
    assert (result.status, result.output_data) == (TaskStatus.ERROR, {})
    assert result.error["kind"] == type(error).__name__
    assert result.error["message"] == result.message != ""
    assert result.task_id == (task.id if isinstance(task, Task) else "")


def test_a_cancellation_passes_through():
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Raising(asyncio.CancelledError()).resolve(Task("t")))


def every_resolver(directory):
    yield OptimizedSqliteDatabase(directory / "missing.db")
    yield OptimizedFiles(directory)
    yield OptimizedHealth({})
    yield OptimizedLanguage()
    yield OptimizedResponseParser()
    yield OptimizedExecutor({})
    yield OptimizedComposer({"a": ComposerNode(Raising(ValueError("x")))}, entry_node="a")
    yield OptimizedRegistry()
    yield OptimizedRetry()
    yield OptimizedWorklist()
    yield OptimizedVectorSearch(3)


@pytest.mark.parametrize("input_data", [None, [], HUGE, {}, {"operation": None}, {"operation": {}}, {1: 2}])
def test_every_resolver_refuses_what_is_no_task_of_its_own(tmp_path, input_data):
    for resolver in every_resolver(tmp_path):
        result = asyncio.run(resolver.resolve(Task("t", input_data)))
        assert (result.status, result.output_data) == (TaskStatus.ERROR, {}), resolver


@pytest.mark.parametrize(
    "input_data",
    [
        {"operation": HUGE},
        {"operation": "get", "name": HUGE, "version": HUGE, "doc_id": HUGE},
        {"operation": "finish", "item_id": HUGE},
        {"operation": "update", "item_id": HUGE, "priority": 1},
        {"operation": "execute_mastery", "mastery_name": HUGE},
        {"operation": "get_execution_state", "execution_id": HUGE},
        {"operation": "translate", "text": "", "params": {"source_lang": HUGE, "target_lang": HUGE}},
        {"operation": "check_resolver", "name": HUGE},
        {"operation": "read", "path": HUGE},
        {"operation": "select", "table": HUGE},
    ],
)
def test_an_error_result_does_not_repeat_a_huge_input(tmp_path, input_data):
    for resolver in every_resolver(tmp_path):
        result = asyncio.run(resolver.resolve(Task("t", input_data)))
        assert result.status is TaskStatus.ERROR
        assert len(result.message) < 1_000, resolver


@pytest.mark.parametrize("kind", [BaselineWorklist, OptimizedWorklist])
def test_a_duplicate_is_named_in_short(kind):
    worklist = kind()
    worklist.add(HUGE)
    result = asyncio.run(worklist.resolve(Task("t", {"operation": "add", "item_id": HUGE})))
    assert len(result.message) < 1_000
