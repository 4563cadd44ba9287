"""Which workloads of a bench have the machine for themselves."""

from datetime import UTC, datetime
from pathlib import Path

from boss_perf.measure.bench_run import BenchRequest, bench_campaigns
from boss_perf.measure.campaign import Limits
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.verdicts import Verdict
from boss_perf.plan import WorkItem

WORKLOAD = "test_it.py::test_it"


def test_a_budget_that_a_first_look_shows_to_be_near_is_measured_alone() -> None:
    item = WorkItem(workload=WORKLOAD, passes=(Pass.BATCHES,))
    sample = Sample(
        workload=WORKLOAD, phase=Pass.BATCHES, fork=0, started_at=datetime(2026, 11, 30, tzinfo=UTC), arms=("it",)
    )  # fmt: skip

    def is_alone(used_share: float, *samples: Sample) -> bool:
        request = BenchRequest(
            items=(item,), root=Path(), limits=Limits(), seed=1, judge=lambda *_: Verdict.UNDECIDED,
            used_share=lambda *_: used_share,
        )  # fmt: skip
        *_, budgets = bench_campaigns(request)
        return budgets.is_alone(WORKLOAD, samples)

    assert not is_alone(0.9)
    assert is_alone(0.9, sample)
    assert not is_alone(0.1, sample)
