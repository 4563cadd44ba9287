"""How the work of one operation grows with what is there: by the number of calls it makes, the same each time."""

import asyncio
import sys

import pytest

from boss_perf.resolvers.caches import BoundedCache, DependentCache, Policy
from boss_perf.resolvers.mastery import ComposerNode, OptimizedComposer, OptimizedExecutor, TaskGraph, TaskNode
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task
from boss_perf.resolvers.registry import OptimizedRegistry
from boss_perf.resolvers.scheduling import OptimizedWorklist

SIZES = (20, 1_000)


class Answering(Resolver):
    def __init__(self, name="r", version="1.0.0"):
        super().__init__(ResolverMetadata(name, version, "answers", frozenset({f"op {name}"}), frozenset({name})))

    async def answer(self, task):
        return {}


def calls_of(operation):
    """Python and C functions called."""
    operation()
    count = 0

    def counting(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        operation()
    finally:
        sys.setprofile(None)
    return count


def registry_latest(count):
    registry = OptimizedRegistry()
    for number in range(count):
        registry.register(Answering(f"r{number}"))
    return lambda: registry.get(f"r{count // 2}"), 1


def registry_register(count):
    registry = OptimizedRegistry()
    for number in range(count):
        registry.register(Answering("r", f"1.{number}.0"))
    return lambda: registry.register(Answering("r", f"1.{count // 2}.0")), 1


def registry_find(count):
    registry = OptimizedRegistry()
    for number in range(count):
        registry.register(Answering(f"r{number}"))
    task = Task("t", {"operation": f"op r{count - 1}"})
    return lambda: registry.find_for_task(task), 1


def worklist_turn(count):
    worklist = OptimizedWorklist()
    for number in range(count):
        worklist.add(f"i{number}", number % 7)

    def turn():
        worklist.forget(worklist.take().item_id)

    return turn, 1


def cache_get(count):
    cache = BoundedCache(Policy(count, ttl_s=60))
    for number in range(count):
        cache.put(number, number)
    return lambda: cache.get(count // 2), 1


def cache_change(count):
    cache = DependentCache(Policy(count))
    for number in range(count):
        cache.fetch(number, object, sources=("t",))
    return lambda: cache.changed("t"), 1


def executor_node(count):
    nodes = [TaskNode(f"n{at}", Answering(), (f"n{at - 3}",) if at >= 3 else ()) for at in range(count)]
    executor = OptimizedExecutor({"g": TaskGraph(nodes)}, history_size=1)
    task = Task("t", {"operation": "execute_mastery", "mastery_name": "g"})
    return lambda: asyncio.run(executor.resolve(task)), count


def composer_node(count):
    nodes = {f"n{at}": ComposerNode(Answering(), (f"n{at + 1}",) if at + 1 < count else ()) for at in range(count)}
    composer = OptimizedComposer(nodes, entry_node="n0")
    return lambda: asyncio.run(composer.resolve(Task("t", {}))), count


@pytest.mark.parametrize(
    "make",
    [registry_latest, registry_register, registry_find, worklist_turn, cache_get, cache_change, executor_node,
     composer_node],
    ids=lambda make: make.__name__,
)  # fmt: skip
def test_one_operation_calls_no_more_functions_when_there_is_more(make):
    """A logarithm may add some calls; anything in proportion would multiply them by fifty."""
    least, most = [calls_of(operation) / share for operation, share in map(make, SIZES)]
    assert most <= 1.5 * least + 15
