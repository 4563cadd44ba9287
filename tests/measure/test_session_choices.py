"""What a session asks of whoever runs its visits, and what it makes of what comes back; time is faked."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from measured_suites import Onlooker

from boss_perf.judge.decision import DecisionRule, Need
from boss_perf.measure.campaign import Campaign, Limits
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.gate_run import gate_campaigns
from boss_perf.measure.look import Effort
from boss_perf.measure.session import Session
from boss_perf.measure.visit_order import VisitOrder, VisitOutcome, Watcher
from boss_perf.model.samples import Failure, Pass, Reading, Sample, Series
from boss_perf.plan import WorkItem
from boss_perf.worker.messages import FailureKind

NAMES = ("t.py::a", "t.py::b", "t.py::c")


class Clock:
    now_s = 0.0


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now_s)
    return clock


def pairs(workload: str, fork: int, *, cpu_ns: int = 500_000) -> Sample:
    return Sample(
        workload=workload, phase=Pass.PAIRS, fork=fork, started_at=datetime(2026, 11, 28, tzinfo=UTC),
        arms=("base", "head"), order=(0,) * 4,
        series=tuple(
            Series(arm, reading, (ns,) * 8)
            for arm in ("base", "head")
            for reading, ns in ((Reading.CPU_NS, cpu_ns), (Reading.WALL_NS, 500_000))
        ),
    )  # fmt: skip


@dataclass
class Fake:
    """An executor that runs a visit when its outcome is asked for; `looks_s` is what one look at a workload takes."""

    clock: Clock
    looks_s: Callable[[str], float]
    failing: frozenset[str] = frozenset()
    cpu_ns: int = 500_000
    core_count: int = 2
    orders: list[VisitOrder] = field(default_factory=list)
    wanted: list[frozenset[str]] = field(default_factory=list)
    most_busy: int = 0
    beside: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open: list[VisitOrder] = []

    hosts: ClassVar = frozenset({None})
    piece_count: ClassVar = 1
    notes: ClassVar = ()

    def __call__(self, watcher: Watcher, _places: object) -> "Fake":
        self._watcher = watcher
        return self

    def __enter__(self) -> "Fake":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    @property
    def busy_count(self) -> int:
        return len(self._open)

    def free_hosts(self, *, is_alone: bool) -> tuple[None, ...]:
        return (None,) if self.busy_count < (1 if is_alone else self.core_count) else ()

    def start(self, order: VisitOrder) -> None:
        self.beside.append([item.workload for each in self._open for item in each.items])
        self._open.append(order)
        self.orders.append(order)
        self.most_busy = max(self.most_busy, len(self._open))

    def next_outcome(self) -> VisitOutcome:
        order = self._open.pop(0)
        outcome = VisitOutcome(order=order, core=0, hash_seed=1)
        for item in order.items:
            took_s = self.looks_s(item.workload)
            if took_s > order.item_s:
                self.clock.now_s += order.item_s / self.core_count
                outcome.late_s[item.workload] = order.item_s
                break
            self.clock.now_s += took_s / self.core_count
            outcome.spent_s[item.workload] = took_s
            outcome.elapsed_s += took_s
            if item.workload in self.failing:
                outcome.failures[item.workload] = {"head": Failure(FailureKind.RAISED, "no")}
            else:
                sample = pairs(item.workload, order.fork, cpu_ns=self.cpu_ns)
                self._watcher.sample_taken(replace(sample, phase=item.passes[0]))
        return outcome

    def keep_to(self, workloads: frozenset[str]) -> None:
        self.wanted.append(workloads)

    def clear(self) -> None:
        self._open.clear()


def counted(forks: int) -> Callable[[str, Sequence[Sample]], Need]:
    return lambda _name, samples: Need.MORE if len(samples) < forks else Need.NOTHING


def session(
    fake: Fake, *, need: Callable[[str, Sequence[Sample]], Need], budget_s: float = 300.0, is_eager: bool = True,
    alone: frozenset[str] = frozenset(), missing: int | None = 1, names: Sequence[str] = NAMES, sure_forks: int = 0,
) -> Session:  # fmt: skip
    place = ArmPlace(root=Path())
    campaign = Campaign(
        title="time", passes=(Pass.PAIRS,), need=need, effort=lambda *_: Effort(), least_forks=2,
        forks_missing=lambda *_: missing, is_eager=is_eager, is_alone=lambda name, _: name in alone,
    )  # fmt: skip
    return Session(
        [WorkItem(name, (Pass.PAIRS,)) for name in names], places=(place, place), campaigns=(campaign,),
        limits=Limits(budget_s=budget_s, sure_forks=sure_forks), seed=1, watcher=Onlooker(), executor=fake,
    )  # fmt: skip


def test_two_visits_run_at_once_and_what_needs_nothing_takes_no_part_in_the_next(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 1.0)
    seen = session(fake, need=lambda name, s: Need.MORE if len(s) < (2 if name.endswith("a") else 4) else Need.NOTHING)
    assert {name: len(each.samples) for name, each in seen.run().items()} == {NAMES[0]: 2, NAMES[1]: 4, NAMES[2]: 4}
    assert fake.most_busy == 2
    assert [item.workload for item in fake.orders[-1].items] == [*NAMES[1:]]


def test_what_bears_no_neighbour_has_none_and_the_others_go_on_side_by_side(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 1.0)
    session(fake, need=counted(3), alone=frozenset(NAMES)).run()
    assert fake.most_busy == 1
    fake = Fake(clock, lambda _name: 1.0)
    alone = frozenset(NAMES[:1])
    seen = session(fake, need=counted(4), alone=alone).run()
    assert all(len(each.samples) == 4 for each in seen.values())
    assert fake.most_busy == 2
    for order, beside in zip(fake.orders, fake.beside, strict=True):
        names = {item.workload for item in order.items}
        assert beside == [] if names <= alone else alone.isdisjoint([*names, *beside])


def test_only_what_is_known_to_be_missing_is_begun_where_the_count_is_known(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 1.0)
    session(fake, need=counted(2), is_eager=False).run()
    assert len(fake.orders) == 2


@pytest.mark.parametrize(("missing", "visits"), [(0, 3), (1, 4)])
def test_where_those_that_run_are_enough_none_is_begun_beside_them(clock: Clock, missing: int, visits: int) -> None:
    fake = Fake(clock, lambda _name: 1.0)
    session(fake, need=counted(3), missing=missing).run()
    assert len(fake.orders) == visits


def test_a_sample_confirms_where_the_question_was_to_confirm(clock: Clock) -> None:
    def need(_name: str, samples: Sequence[Sample]) -> Need:
        return Need.MORE if len(samples) < 2 else Need.FRESH if len(samples) < 4 else Need.NOTHING

    seen = session(Fake(clock, lambda _name: 1.0), need=need, names=NAMES[:1]).run()
    assert [each.is_confirmation for each in seen[NAMES[0]].samples] == [False, False, True, True]


def test_a_fork_whose_clock_stood_still_is_not_kept(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 100.0, cpu_ns=0)
    seen = session(fake, need=counted(1), names=NAMES[:1]).run()
    assert seen[NAMES[0]].samples == []


def test_visits_are_told_how_much_time_is_left_and_none_begins_after_it(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 2.0)
    session(fake, need=counted(1000), budget_s=30).run()
    assert clock.now_s <= 33
    assert [each.visit_s for each in fake.orders[:2]] == [30, 30]
    assert all(0 < each.visit_s <= 30 for each in fake.orders)


def test_one_slow_benchmark_does_not_starve_the_others_and_is_looked_at_last(clock: Clock) -> None:
    fake = Fake(clock, lambda name: 150.0 if name.endswith("a") else 0.5)
    seen = session(fake, need=counted(4), budget_s=150).run()
    assert [len(seen[name].samples) for name in NAMES[1:]] == [4, 4]
    assert Pass.PAIRS in seen[NAMES[0]].late_s
    first_alone = next(place for place, order in enumerate(fake.orders) if len(order.items) == 1)
    assert fake.orders[first_alone].items[0].workload == NAMES[0]
    assert fake.orders[first_alone].item_s == float("inf")
    assert seen[NAMES[0]].samples


def test_memory_leaves_most_of_the_time_for_times_and_what_it_lacks_comes_last(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 4.0)
    rules = {name: DecisionRule(margin_ratio=0.015, alpha=0.01, fork_limit=30) for name in NAMES}
    limits = Limits(budget_s=60, memory_forks=2)
    place = ArmPlace(root=Path())
    seen = Session(
        [WorkItem(name, (Pass.PAIRS, Pass.MEMORY)) for name in NAMES], places=(place, place),
        campaigns=[
            replace(each, need=counted(2 if Pass.PAIRS in each.passes else 8))
            for each in gate_campaigns(rules, limits, memory_margin_ratio=0.01)
        ],
        limits=limits, seed=1, watcher=Onlooker(), executor=fake,
    ).run()  # fmt: skip
    kinds = [order.items[0].passes[0] for order in fake.orders]
    assert [kind for kind, before in zip(kinds, [None, *kinds], strict=False) if kind != before] == [
        Pass.MEMORY, Pass.PAIRS, Pass.MEMORY
    ]  # fmt: skip
    halves = [[item.workload for item in order.items] for order in fake.orders[:2]]
    assert sorted(halves[0] + halves[1]) == list(NAMES)  # one look at each may be enough
    assert all(len(each.of(Pass.PAIRS)) >= 2 for each in seen.values())
    assert sum(each.spent_s[Pass.PAIRS] for each in seen.values()) == 4 * sum(
        len(each.of(Pass.PAIRS)) for each in seen.values()
    )


def test_time_that_is_too_short_for_all_decides_some_and_begins_no_more_of_the_others(clock: Clock) -> None:
    names = [f"t.py::{number}" for number in range(30)]
    fake = Fake(clock, lambda _name: 1.0)
    rules = {name: DecisionRule(margin_ratio=0.015, alpha=0.01, fork_limit=30) for name in names}
    limits = Limits(budget_s=60, memory_forks=0)
    place = ArmPlace(root=Path())

    def missing(_name: str, samples: Sequence[Sample]) -> int:
        return (4 if len(samples) < 4 else 8) - len(samples)

    campaigns = gate_campaigns(rules, limits, memory_margin_ratio=0.01)
    seen = Session(
        [WorkItem(name, (Pass.PAIRS,)) for name in names], places=(place, place),
        campaigns=[replace(each, need=counted(8), forks_missing=missing) for each in campaigns],
        limits=limits, seed=1, watcher=Onlooker(), executor=fake,
    ).run()  # fmt: skip
    forks = sorted(len(each.samples) for each in seen.values())
    assert forks[0] >= 1
    assert forks.count(8) >= 5


def test_what_fails_beside_a_neighbour_is_tried_alone_before_it_counts(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 1.0, failing=frozenset({NAMES[0]}))
    measured = session(fake, need=counted(2))
    seen = measured.run()
    assert seen[NAMES[0]].failures["head"].message == "no"
    assert any([item.workload for item in order.items] == [NAMES[0]] for order in fake.orders)
    assert [len(seen[name].samples) for name in NAMES[1:]] == [2, 2]


def test_an_interruption_leaves_what_was_seen(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 1.0)

    def need(_name: str, samples: Sequence[Sample]) -> Need:
        if len(samples) == 2:
            raise KeyboardInterrupt
        return Need.MORE

    measured = session(fake, need=need, names=NAMES[:1])
    seen = measured.run()
    assert measured.is_interrupted
    assert len(seen[NAMES[0]].samples) == 2
    assert "interrupted" in measured.notes[-1]


def test_forks_that_are_taken_whatever_they_last_have_all_the_time_they_need(clock: Clock) -> None:
    fake = Fake(clock, lambda _name: 1.0)
    seen = session(fake, need=counted(9), budget_s=0.0, sure_forks=3).run()
    assert {name: len(each.samples) for name, each in seen.items()} == dict.fromkeys(NAMES, 3)
    assert [order.visit_s for order in fake.orders] == [math.inf] * 3
