"""What serving an order leaves behind in the process that is measured."""

import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from boss_perf.worker.channel import Channel
from boss_perf.worker.clocks import CLOCKS
from boss_perf.worker.messages import BatchTimes, Message, Ready, WalkTime
from boss_perf.worker.order_loop import serve
from boss_perf.worker.orders import Order, Release, TimeBatches, TimeCalls, TimeWalk
from boss_perf.worker.subject import CAPACITY, Subject

ORDERS = 4000
HELD_BYTES = 60_000
"""What a shake of the heap holds differs by some 30 KB; orders that each left four numbers would leave 300 KB."""


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

    def __init__(self, *orders: Order, pause_s: float = 0.0) -> None:
        self._orders = iter(orders)
        self._pause_s = pause_s
        self.told: list[Any] = []

    def send(self, message: Message) -> None:
        self.told.append(message)

    def receive(self, *, timeout_s: float | None = None) -> Message:
        time.sleep(self._pause_s)
        return next(self._orders, Release())


def test_what_a_call_leaves_to_a_thread_is_counted_with_the_next() -> None:
    left: SimpleQueue[int] = SimpleQueue()
    worker = threading.Thread(target=lambda: [sum(range(each)) for each in iter(left.get, 0)], daemon=True)
    worker.start()
    told = []
    for work in (lambda: left.put(200_000), lambda: None):
        tool = _Patient(*4 * [TimeBatches(0, calls=1, count=1, lead=0)], pause_s=0.1)
        serve(tool, [Subject(work)], Ready("t.py::t", ("subject",), (), ""))
        told.append([each.cpu_ns[0] for each in tool.told if isinstance(each, BatchTimes)])
    left.put(0)
    assert max(told[1]) < 500_000 < min(told[0][1:])


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
