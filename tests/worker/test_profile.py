"""What a worker sees of calls, times and stacks: exact counts, whatever kind of function, and an end to every look."""

import asyncio
import functools
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boss_perf.worker.orders import CountCalls, SampleStacks, TimeFunctions
from boss_perf.worker.profile import counts
from boss_perf.worker.profile.counts import count_calls
from boss_perf.worker.profile.functions import ABOVE, FunctionTable
from boss_perf.worker.profile.stacks import sample_stacks
from boss_perf.worker.profile.times import time_functions
from boss_perf.worker.subject import Subject

HERE = Path(__file__).parent
TOP = f"{Path(__file__).stem}"


def table() -> FunctionTable:
    return FunctionTable(str(HERE), [str(HERE)])


def names(answer: Any) -> list[str]:
    return [each.label.removeprefix(f"{TOP}.") for each in answer.functions]


def edges(answer: Any) -> dict[tuple[str, str], int]:
    known = [*names(answer), "above"]
    return {(known[caller], known[callee]): count for caller, callee, count in answer.edges}


class Shelf:
    def put(self, count: int) -> int:
        return sum(leaf(each) for each in range(count))


class Text(str):
    def expandtabs(self, tabsize: Any = 8) -> str:
        return str(self)


def leaf(number: int) -> int:
    return number + 1


def numbers(count: int) -> Any:
    yield from range(count)


def tree() -> list[int]:
    Shelf().put(4)
    kept = [leaf(each) for each in numbers(3)]
    return sorted(kept, key=lambda each: -leaf(each))


async def hop() -> None:
    await asyncio.sleep(0)


async def waits() -> int:
    for _ in range(2):
        await hop()
    return leaf(1)


def deep(count: int) -> int:
    return 0 if count == 0 else 1 + deep(count - 1)


def crowd() -> None:
    threads = [threading.Thread(target=tree) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_every_call_is_counted_and_a_comprehension_is_part_of_its_function() -> None:
    counted = edges(count_calls(Subject(tree), CountCalls(0, 5), table()))
    assert counted["above", "tree"] == 5
    assert counted["tree", "Shelf.put"] == 5
    assert counted["Shelf.put", "leaf"] == 20
    assert counted["tree", "leaf"] == 30
    assert counted["tree", "numbers"] == 5


def test_who_calls_by_way_of_a_library_is_counted_as_the_caller() -> None:
    def wrapped() -> None:
        functools.lru_cache(None)(leaf)(1)
        list(map(functools.partial(leaf), range(3)))
        textwrap.TextWrapper(width=9).wrap(Text("a b c d e f g"))

    counted = edges(count_calls(Subject(wrapped), CountCalls(0, 2), table()))
    own = f"{test_who_calls_by_way_of_a_library_is_counted_as_the_caller.__name__}.<locals>.wrapped"
    assert (counted[own, "leaf"], counted[own, "Text.expandtabs"]) == (8, 2)
    assert not any(each[0] == "textwrap.TextWrapper.wrap" for each in counted)


def test_a_c_function_is_counted_for_the_function_that_calls_it() -> None:
    answer = count_calls(Subject(tree), CountCalls(0, 5), table())
    assert {(names(answer)[at], name): count for at, name, count in answer.builtins}["tree", "sorted"] == 5


def test_a_coroutine_counts_once_however_often_it_is_resumed() -> None:
    counted = edges(count_calls(Subject(waits), CountCalls(0, 3), table()))
    assert (counted["above", "waits"], counted["waits", "hop"], counted["waits", "leaf"]) == (3, 6, 3)


def test_calls_in_threads_are_counted() -> None:
    assert edges(count_calls(Subject(crowd), CountCalls(0, 1), table()))["tree", "Shelf.put"] == 2


def test_a_set_up_is_no_part_of_what_is_counted() -> None:
    subject = Subject(leaf, setup=lambda: ((leaf(1),), {}))
    assert edges(count_calls(subject, CountCalls(0, 4), table())) == {("above", "leaf"): 4}
    answer = time_functions(subject, TimeFunctions(0, 4), table())
    assert [names(answer)[at] for at, _ in answer.self_ns] == ["leaf"]


def test_ten_thousand_calls_deep_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10_200)
    try:
        subject = Subject(deep, args=(10_000,))
        assert edges(count_calls(subject, CountCalls(0, 1), table()))["deep", "deep"] == 10_000
        timed = time_functions(subject, TimeFunctions(0, 1), table())
        assert [each[2] for each in timed.edges if each[:2] == (0, 0)] == [10_000]
        sampled = sample_stacks(subject, SampleStacks(0, 5, 5, 200_000), table())
        assert sampled.is_cut
        assert {sampled.functions[stack[-1]].name for stack, _ in sampled.stacks} >= {"deep"}
        assert sys.getrecursionlimit() == 10_200
    finally:
        sys.setrecursionlimit(limit)


def test_counting_ends_when_there_are_too_many_calls_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "EVENT_LIMIT", 50)
    answer = count_calls(Subject(tree), CountCalls(0, 100), table())
    assert answer.is_cut
    assert sum(each[2] for each in (*answer.edges, *answer.builtins)) <= 50


def test_the_profiler_gives_c_time_to_the_caller() -> None:
    def sorts() -> None:
        sorted(range(20_000), key=float)

    answer = time_functions(Subject(sorts), TimeFunctions(0, 3), table())
    spent = {names(answer)[at]: ns for at, ns in answer.self_ns}
    assert set(spent) == {f"{test_the_profiler_gives_c_time_to_the_caller.__name__}.<locals>.sorts"}
    assert answer.wall_ns >= sum(spent.values()) > 0


@pytest.mark.parametrize("look", [count_calls, time_functions])
def test_what_the_subject_raises_leaves_no_hook_behind(look: Callable[..., Any]) -> None:
    def raises() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        look(Subject(raises), CountCalls(0, 1), table())
    assert sys.getprofile() is None
    look(Subject(tree), CountCalls(0, 1), table())


def test_stacks_begin_below_the_worker() -> None:
    answer = sample_stacks(Subject(tree), SampleStacks(0, 10, 600, 200_000), table())
    assert answer.stacks
    assert {names(answer)[stack[0]] for stack, _ in answer.stacks} == {"tree"}
    assert ABOVE not in {number for stack, _ in answer.stacks for number in stack}


def test_the_stacks_of_other_threads_are_seen() -> None:
    def busy() -> None:
        threads = [threading.Thread(target=lambda: [tree() for _ in range(20_000)]) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert sample_stacks(Subject(busy), SampleStacks(0, 1, 1, 500_000), table()).is_threaded
