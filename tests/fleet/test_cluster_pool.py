"""The executor of a cluster, its scheduler played: whose clock counts, who was lost, whose visit is ended."""

import sys
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from boss_perf.fleet.cluster import ClusterPool
from boss_perf.fleet.parcel import Parcel
from boss_perf.fleet.worker import NAME, Bench, Shelf, abandon, install, keep_to
from boss_perf.measure.core_pool import ExecutorLost
from boss_perf.measure.visit_order import VisitOrder, VisitOutcome
from boss_perf.model.samples import Conditions, Pass, Sample

NOW = datetime.now(UTC)
HOURS = timedelta(hours=5)
HERE, THERE = "tcp://10.0.0.1:40000", "tcp://10.0.0.2:40000"


class Scheduler:
    """Workers that have all trees, and answer a visit with what `answers` says."""

    def __init__(self, *workers: str, answers: Callable[[VisitOrder], Any]) -> None:
        self.machines = {each: SimpleNamespace(text="a machine") for each in workers}
        self.left = set(workers)
        self.told: list[tuple[list[str], str, tuple[Any, ...]]] = []
        self._answers = answers

    def submit(self, address: str, task: Callable[..., Any], *words: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        answer = True if task is install else self._answers(words[0])
        if answer is None:
            self.left.discard(address)
            future.set_exception(CancelledError())
        else:
            future.set_result(answer)
        return future

    def present(self) -> frozenset[str]:
        return frozenset(self.left)

    def tell(self, addresses: list[str], change: Callable[..., None], *words: Any) -> None:
        self.told.append((addresses, change.__name__, words))

    hint = tell


class Ear:
    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def item_started(self, workload: str, fork: int) -> None: ...

    def sample_taken(self, sample: Sample) -> None:
        self.samples.append(sample)


def pool_of(scheduler: Scheduler, ear: Ear) -> ClusterPool:
    return ClusterPool(scheduler, Parcel((), (), ()), watcher=ear)  # type: ignore[arg-type]


def order_for(host: str, seed: str = "one") -> VisitOrder:
    return VisitOrder(places=(), items=(), fork=0, seed=seed, host=host)


def running(names: frozenset[str]) -> tuple[Any, list[Any]]:
    """A worker with a visit that has one of these names, and what the visit was told."""
    told: list[Any] = []
    bench = Bench((None,), python=sys.executable, shelf=Shelf())
    bench._visit = SimpleNamespace(abandon=lambda: told.append("end"), keep_to=told.append)  # type: ignore[assignment]
    (bench._name,) = names
    return SimpleNamespace(plugins={NAME: bench}), told


def measured_ahead(order: VisitOrder) -> tuple[VisitOutcome, list[Sample], datetime]:
    """What a worker tells whose clock is five hours ahead."""
    at = datetime.now(UTC) + HOURS
    sample = Sample(workload="t.py::t", phase=Pass.CALLS, fork=0, started_at=at, conditions=Conditions(host=order.host))
    return VisitOutcome(order=order, core=0, hash_seed=1), [sample], at


def test_what_is_measured_is_dated_by_the_clock_of_the_client() -> None:
    ear = Ear()
    pool = pool_of(Scheduler(HERE, answers=measured_ahead), ear)
    pool.start(order_for("10.0.0.1"))
    assert not pool.next_outcome().is_lost
    assert abs(ear.samples[0].started_at - NOW) < timedelta(hours=1)


def test_a_visit_whose_worker_went_away_is_lost_and_without_workers_all_is() -> None:
    pool = pool_of(Scheduler(HERE, THERE, answers=lambda _: None), Ear())
    assert pool.piece_count > 1
    pool.start(order_for("10.0.0.1"))
    outcome = pool.next_outcome()
    assert (outcome.is_lost, outcome.order.host, pool.hosts) == (True, "10.0.0.1", {"10.0.0.2"})
    assert pool.notes[-1] == f"{HERE} was lost; others measured what was still needed of it"
    assert pool.piece_count == 1  # one host divides its work as local cores do
    pool.start(order_for("10.0.0.2"))
    assert pool.next_outcome().is_lost
    with pytest.raises(ExecutorLost, match="no worker is left"):
        pool.next_outcome()


def test_a_client_ends_its_own_visits_only() -> None:
    """Two clients with one seed name their visits alike."""
    scheduler = Scheduler(HERE, answers=measured_ahead)
    pools = [pool_of(scheduler, Ear()) for _ in range(2)]
    for pool in pools:
        pool.start(order_for("10.0.0.1"))
        pool.clear()
    (_, _, [mine]), (_, _, [other]) = scheduler.told
    worker, told = running(mine)
    abandon(other, worker)
    assert told == []
    abandon(mine, worker)
    assert told == ["end"]


def test_what_is_told_late_does_not_reach_the_next_visit() -> None:
    """The last word on how long something took would empty the visit that is to say why."""
    scheduler = Scheduler(HERE, answers=measured_ahead)
    pool = pool_of(scheduler, Ear())
    for seed, wanted in (("time", "a"), ("explanation", "b")):
        pool.keep_to(frozenset(wanted))
        pool.start(order_for("10.0.0.1", seed))
        pool.next_outcome()
    late, now = (words for _, _, words in scheduler.told)
    worker, told = running(now[0])
    keep_to(late[0], late[1], worker)
    assert told == []
    keep_to(now[0], now[1], worker)
    assert told == [frozenset("b")]


def test_what_is_decided_is_left_out_of_the_visits_that_run() -> None:
    scheduler = Scheduler(HERE, THERE, answers=measured_ahead)
    pool = pool_of(scheduler, Ear())
    pool.keep_to(frozenset("ab"))
    pool.start(order_for("10.0.0.1"))
    pool.start(order_for("10.0.0.2"))
    pool.next_outcome()
    assert [(where, what, words[1:]) for where, what, words in scheduler.told] == [
        ([HERE, THERE], "keep_to", (frozenset("ab"),))
    ]
    pool.keep_to(frozenset("ab"))
    pool.next_outcome()
    assert len(scheduler.told) == 1
