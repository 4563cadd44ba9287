"""What a gate between two refs found: one item per declared benchmark and metric, nothing left out."""

from dataclasses import dataclass
from enum import StrEnum

from boss_perf.model.estimates import Caveat, Comparison
from boss_perf.model.explanations import Explanation
from boss_perf.model.runs import Fingerprint
from boss_perf.model.targets import Location, Waiver


class GateVerdict(StrEnum):
    """Where a benchmark of the declared set ended; `opens` says whether that lets a merge pass."""

    SLOWER = "SLOWER"
    NOT_SLOWER = "NOT SLOWER"
    FASTER = "FASTER"
    UNDECIDED = "UNDECIDED"
    FAILED = "FAILED"
    CHANGED_ANSWER = "CHANGED ANSWER"
    REMOVED = "REMOVED"
    SKIPPED = "SKIPPED"
    UNMEASURED = "UNMEASURED"
    NEW = "NEW"
    WAIVED = "WAIVED"

    @property
    def opens(self) -> bool:
        """True when the verdict does not stand in the way of a merge."""
        return self in (GateVerdict.NOT_SLOWER, GateVerdict.FASTER, GateVerdict.NEW, GateVerdict.WAIVED)


class GateMetric(StrEnum):
    """What was compared; SUITE stands for what the change does to the suite itself."""

    TIME = "time"
    MEMORY = "memory"
    WALK = "walk"
    SUITE = "suite"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateItem:
    """One benchmark, one metric. `needs_s` is the further time an UNDECIDED one would take, None when unknown.

    `is_skipped_on_base`: SKIPPED, and base skips it as well, so that it does not stand in the way.
    """

    benchmark: str
    metric: GateMetric
    verdict: GateVerdict
    reason: str
    margin_ratio: float
    comparison: Comparison | None = None
    is_confirmed: bool = False
    is_skipped_on_base: bool = False
    needs_s: float | None = None
    hint: str | None = None
    location: Location | None = None
    waiver: Waiver | None = None
    explanation: Explanation | None = None
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two codes: the words that named it, its commit (None outside git), whether its tree is dirty."""

    name: str
    commit: str | None
    is_dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """The whole gate. `resolution_ratio` is what this machine could see today, None when nothing was measured."""

    base: Side
    head: Side
    items: tuple[GateItem, ...]
    fingerprint: Fingerprint
    resolution_ratio: float | None
    disturbances: tuple[str, ...]
    false_alarm_ratio: float
    elapsed_s: float
    exit_status: int
    notes: tuple[str, ...] = ()
