"""What serving an order leaves behind in the process that is measured."""

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from boss_perf.worker.channel import Channel
from boss_perf.worker.clocks import CLOCKS
from boss_perf.worker.messages import BatchTimes, Message, Ready, WalkTime
from boss_perf.worker.order_loop import serve
from boss_perf.worker.orders import Order, Release, TimeBatches, TimeCalls, TimeWalk
from boss_perf.worker.rounds import CAPACITY
from boss_perf.worker.subject import Subject

ORDERS = 4000
HELD_BYTES = 200_000
"""What a shake of the heap holds differs by some 40 KB; orders that each left four numbers would leave 300 KB."""


class _Tool(Channel):
    """Gives one order over and over, then releases the test; notes what is allocated after a quarter and after all."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.early_bytes = self.late_bytes = 0
        self._given = 0

    def send(self, message: Message) -> None:
        """Nobody listens."""

    def receive(self, *, timeout_s: float | None = None) -> Message:
        if self._given == ORDERS // 4:
            self.early_bytes = tracemalloc.get_traced_memory()[0]
        elif self._given == ORDERS:
            self.late_bytes = tracemalloc.get_traced_memory()[0]
        self._given += 1
        return self._order if self._given <= ORDERS else Release()


@pytest.mark.parametrize(
    "order",
    [TimeBatches(0, calls=2, count=2, lead=1), TimeCalls(0, calls=2)],
    ids=["batches", "calls"],
)
def test_timing_leaves_nothing_allocated(order: Order) -> None:
    tool = _Tool(order)
    subject = Subject(lambda: None)
    tracemalloc.start()
    try:
        serve(tool, [subject], Ready("t.py::t", ("subject",), (), ""))
    finally:
        tracemalloc.stop()
    assert tool.late_bytes - tool.early_bytes < HELD_BYTES
    assert len(subject.rounds.seconds()) == CAPACITY


def test_what_a_suite_watches_itself_with_is_laid_aside_while_it_is_timed() -> None:
    seen = []

    def work() -> None: ...

    def watch(frame: Any, _event: str, _argument: Any) -> None:
        seen.append(frame.f_code.co_name)

    tracer = sys.gettrace()
    sys.setprofile(watch)
    sys.settrace(watch)
    try:
        serve(_Tool(TimeBatches(0, calls=2, count=2)), [Subject(work)], Ready("t.py::t", ("subject",), (), ""))
        kept = sys.getprofile(), sys.gettrace()
    finally:
        sys.setprofile(None)
        sys.settrace(tracer)
    assert kept == (watch, watch)
    assert "serve" in seen
    assert "work" not in seen


class _Patient(Channel):
    """Gives its orders, with a pause before each; keeps what was told."""

    def __init__(self, *orders: Order, pause: Callable[[], object] = lambda: None) -> None:
        self._orders = iter(orders)
        self._pause = pause
        self.told: list[Any] = []

    def send(self, message: Message) -> None:
        self.told.append(message)

    def receive(self, *, timeout_s: float | None = None) -> Message:
        self._pause()
        return next(self._orders, Release())


@pytest.mark.parametrize(("left_ns", "counted_ns"), [(1_000_000, 1_000_000), (10_000, 0), (0, 0)])
def test_what_a_call_leaves_to_a_thread_is_counted_with_the_next(
    left_ns: int, counted_ns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    done: list[int] = []

    def work_off() -> None:
        done.extend(left)
        left.clear()

    monkeypatch.setattr(CLOCKS, "thread_ns", lambda: 0)
    monkeypatch.setattr(CLOCKS, "process_ns", lambda: sum(done))
    tool = _Patient(*4 * [TimeBatches(0, calls=1, count=1, lead=0)], pause=work_off)
    serve(tool, [Subject(lambda: left.append(left_ns))], Ready("t.py::t", ("subject",), (), ""))
    assert [each.cpu_ns for each in tool.told if isinstance(each, BatchTimes)] == [(0,), *3 * [(counted_ns,)]]


class _Leaving:
    """Leaves cyclic garbage behind; `collected` counts what the collector took away."""

    collected = 0

    def __init__(self) -> None:
        self.own = self

    def __del__(self) -> None:
        _Leaving.collected += 1


@pytest.mark.parametrize("is_wanted", [True, False])
def test_garbage_is_collected_while_an_order_is_carried_out_or_not_at_all(is_wanted: bool) -> None:
    between = []

    def litter() -> None:
        before = _Leaving.collected
        kept = [[] for _ in range(20_000)]
        between.append(_Leaving.collected - before)
        kept.clear()

    tool = _Patient(*10 * [TimeBatches(0, calls=2000, count=1, lead=0)], pause=litter)
    gc.collect()
    _Leaving.collected = 0
    was_wanted = gc.isenabled()
    (gc.enable if is_wanted else gc.disable)()
    try:
        serve(tool, [Subject(_Leaving)], Ready("t.py::t", ("subject",), (), ""))
        assert gc.isenabled() is is_wanted
        assert between == [0] * 11
        assert (_Leaving.collected > 0) is is_wanted
    finally:
        (gc.enable if was_wanted else gc.disable)()


def test_a_subject_that_turns_the_collector_off_has_it_off() -> None:
    was_wanted = gc.isenabled()
    try:
        orders = 2 * [TimeBatches(0, calls=1, count=1, lead=0)]
        serve(_Patient(*orders), [Subject(gc.disable)], Ready("t.py::t", ("subject",), (), ""))
        assert not gc.isenabled()
    finally:
        (gc.enable if was_wanted else gc.disable)()


def test_a_walk_takes_in_the_call_and_what_it_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_by_one() -> Iterator[int]:
        for number in range(3):
            taken.append(number)
            yield number

    def numbers() -> Iterator[int]:
        taken.append(-1)
        return one_by_one()

    taken: list[int] = []
    monkeypatch.setattr(CLOCKS, "wall_ns", lambda: 1000 * len(taken))
    tool = _Patient(TimeWalk(0))
    serve(tool, [Subject(numbers)], Ready("t.py::t", ("subject",), (), ""))
    assert [each.wall_ns for each in tool.told if isinstance(each, WalkTime)] == [4000]
