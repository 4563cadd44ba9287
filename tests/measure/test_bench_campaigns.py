"""Which workloads of a bench have the machine for themselves."""

from datetime import UTC, datetime
from pathlib import Path

from boss_perf.judge.context import FEWEST_FORKS
from boss_perf.measure.bench_run import BenchRequest, bench_campaigns
from boss_perf.measure.campaign import Limits
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.verdicts import Verdict
from boss_perf.plan import WorkItem

WORKLOAD = "test_it.py::test_it"


def test_a_budget_that_a_first_look_beside_others_leaves_open_is_measured_alone() -> None:
    item = WorkItem(workload=WORKLOAD, passes=(Pass.BATCHES, Pass.CALLS))
    request = BenchRequest(
        items=(item,), root=Path(), limits=Limits(), seed=1, judge=lambda *_: Verdict.UNDECIDED
    )  # fmt: skip
    *_, budgets = bench_campaigns(request)
    samples = [
        Sample(workload=WORKLOAD, phase=phase, fork=fork, started_at=datetime(2026, 11, 30, tzinfo=UTC), arms=("it",))
        for fork in range(FEWEST_FORKS)
        for phase in (Pass.BATCHES, Pass.CALLS)
    ]
    assert not budgets.is_alone(WORKLOAD, samples[:-2])
    assert budgets.is_alone(WORKLOAD, samples)
