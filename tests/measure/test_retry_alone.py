"""A suite that does not bear a neighbour is no slower change."""

from pathlib import Path

import pytest

from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.retry_alone import RetryAlone
from boss_perf.measure.visit_order import VisitItem, VisitOrder, VisitOutcome
from boss_perf.model.samples import Failure
from boss_perf.worker.messages import FailureKind


def outcome(*workloads: str, failing: tuple[str, ...] = (), kind: FailureKind = FailureKind.RAISED) -> VisitOutcome:
    items = tuple(VisitItem(workload=each, passes=()) for each in workloads)
    order = VisitOrder(places=(ArmPlace(root=Path()),), items=items, fork=0, seed="1")
    return VisitOutcome(
        order=order, core=None, hash_seed=1, failures={each: {"head": Failure(kind, "x")} for each in failing},
        spent_s=dict.fromkeys(workloads, 1.0),
    )  # fmt: skip


def test_a_failure_beside_another_fork_counts_only_when_it_comes_again_alone() -> None:
    retry = RetryAlone()
    wanted = frozenset({"a", "b"})
    assert retry.select(wanted, busy_count=1, core_count=2) == wanted
    assert retry.proven(outcome("a", "b", failing=("a",)), was_alone=False) == {}
    assert retry.select(wanted, busy_count=1, core_count=2) == set()
    assert retry.select(wanted, busy_count=0, core_count=2) == {"a"}
    assert retry.is_active
    assert retry.select(wanted, busy_count=1, core_count=2) == set()
    assert set(retry.proven(outcome("a", failing=("a",)), was_alone=False)) == {"a"}
    assert retry.select(frozenset({"b"}), busy_count=1, core_count=2) == {"b"}
    assert retry.notes == ()


def test_after_a_clash_it_stays_alone_and_the_others_do_not() -> None:
    retry = RetryAlone()
    wanted = frozenset({"a", "b"})
    retry.proven(outcome("a", "b", failing=("a",)), was_alone=False)
    retry.select(wanted, busy_count=0, core_count=2)
    assert retry.proven(outcome("a"), was_alone=False) == {}
    assert retry.clashed == {"a"}
    assert retry.select(wanted, busy_count=1, core_count=2) == wanted
    assert "a failed beside another fork" in retry.notes[0]
    assert set(retry.proven(outcome("a", failing=("a",)), was_alone=True)) == {"a"}
    assert retry.proven(outcome("b", failing=("b",)), was_alone=False) == {}


@pytest.mark.parametrize(
    ("kind", "was_alone"),
    [(FailureKind.SKIPPED, False), (FailureKind.TIMED_OUT, False), (FailureKind.RAISED, True)],
)
def test_what_no_neighbour_explains_counts_at_once(kind: FailureKind, was_alone: bool) -> None:
    assert set(RetryAlone().proven(outcome("a", failing=("a",), kind=kind), was_alone=was_alone)) == {"a"}
