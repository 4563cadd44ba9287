"""What a session is told to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from boss_perf.judge.decision import Need
from boss_perf.measure.look import Effort
from boss_perf.model.samples import Pass, Sample

SIDE_BY_SIDE = 2

Answer = TypeVar("Answer")
Question = Callable[[str, Sequence[Sample]], Answer]
"""About a workload and the samples it has so far."""


def asked_once(question: Question[Answer]) -> Question[Answer]:
    """The same question, asked once for each number of samples of a pass: the answer is wanted many times."""
    known: dict[tuple[str, Pass | None], tuple[int, Answer]] = {}

    def asked(workload: str, samples: Sequence[Sample]) -> Answer:
        about = workload, samples[0].phase if samples else None
        if about not in known or known[about][0] != len(samples):
            known[about] = len(samples), question(workload, samples)
        return known[about][1]

    return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a session may do; `jobs` is the most visits at once, `timeout_s` the longest silence of a worker.

    `budget_s` is the time for all, but `sure_forks` of a workload are taken whatever they last. Memory and trials take
    so many forks each, none with 0.
    """

    forks: int = 30
    sure_forks: int = 0
    memory_forks: int = 2
    trial_forks: int = 2
    jobs: int = 2
    budget_s: float = 300.0
    timeout_s: float = 60.0
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, slots=True)
class Room:
    """What a fork of a workload costs beside its batches, and what the time left allows for those, in core seconds."""

    overhead_s: float
    most_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One kind of visits: its passes, what a workload needs of them, how hard the next visit looks at it.

    `is_alone`: a neighbour on another core would move a workload's figures too far. `is_eager`: how many forks it takes
    is open, so a free core always begins a further one; else only what is known to be missing is begun. `is_by_file`:
    each visit is to the workloads of one test file. `is_on_one_host`: the figures of several machines are not one.
    `forks_missing` tells how many more would decide, None when that is out of sight, 0 when those that run are enough.
    `budget_share` of the time left is for it.
    """

    title: str
    passes: tuple[Pass, ...]
    need: Question[Need]
    effort: Callable[[str, Sequence[Sample], Room], Effort]
    forks_missing: Question[int | None] = lambda _workload, _samples: 0
    least_forks: int = 1
    budget_share: float = 1.0
    is_alone: Question[bool] = lambda _workload, _samples: False
    is_eager: bool = False
    is_by_file: bool = False
    is_on_one_host: bool = False

    def parts(self, free_count: int) -> int:
        """Into how many visits its workloads are cut for so many free cores, where one visit to each may be enough."""
        return 1 if self.is_eager else max(1, free_count // self.least_forks)

    def lacks_fork(self, workload: str, samples: Sequence[Sample], *, begun: int, in_flight: int) -> bool:
        """Whether a further fork is wanted beside those that run; a second one is where their number is open."""
        if not in_flight or begun < self.least_forks:
            return True
        if not self.is_eager:
            return False
        missing = self.forks_missing(workload, samples)
        return missing != 0 and (in_flight < SIDE_BY_SIDE or (missing is not None and in_flight < missing))
