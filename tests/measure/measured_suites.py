"""A suite on disk, a session over it, and everything it showed."""

from collections.abc import Callable, Sequence
from pathlib import Path

from boss_perf.measure.fork_run import Limits
from boss_perf.measure.session import Session
from boss_perf.model.samples import Pass, Sample
from boss_perf.plan import WorkItem


class Onlooker:
    """Keeps what a watcher is told."""

    def __init__(self) -> None:
        self.forks: list[tuple[str, int, int]] = []
        self.samples: list[Sample] = []

    def fork_started(self, phase: str, fork: int, items: int, *, left_s: float | None) -> None:
        self.forks.append((phase, fork, items))

    def item_started(self, workload: str, fork: int) -> None:
        pass

    def sample_taken(self, sample: Sample) -> None:
        self.samples.append(sample)


def measure(
    root: Path,
    items: Sequence[tuple[str, Sequence[Pass]]],
    *,
    limits: Limits | None = None,
    earlier: Sequence[Sample] = (),
    is_settled: Callable[[WorkItem, Sequence[Sample]], bool] = lambda _item, _samples: False,
) -> Onlooker:
    """Run a session over a suite and return what was seen."""
    seen = Onlooker()
    Session(
        [WorkItem(name, tuple(passes), ("t",)) for name, passes in items],
        root=root,
        seed=7,
        limits=limits or Limits(forks=1, memory_forks=1, trial_forks=1, workload_s=20, effort_share=0.1),
        is_settled=is_settled,
        keep=lambda _sample: None,
        watcher=seen,
        earlier=earlier,
    ).run()
    return seen
