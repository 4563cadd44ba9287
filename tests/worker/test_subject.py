"""The timing loops: what is inside the clock, which inputs each arm sees, what a clock that jumps shows."""

import asyncio
import itertools

import pytest

from boss_perf.worker import order_loop as serving_room
from boss_perf.worker.clocks import CLOCKS
from boss_perf.worker.orders import WarmUp
from boss_perf.worker.subject import Subject


class FakeClock:
    """Moves a fixed number of nanoseconds at every look."""

    def __init__(self, step_ns: int) -> None:
        self._ticks = itertools.count(0, step_ns)

    def __call__(self) -> int:
        return next(self._ticks)


@pytest.fixture
def fake_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CLOCKS, "wall_ns", FakeClock(1000))
    monkeypatch.setattr(CLOCKS, "thread_ns", FakeClock(10))


@pytest.mark.usefixtures("fake_clocks")
@pytest.mark.parametrize(
    "subject",
    [
        lambda: Subject(lambda: None),
        lambda: Subject(lambda x: x, args=(1,)),
        lambda: Subject(lambda x: x, inputs=[1, 2]),
    ],
)
def test_a_batch_looks_at_each_clock_twice(subject) -> None:
    assert subject().batch(50) == (10, 1000)


@pytest.mark.usefixtures("fake_clocks")
def test_single_calls_are_timed_one_by_one() -> None:
    assert Subject(lambda: None).calls(3) == [1000, 1000, 1000]


@pytest.mark.usefixtures("fake_clocks")
def test_a_pedantic_setup_stays_outside_the_clock() -> None:
    seen = []
    subject = Subject(seen.append, setup=lambda: ((len(seen),), {}), teardown=lambda _x: seen.append("down"))
    assert subject.batch(2) == (20, 2000)
    assert seen == [0, "down", 2, "down"]


@pytest.mark.parametrize("set_up_ns", [0, 900])
def test_warming_up_tells_what_a_call_takes_with_its_set_up(monkeypatch: pytest.MonkeyPatch, set_up_ns: int) -> None:
    now_ns = 0

    def spend(duration_ns: int) -> None:
        nonlocal now_ns
        now_ns += duration_ns

    def set_up() -> tuple[tuple[int], dict[str, int]]:
        spend(set_up_ns)
        return (100,), {}

    monkeypatch.setattr(CLOCKS, "wall_ns", lambda: now_ns)
    monkeypatch.setattr(CLOCKS, "thread_ns", lambda: now_ns)
    warmed = serving_room._warm_up(Subject(spend, setup=set_up), WarmUp(0, calls=5))
    assert (warmed.wall_ns, warmed.whole_ns) == (5 * 100, 5 * (100 + set_up_ns))


def test_inputs_come_in_order_and_go_round() -> None:
    seen: list[int] = []
    subject = Subject(seen.append, inputs=[1, 2, 3])
    subject.batch(2)
    subject.calls(2)
    assert seen == [1, 2, 3, 1]


def test_a_lead_in_repeats_the_last_inputs_and_does_not_move_the_next_batch() -> None:
    seen: list[int] = []
    subject = Subject(seen.append, inputs=[1, 2, 3, 4])
    subject.batch(3)
    subject.lead_in(2)
    subject.batch(2)
    assert seen == [1, 2, 3, 2, 3, 4, 1]


def test_a_lead_in_makes_no_set_up() -> None:
    seen: list[str] = []
    Subject(lambda: None, setup=lambda: seen.append("made")).lead_in(3)
    assert seen == []


def test_coroutines_are_awaited_even_when_a_plain_function_returns_them() -> None:
    done = []

    async def work(x: int) -> int:
        done.append(x)
        return x * 2

    subject = Subject(lambda x: work(x), inputs=[3, 4])
    assert [subject.answer(index) for index in (0, 1)] == [6, 8]
    done.clear()
    subject.batch(3)
    assert done == [3, 4, 3]


def test_what_calls_leave_to_the_loop_is_done_within_their_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    async def work(x: int = 0) -> None:
        asyncio.get_running_loop().call_soon(done.append, x)

    monkeypatch.setattr(CLOCKS, "thread_ns", lambda: len(done))
    assert [Subject(work).batch(3)[0], Subject(work, inputs=[1, 2]).batch(3)[0]] == [3, 3]


def test_what_is_awaited_beside_a_loop_that_cannot_be_turned_leaves_the_warm_one_free() -> None:
    async def work() -> int:
        return 3

    subject = Subject(work)
    asyncio._set_running_loop(asyncio.AbstractEventLoop())
    try:
        assert subject.answer(0) == 3
    finally:
        asyncio._set_running_loop(None)
    assert subject.answer(0) == 3


def test_a_suite_that_patches_time_does_not_bend_the_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setattr(time, "perf_counter_ns", lambda: 0)
    monkeypatch.setattr(time, "thread_time_ns", lambda: 0)
    _, wall_ns = Subject(lambda: sum(range(20_000))).batch(5)
    assert wall_ns > 0
