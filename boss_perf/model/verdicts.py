"""What the evidence means for a promise: a verdict per expectation, a status per target."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from boss_perf.model.estimates import Caveat, Comparison, Estimate
from boss_perf.model.samples import TrialCheck
from boss_perf.model.targets import Expectation, Target


class Verdict(StrEnum):
    """Every target ends in exactly one of these; `opens` says whether its gate is open."""

    MET = "MET"
    MISSED = "MISSED"
    UNDECIDED = "UNDECIDED"
    FAILED = "FAILED"
    UNMEASURED = "UNMEASURED"
    STALE = "STALE"
    WAIVED = "WAIVED"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return ("FAILED", "MISSED", "UNDECIDED", "STALE", "WAIVED", "UNMEASURED", "MET").index(self.value)

    @property
    def opens(self) -> bool:
        """True when the promise is kept, or excused."""
        return self in (Verdict.MET, Verdict.WAIVED)


class Status(StrEnum):
    """What the tracker shows; derived from the verdict, never typed by hand, and it can fall back."""

    NOT_STARTED = "Not Started"
    IN_PROGRESS = "In Progress"
    COMPLETED = "Completed"

    @property
    def emoji(self) -> str:
        """🔴, 🟡 or 🟢."""
        return {"Not Started": "🔴", "In Progress": "🟡", "Completed": "🟢"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The stored run a judgement rests on. `machine` is the fingerprint's digest, `machine_text` its readable line."""

    run_id: str
    measured_at: datetime
    commit: str | None
    is_dirty: bool
    machine: str
    machine_text: str
    forks: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One expectation's verdict with the number it rests on and the sentence that explains it.

    `side` estimates accompany the number without judging (resident memory, the other clock, hit ratio).
    """

    expectation: Expectation
    verdict: Verdict
    reason: str
    estimate: Estimate | None = None
    comparison: Comparison | None = None
    checks: tuple[TrialCheck, ...] = ()
    side: tuple[tuple[str, Estimate], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A target's verdict and status; the worst finding decides, in the order FAILED, MISSED, UNDECIDED, MET."""

    target: Target
    verdict: Verdict
    status: Status
    reason: str
    findings: tuple[Finding, ...] = ()
    evidence: Evidence | None = None
    caveats: tuple[Caveat, ...] = ()
