"""What a gate between two refs found: one item per declared benchmark and metric, nothing left out; and its floors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from boss_perf.model.estimates import Caveat, Comparison
from boss_perf.model.explanations import Explanation
from boss_perf.model.runs import Fingerprint
from boss_perf.model.targets import Location, Waiver


class GateVerdict(StrEnum):
    """Where a benchmark of the declared set ended, the worst first: what closes, what proves nothing, what opens."""

    SLOWER = "SLOWER"
    CHANGED_ANSWER = "CHANGED ANSWER"
    FAILED = "FAILED"
    REMOVED = "REMOVED"
    WEAKENED = "WEAKENED"
    SKIPPED = "SKIPPED"
    UNDECIDED = "UNDECIDED"
    UNMEASURED = "UNMEASURED"
    WAIVED = "WAIVED"
    FASTER = "FASTER"
    NEW = "NEW"
    NOT_SLOWER = "NOT SLOWER"

    @property
    def opens(self) -> bool:
        """True when the verdict does not stand in the way of a merge."""
        return self in (GateVerdict.WAIVED, GateVerdict.FASTER, GateVerdict.NEW, GateVerdict.NOT_SLOWER)

    @property
    def closes(self) -> bool:
        """True when somebody has to act, False when it opens or is only not proven."""
        return not self.opens and self not in (GateVerdict.UNDECIDED, GateVerdict.UNMEASURED)


class FailOn(StrEnum):
    """What keeps a gate from opening: what was found and what is not proven below the ceiling, or every doubt."""

    REGRESSION = "regression"
    DOUBT = "doubt"


class GateMetric(StrEnum):
    """What was compared; SUITE stands for what the change does to the suite itself, PROMISE for what to the targets."""

    TIME = "time"
    MEMORY = "memory"
    WALK = "walk"
    SUITE = "suite"
    PROMISE = "promise"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateItem:
    """One benchmark, one metric. `needs_s` is the further time an UNDECIDED one would take, None when unknown.

    `is_skipped_on_base`: SKIPPED, and base skips it as well, so that it does not stand in the way. `is_below_ceiling`:
    UNDECIDED, and proven to be slower by less than the policy's ceiling, if at all.
    """

    benchmark: str
    metric: GateMetric
    verdict: GateVerdict
    reason: str
    margin_ratio: float
    comparison: Comparison | None = None
    is_confirmed: bool = False
    is_skipped_on_base: bool = False
    is_below_ceiling: bool = False
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
    """The whole gate. `resolution_ratio` is what this machine could see today, None when nothing was measured.

    `is_interrupted`: somebody stopped it, and it tells only what was seen until then. `declared` are all benchmarks
    with their margins, those measured elsewhere among them.
    """

    base: Side
    head: Side
    items: tuple[GateItem, ...]
    fingerprint: Fingerprint
    resolution_ratio: float | None
    disturbances: tuple[str, ...]
    false_alarm_ratio: float
    elapsed_s: float
    exit_status: int
    declared: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()
    is_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Witness:
    """One run that found a commit faster than the floor."""

    commit: str
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Floor:
    """The commit HEAD must not be slower than, and the runs in a row, oldest first, that were faster than it."""

    commit: str
    faster: tuple[Witness, ...] = ()
