"""What a visit is asked and what comes back: plain values, so that whoever runs it may live on another machine."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.look import Effort
from boss_perf.measure.profile_pass import Shown
from boss_perf.model.samples import Conditions, Failure, Pass, Sample

SIDES = ("base", "head")
LONGEST_RATIO = 30
"""How many times of what the user allows a suite may allow its own benchmarks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitItem:
    """A workload of a visit: what to observe of it, how hard, and the terms its trial is held to.

    `has_resident` is that of a `Look`.
    """

    workload: str
    passes: tuple[Pass, ...]
    effort: Effort = field(default_factory=Effort)
    policy: tuple[tuple[str, object], ...] = ()
    has_resident: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOrder:
    """What a visit is to do: its places, its items in order, its number, where its chance comes from.

    `timeout_s` is the longest silence of a worker, `visit_s` the most it may take, `item_s` the most of one item: what
    is over that is no failure, it is late. `counts_folder` is that of a `Fork`. `host` is the machine that runs
    it, None this one.
    """

    places: tuple[ArmPlace, ...]
    items: tuple[VisitItem, ...]
    fork: int
    seed: str
    preload: tuple[str, ...] = ()
    timeout_s: float = 60.0
    visit_s: float = math.inf
    item_s: float = math.inf
    counts_folder: str = ""
    host: str | None = None

    @property
    def sides(self) -> tuple[str, ...]:
        """What each place is called."""
        return SIDES if len(self.places) == len(SIDES) else ("",)

    def limit_s(self, stated_s: float) -> float:
        """The longest silence in a workload whose suite allows it so long; a multiple of the user's limit at most."""
        return max(self.timeout_s, min(stated_s, LONGEST_RATIO * self.timeout_s))


@dataclass(slots=True, kw_only=True)
class VisitOutcome:
    """What became of a visit, its samples apart, which were told as they came.

    `failures` are by workload and side, `loaded` what each side had loaded from its own tree, `looks` what each pass
    saw for an explanation or why it saw nothing, `spent_s` the seconds of each workload that was dealt with, `late_s`
    those of one that was given up. An item in neither came after one at which the processes were lost, or was not
    reached in time. `is_lost`: whoever ran it went away, and nothing came of it.
    """

    order: VisitOrder
    core: int | None
    hash_seed: int
    elapsed_s: float = 0.0
    is_lost: bool = False
    failures: dict[str, dict[str, Failure]] = field(default_factory=dict)
    loaded: dict[str, tuple[dict[str, str], ...]] = field(default_factory=dict)
    looks: dict[str, dict[Pass, Shown]] = field(default_factory=dict)
    spent_s: dict[str, float] = field(default_factory=dict)
    late_s: dict[str, float] = field(default_factory=dict)

    def blank_sample(self, workload: str, phase: Pass) -> Sample:
        """A sample of the visit without observations."""
        conditions = Conditions(core=self.core, hash_seed=self.hash_seed, host=self.order.host)
        return Sample(
            workload=workload, phase=phase, fork=self.order.fork, started_at=datetime.now(UTC), conditions=conditions
        )

    def failed_samples(self, workload: str) -> Iterator[Sample]:
        """The reason why there is no number, for each pass that is missing it."""
        failure = next(iter(self.failures[workload].values()))
        for phase in next(each.passes for each in self.order.items if each.workload == workload):
            yield replace(self.blank_sample(workload, phase), failure=failure)


class Watcher(Protocol):
    """Somebody who looks on at a visit."""

    def item_started(self, workload: str, fork: int) -> None:
        """A workload of the visit is being prepared."""

    def sample_taken(self, sample: Sample) -> None:
        """A sample arrived, or the reason why there is none."""


class SessionWatcher(Watcher, Protocol):
    """Somebody who looks on at a whole session: the terminal, or nobody."""

    def visit_started(self, phase: str, order: VisitOrder, *, left_s: float | None) -> None:
        """A visit begins; `left_s` is what remains of the time budget."""

    def visit_ended(self, outcome: VisitOutcome) -> None:
        """A visit is over, or lost."""
