"""A session over several hosts: each workload stays where it is while there is time, and is accused by two of them.

Machines and time are simulated: a visit takes what its workloads cost on its host, and hosts may be slow or fail.
"""

import heapq
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from measured_suites import Onlooker

from boss_perf.fleet.cluster import PIECES_PER_WORKER
from boss_perf.judge.decision import Need
from boss_perf.measure.campaign import Campaign, Limits
from boss_perf.measure.core_pool import ExecutorLost
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.look import Effort
from boss_perf.measure.session import Session
from boss_perf.measure.visit_order import VisitOrder, VisitOutcome, Watcher
from boss_perf.model.samples import Conditions, Pass, Sample
from boss_perf.plan import WorkItem

START_S = 0.5


@dataclass
class Machines:
    """Simulated hosts: how much slower than usual each is, and when those that fail do."""

    slowness: Mapping[str, float]
    costs_s: Mapping[str, float]
    pieces: int
    fails_at_s: Mapping[str, float] = field(default_factory=dict)
    now_s: float = 0.0
    orders: list[VisitOrder] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def __call__(self, watcher: Watcher, _places: object) -> "Machines":
        self._watcher = watcher
        self._running: list[tuple[float, str, VisitOrder]] = []
        return self

    def __enter__(self) -> "Machines":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    @property
    def hosts(self) -> frozenset[str | None]:
        return frozenset(self.slowness) - {each for each, at_s in self.fails_at_s.items() if at_s <= self.now_s}

    @property
    def core_count(self) -> int:
        return len(self.hosts)

    @property
    def piece_count(self) -> int:
        return self.pieces

    @property
    def busy_count(self) -> int:
        return len(self._running)

    def free_hosts(self, *, is_alone: bool) -> tuple[str, ...]:
        free = self.hosts - {host for _, host, _ in self._running}
        return tuple(each for each in self.slowness if each in free)

    def start(self, order: VisitOrder) -> None:
        assert order.host is not None
        self.orders.append(order)
        took_s = START_S + sum(self.costs_s[item.workload] for item in order.items) * self.slowness[order.host]
        ends_s = min(self.now_s + took_s, max(self.now_s, self.fails_at_s.get(order.host, math.inf)))
        heapq.heappush(self._running, (ends_s, order.host, order))

    def next_outcome(self) -> VisitOutcome:
        if not self.hosts:
            raise ExecutorLost("no worker is left")
        self.now_s, host, order = heapq.heappop(self._running)
        outcome = VisitOutcome(order=order, core=0, hash_seed=1, is_lost=host not in self.hosts)
        if outcome.is_lost:
            return outcome
        for item in order.items:
            outcome.spent_s[item.workload] = self.costs_s[item.workload] * self.slowness[host]
            self._watcher.sample_taken(sample(item.workload, order.fork, host))
        return outcome

    def keep_to(self, workloads: frozenset[str]) -> None:
        pass

    def clear(self) -> None:
        self._running.clear()


def sample(workload: str, fork: int, host: str) -> Sample:
    conditions = Conditions(host=host)
    return Sample(workload=workload, phase=Pass.MEMORY, fork=fork, started_at=datetime.now(UTC), conditions=conditions)


def run(
    machines: Machines,
    need: Callable[[str, Sequence[Sample]], Need],
    *,
    is_on_one_host: bool = False,
    watcher: Onlooker | None = None,
) -> Mapping[str, list[Sample]]:
    place = ArmPlace(root=Path())
    campaign = Campaign(
        title="time", passes=(Pass.MEMORY,), need=need, effort=lambda *_: Effort(), least_forks=4, is_eager=True,
        forks_missing=lambda _name, samples: max(1, 4 - len(samples)), is_on_one_host=is_on_one_host,
    )  # fmt: skip
    session = Session(
        [WorkItem(name, (Pass.MEMORY,)) for name in machines.costs_s], places=(place, place),
        campaigns=(campaign,), limits=Limits(budget_s=1e6), seed=1, watcher=watcher or Onlooker(), executor=machines,
    )  # fmt: skip
    return {name: seen.samples for name, seen in session.run().items()}


def screens_then_confirms(_name: str, samples: Sequence[Sample]) -> Need:
    fresh = sum(each.is_confirmation for each in samples)
    if len(samples) - fresh < 4:
        return Need.MORE
    return Need.FRESH if fresh < 4 else Need.NOTHING


def hosts_of(samples: Sequence[Sample], *, confirming: bool) -> set[str | None]:
    return {each.conditions.host for each in samples if each.is_confirmation is confirming}


def test_what_one_host_found_another_confirms() -> None:
    seen = run(
        Machines({"one": 1.0, "two": 1.0}, {f"t.py::{n}": 1.0 for n in range(20)}, pieces=2), screens_then_confirms
    )
    alone = [samples for samples in seen.values() if len(hosts_of(samples, confirming=False)) == 1]
    assert len(alone) >= 15
    for samples in alone:
        assert not hosts_of(samples, confirming=False) & hosts_of(samples, confirming=True)


def test_one_host_confirms_by_itself() -> None:
    seen = run(Machines({"one": 1.0}, {"t.py::a": 1.0}, pieces=1), screens_then_confirms)
    assert hosts_of(seen["t.py::a"], confirming=True) == {"one"}


def test_absolute_figures_stay_on_one_host() -> None:
    machines = Machines({"one": 1.0, "two": 3.0, "three": 1.0}, {f"t.py::{n}": 1.0 for n in range(20)}, pieces=3)
    seen = run(machines, lambda _name, samples: Need.MORE if len(samples) < 5 else Need.NOTHING, is_on_one_host=True)
    assert all(len({each.conditions.host for each in samples}) == 1 for samples in seen.values())
    assert all(len(samples) >= 5 for samples in seen.values())


def test_a_host_that_is_lost_loses_its_visit_only() -> None:
    machines = Machines({"one": 1.0, "two": 1.0}, {f"t.py::{n}": 1.0 for n in range(10)}, 2, fails_at_s={"two": 12.0})
    watcher = Onlooker()
    seen = run(machines, lambda _name, samples: Need.MORE if len(samples) < 4 else Need.NOTHING, watcher=watcher)
    assert all(len(samples) >= 4 for samples in seen.values())
    assert any(each.conditions.host == "two" for samples in seen.values() for each in samples)
    assert [each.host for each in watcher.lost] == ["two"]


def test_what_was_seen_is_kept_when_the_last_host_is_lost() -> None:
    machines = Machines({"one": 1.0}, {"t.py::a": 1.0}, pieces=1, fails_at_s={"one": 5.0})
    assert 1 <= len(run(machines, lambda *_: Need.MORE)["t.py::a"]) < 5


@pytest.mark.slow
def test_fifty_hosts_with_slow_and_failing_ones_take_little_longer_than_they_must() -> None:
    rng = random.Random(3)
    costs_s = {f"test_{n // 20}.py::{n}": min(20.0, rng.lognormvariate(0.5, 1.2)) for n in range(5_000)}
    slowness = {f"host{n:02}": 1.0 for n in range(50)} | {f"host{n:02}": 2.0 for n in range(0, 50, 10)}
    fails_at_s = {"host07": 300.0, "host23": 700.0, "host41": 1000.0}
    machines = Machines(slowness, costs_s, pieces=PIECES_PER_WORKER * 50, fails_at_s=fails_at_s)
    seen = run(machines, lambda _name, samples: Need.MORE if len(samples) < 4 else Need.NOTHING)
    assert all(len(samples) >= 4 for samples in seen.values())
    speed = sum(1 / slow for slow in slowness.values())
    ideal_s = sum(costs_s.values()) * 4 / speed
    assert machines.now_s <= 1.15 * ideal_s
