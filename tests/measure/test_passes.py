"""In which order arms are asked for what, how often, and what is left out of the clock."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from boss_perf.measure.arms import Arm, warm_up
from boss_perf.measure.look import Effort, Look
from boss_perf.measure.memory_pass import TRACES, trace_memory
from boss_perf.measure.passes import (
    DRIFT_RATIO,
    LEAST_QUADS,
    PAIRS_NS,
    SLOW_BATCH_NS,
    drift_ratio,
    take_pairs,
    take_quads,
)
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.stats.paired import choose_clock
from boss_perf.worker.messages import Answer, BatchTimes, MemoryTrace, Warmed
from boss_perf.worker.orders import Order, TimeBatches, TraceMemory, WarmUp

MS = 1_000_000
FRAME = Sample(workload="t.py::t", phase=Pass.PAIRS, fork=0, started_at=datetime(2026, 11, 28, tzinfo=UTC))


class Subject:
    """A link to one arm: a call takes `call_ns(n)` for the n-th call so far, and `set_up_ns` around it."""

    process = None

    def __init__(
        self, log: list[tuple[str, Order]], side: str, call_ns: Callable[[int], int], *, set_up_ns: int = 0,
        cpu_ratio: float = 1.0, left: int = 0, pushed: int = 0, peaks: Sequence[int] = (),
    ) -> None:  # fmt: skip
        self._log, self._side, self._call_ns, self._set_up_ns = log, side, call_ns, set_up_ns
        self._cpu_ratio, self._left, self._pushed = cpu_ratio, left, pushed
        self._peaks = iter(peaks)
        self.made = 0

    def order(self, order: Order, _wanted: type, *, timeout_s: float) -> Answer:
        self._log.append((self._side, order))
        if isinstance(order, TraceMemory):
            return MemoryTrace("memray", next(self._peaks), 10, 1)
        if isinstance(order, WarmUp):
            wall = self._spend(order.calls)
            whole = wall + order.calls * self._set_up_ns
            cpu = round(wall * self._cpu_ratio)
            return Warmed(wall, cpu, whole, cpu, cpu, self._left, self._pushed)
        assert isinstance(order, TimeBatches)
        walls = tuple(self._spend(order.calls) for _ in range(order.count))
        self._spend(order.lead)
        return BatchTimes(tuple(round(each * self._cpu_ratio) for each in walls), walls, self._left, self._pushed)

    def _spend(self, calls: int) -> int:
        self.made += calls
        return sum(self._call_ns(number) for number in range(self.made - calls, self.made))


def arms_of(*links: Subject) -> list[Arm]:
    return [Arm(link, 0, link._side, 1) for link in links]  # type: ignore[arg-type]


def look(share: float = 0.1) -> Look:
    return Look(effort=Effort(share=share), rng=random.Random(7))


def orders(calls: int) -> list[tuple[str, TimeBatches]]:
    log: list[tuple[str, Order]] = []
    arms = arms_of(*(Subject(log, side, lambda _number: 1) for side in "ab"))
    order, taken = take_quads(arms, calls=calls, quads=50, rng=random.Random(7))
    assert len(order) == 50
    assert [len(side) for side in taken] == [100, 100]
    return [(side, each) for side, each in log if isinstance(each, TimeBatches)]


def test_neighbouring_batches_of_an_arm_are_one_order() -> None:
    log = orders(100)
    assert all(before[0] != after[0] for before, after in pairwise(log))
    assert {each.count for _, each in log} == {1, 2}


@pytest.mark.parametrize(("calls", "lead"), [(1, 0), (2, 1), (10, 1), (11, 2), (1000, 100)])
def test_a_tenth_of_a_batch_leads_in_unless_it_is_a_single_call(calls: int, lead: int) -> None:
    assert {(each.calls, each.lead) for _, each in orders(calls)[1:]} == {(calls, lead)}


def test_neither_arm_is_always_warmed_first() -> None:
    first = []
    for seed in range(40):
        log: list[tuple[str, Order]] = []
        arms = arms_of(Subject(log, "a", lambda _number: 100), Subject(log, "b", lambda _number: 200))
        warmths = warm_up(arms, least_ns=10 * MS, rng=random.Random(seed))
        assert [each.wall_ns for each in warmths] == [100, 200]
        first.append(log[0][0])
    assert 10 < first.count("a") < 30


@pytest.mark.parametrize("call_ns", [50, 20_000, 36 * MS])
def test_both_arms_are_called_equally_often_whatever_they_take(call_ns: int) -> None:
    links = [Subject([], "a", lambda _number: call_ns), Subject([], "b", lambda _number: 3 * call_ns)]
    warm_up(arms_of(*links), least_ns=10 * MS, rng=random.Random(7))
    assert links[0].made == links[1].made >= 1
    assert 3 * call_ns * links[0].made <= max(2 * 3 * call_ns, 25 * MS)
    take_pairs(arms_of(*links), FRAME, look())
    assert links[0].made == links[1].made


@pytest.mark.parametrize("ratio", [0, 1, 10, 100, 1000, 100_000])
def test_a_long_set_up_makes_neither_batches_nor_forks_endless(ratio: int) -> None:
    links = [Subject([], side, lambda _number: 20_000, set_up_ns=20_000 * ratio) for side in "ab"]
    sample = take_pairs(arms_of(*links), FRAME, look(share=1.0))
    whole_ns = 20_000 * (1 + ratio)
    assert sample.calls_per_batch == 1 or sample.calls_per_batch * whole_ns <= 1.1 * SLOW_BATCH_NS
    spent_ns = 4 * len(sample.order) * sample.calls_per_batch * whole_ns
    assert len(sample.order) == LEAST_QUADS or spent_ns <= 3.1 * PAIRS_NS


@pytest.mark.parametrize(
    ("cpu_ratio", "left", "pushed", "is_waiting"),
    [(1.0, 0, 0, False), (0.5, 0, 4, False), (0.5, 3, 1, True), (1.0, 3, 1, False)],
    ids=["computes", "is pushed off its core", "waits", "computes and gives way at times"],
)
def test_only_what_leaves_its_core_by_itself_waits(cpu_ratio: float, left: int, pushed: int, is_waiting: bool) -> None:
    links = [
        Subject([], side, lambda _number: 36 * MS, cpu_ratio=cpu_ratio, left=left, pushed=pushed) for side in "ab"
    ]  # fmt: skip
    sample = take_pairs(arms_of(*links), FRAME, look())
    assert sample.is_waiting is is_waiting
    assert choose_clock([sample]).value == ("wall" if is_waiting else "cpu")


def test_what_is_still_filling_a_cache_is_warmed_up_longer() -> None:
    links = [Subject([], side, lambda number: 1 * MS if number < 60 else 100_000) for side in "ab"]
    sample = take_pairs(arms_of(*links), FRAME, look(share=0.5))
    assert sample.conditions.drift_ratio == 0
    per_call = [each / sample.calls_per_batch for each in sample.values("a", Reading.WALL_NS)]
    assert set(per_call) == {100_000}
    assert links[0].made == links[1].made


def test_a_look_lasts_as_long_as_it_may_where_the_first_calls_were_dear() -> None:
    links = [Subject([], side, lambda number: 28 * MS if number < 3 else 7 * MS) for side in "ab"]
    sample = take_pairs(arms_of(*links), FRAME, look(share=1.0))
    assert sum(sample.values("a", Reading.WALL_NS)) == pytest.approx(PAIRS_NS / 2, rel=0.3)
    assert len(sample.order) == len(sample.values("a", Reading.WALL_NS)) // 2


def test_a_look_at_what_grows_with_every_call_ends_in_time() -> None:
    links = [Subject([], side, lambda number: 2_000 * (1 + number // 2_000)) for side in "ab"]
    sample = take_pairs(arms_of(*links), FRAME, look(share=0.5))
    told_ns = sum(sum(sample.values(side, Reading.WALL_NS)) for side in "ab")
    assert 0.3 * PAIRS_NS < told_ns < 0.9 * PAIRS_NS


def test_what_never_settles_keeps_its_drift() -> None:
    links = [Subject([], side, lambda number: round(10_000 * 1.001**number)) for side in "ab"]
    sample = take_pairs(arms_of(*links), FRAME, look())
    assert sample.conditions.drift_ratio is not None
    assert sample.conditions.drift_ratio > 0.2


def test_a_few_slow_batches_are_no_drift() -> None:
    quiet = [(100, 100)] * 40
    assert drift_ratio((quiet, quiet)) == 0
    assert drift_ratio((quiet, [*[(180, 180)] * 7, *quiet])) == 0
    assert drift_ratio((quiet, [*[(180, 180)] * 20, *quiet])) == pytest.approx(0.444, abs=0.001)
    assert drift_ratio((quiet[:10], [(200, 200)] * 5 + quiet[:5])) == 0


@pytest.mark.parametrize(
    ("peaks", "rounds", "last"),
    [
        (((100, 100), (100, 100)), 2, (100, 100)),
        (((900, 100, 100), (100, 100, 100)), 3, (100, 100)),
        ((tuple(range(9)), tuple(range(9))), TRACES, (5, 5)),
    ],
    ids=["steady", "the first call filled something", "never the same twice"],
)
def test_memory_is_traced_equally_often_until_it_is_steady(
    peaks: Sequence[Sequence[int]], rounds: int, last: tuple[int, int]
) -> None:
    log: list[tuple[str, Order]] = []
    links = [Subject(log, side, lambda _number: 1, peaks=of_arm) for side, of_arm in zip("ab", peaks, strict=True)]
    sample = trace_memory(arms_of(*links), FRAME, look())
    assert [side for side, _ in log] == ["a", "b"] * rounds
    assert tuple(sample.values(arm, Reading.PEAK_BYTES)[0] for arm in "ab") == last


def test_batches_whose_work_differs_by_chance_are_no_drift() -> None:
    rng = random.Random(3)
    drawn = [[(sum(rng.choices((400, 4000), (0.7, 0.3), k=15)), 0) for _ in range(40)] for _ in range(300)]
    assert sum(drift_ratio((each, each)) > DRIFT_RATIO for each in drawn) <= 3
