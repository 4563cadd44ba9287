"""A suite on disk, a bench over it, and everything it showed."""

from collections.abc import Sequence
from pathlib import Path

from boss_perf.measure.bench_run import BenchRequest, run_bench
from boss_perf.measure.campaign import Limits
from boss_perf.measure.look import Effort
from boss_perf.measure.visit_order import VisitOrder, VisitOutcome
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.verdicts import Verdict
from boss_perf.plan import WorkItem

BRIEF = Limits(
    forks=1, sure_forks=1, memory_forks=1, trial_forks=1, jobs=1, timeout_s=20, effort=Effort(share=0.1)
)  # fmt: skip


class Onlooker:
    """Keeps what a watcher is told."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.lost: list[VisitOrder] = []

    def visit_started(self, phase: str, order: VisitOrder, *, left_s: float | None) -> None:
        pass

    def visit_ended(self, outcome: VisitOutcome) -> None:
        if outcome.is_lost:
            self.lost.append(outcome.order)

    def item_started(self, workload: str, fork: int) -> None:
        pass

    def sample_taken(self, sample: Sample) -> None:
        self.samples.append(sample)


def measure(
    root: Path,
    items: Sequence[tuple[str, Sequence[Pass]]],
    *,
    limits: Limits = BRIEF,
    earlier: Sequence[Sample] = (),
) -> Onlooker:
    """Run a bench over a suite and return what was seen."""
    seen = Onlooker()
    request = BenchRequest(
        items=[WorkItem(name, tuple(passes)) for name, passes in items],
        root=root,
        seed=7,
        limits=limits,
        judge=lambda *_: Verdict.UNDECIDED,
        earlier=earlier,
    )
    assert run_bench(request, watcher=seen, keep=lambda _sample: None)
    return seen
