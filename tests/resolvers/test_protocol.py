"""The boundary that every resolver has: whatever happens behind it, a result comes out."""

import asyncio
import random
import sqlite3
from contextlib import closing
from types import MappingProxyType

import pytest

from boss_perf.resolvers.database import BaselineSqliteDatabase, OptimizedSqliteDatabase
from boss_perf.resolvers.files import BaselineFiles, Limits, OptimizedFiles
from boss_perf.resolvers.health import OptimizedHealth, SequentialHealth
from boss_perf.resolvers.language import BaselineLanguage, OptimizedLanguage
from boss_perf.resolvers.llm_parsing import BaselineResponseParser, OptimizedResponseParser
from boss_perf.resolvers.mastery import (
    BaselineComposer,
    BaselineExecutor,
    ComposerNode,
    OptimizedComposer,
    OptimizedExecutor,
    TaskGraph,
    TaskNode,
)
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskStatus
from boss_perf.resolvers.registry import BaselineRegistry, OptimizedRegistry
from boss_perf.resolvers.retry import BaselineRetry, OptimizedRetry
from boss_perf.resolvers.scheduling import BaselineWorklist, OptimizedWorklist
from boss_perf.resolvers.serialization import BaselineSerializer, OptimizedSerializer
from boss_perf.resolvers.vector_search import BaselineVectorSearch, OptimizedVectorSearch

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


@pytest.mark.parametrize("error", [ValueError("x"), ValueError(), Unspeakable()])
def test_every_exception_becomes_an_error_result_with_a_message(error):
    task = Task("t")
    result = asyncio.run(Raising(error).resolve(task))
    assert (result.status, result.output_data, result.task_id) == (TaskStatus.ERROR, {}, task.id)
    assert result.error["kind"] == type(error).__name__
    assert result.error["message"] == result.message != ""


@pytest.mark.parametrize("no_task", [None, "t"])
def test_what_is_no_task_becomes_an_error_result(no_task):
    result = asyncio.run(Echo().resolve(no_task))
    assert (result.status, result.output_data, result.task_id) == (TaskStatus.ERROR, {}, "")
    assert result.message


def test_input_data_may_be_any_mapping_and_must_be_one():
    assert asyncio.run(Echo().resolve(Task("t", MappingProxyType({"a": 1})))).output_data == {"a": 1}
    assert asyncio.run(Echo().resolve(Task("t", [("a", 1)]))).error["kind"] == "wrong_type"


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


class Echo(Resolver):
    def __init__(self):
        super().__init__(ResolverMetadata("echo", "1.0.0", "", frozenset({"echo"}), frozenset({"tag"})))

    async def answer(self, task):
        return dict(task.input_data)


class Spiteful(list):
    """Raises at whatever is done with it."""

    def __iter__(self):
        raise RuntimeError

    __repr__ = __bool__ = __eq__ = __iter__
    __hash__ = None


def nested(depth):
    inner = []
    for _ in range(depth):
        inner = [inner]
    return inner


FITTING = {
    "table": "t", "where": {"id": 1}, "data": {"name": "z"}, "path": "a", "source": "a", "target": "b",
    "content": 'see {"a": 1}', "format": "json", "name": "echo", "text": "It dont matter. I has 2 apples",
    "item_id": "i", "priority": 2.5, "version": "1.0.0", "mastery_name": "m", "query": "SELECT * FROM t",
    "pattern": "e", "payload": b'{"name": "x"}', "doc_id": "d", "query_vector": [0.1, 0.2, 0.3],
    "embedding": [1, 2, 3], "top_k": 2, "documents": [{"doc_id": "k", "content": "c"}], "limit": 1, "params": {},
    "task": Task("t", {"operation": "echo"}),
}  # fmt: skip
JUNK = [
    None, True, 0, -1, 10**400, float("nan"), float("inf"), "", "x" * 10_000, "\ud800", "\0", "..", "((((",
    "yaml", b"\xff", [], [1, 2, 3], [float("nan")] * 3, [1e308] * 3, [[1]], {}, {"id": [1]}, {1: 2}, {1, 2},
    nested(3_000), Spiteful([1]), object(), int, 1j, range(5), "SELECT 1; DROP TABLE t",
    '```json\n{"a": NaN}\n```', "{" * 5_000, Task("t"), Echo(),
]  # fmt: skip


def twins(directory):
    for arm in ("plain", "quick"):
        (directory / arm).mkdir()
        with closing(sqlite3.connect(directory / arm / "t.db")) as connection, connection:
            connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
            connection.execute("INSERT INTO t VALUES (1, 'a')")
    graph, nodes, limits = TaskGraph([TaskNode("n", Echo())]), {"a": ComposerNode(Echo())}, Limits(allow_deletes=True)
    yield (
        BaselineSqliteDatabase(directory / "plain" / "t.db", is_read_only=False),
        OptimizedSqliteDatabase(directory / "quick" / "t.db", is_read_only=False),
    )
    yield BaselineFiles(directory / "plain", limits=limits), OptimizedFiles(directory / "quick", limits=limits)
    yield SequentialHealth({"echo": lambda: True}), OptimizedHealth({"echo": lambda: True})
    yield BaselineExecutor({"m": graph}), OptimizedExecutor({"m": graph})
    yield BaselineComposer(nodes, entry_node="a"), OptimizedComposer(nodes, entry_node="a")
    yield BaselineVectorSearch(3), OptimizedVectorSearch(3)
    for kinds in (
        (BaselineLanguage, OptimizedLanguage),
        (BaselineResponseParser, OptimizedResponseParser),
        (BaselineRegistry, OptimizedRegistry),
        (BaselineRetry, OptimizedRetry),
        (BaselineWorklist, OptimizedWorklist),
        (BaselineSerializer, OptimizedSerializer),
    ):
        yield [kind() for kind in kinds]


def test_twins_answer_alike_whatever_a_task_holds(tmp_path):
    """Arguments that fit, some of them missing, some replaced by what does not; no exception, one status."""
    draw = random.Random(20240715)

    async def answers():
        for plain, quick in twins(tmp_path):
            for _ in range(60):
                arguments = {name: fitting for name, fitting in FITTING.items() if draw.random() < 0.9}
                arguments |= {name: draw.choice(JUNK) for name in draw.sample(sorted(FITTING), draw.randrange(4))}
                arguments["operation"] = draw.choice(sorted(plain.metadata.capabilities) or ["compose"])
                left, right = [await each.resolve(Task("t", dict(arguments))) for each in (plain, quick)]
                assert left.status is right.status, (quick, arguments, left.message, right.message)

    asyncio.run(answers())
