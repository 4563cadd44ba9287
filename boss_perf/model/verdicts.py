"""What the evidence means for a promise: a verdict per expectation, a status per target."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from boss_perf.model.estimates import Caveat, Comparison, Estimate
from boss_perf.model.samples import Check
from boss_perf.model.targets import Budget, Change, Expectation, Target


class Verdict(StrEnum):
    """Every target ends in exactly one of these."""

    MET = "MET"
    MISSED = "MISSED"
    UNDECIDED = "UNDECIDED"
    FAILED = "FAILED"
    UNMEASURED = "UNMEASURED"
    STALE = "STALE"
    WAIVED = "WAIVED"

    @property
    def rank(self) -> int:
        """0 for the worst: the order in which one verdict goes before another, and in which they are shown."""
        return _RANKING.index(self)

    @property
    def opens(self) -> bool:
        """True when the promise is kept, or excused."""
        return self in (Verdict.MET, Verdict.WAIVED)


_RANKING = (
    Verdict.FAILED, Verdict.MISSED, Verdict.UNDECIDED, Verdict.STALE, Verdict.WAIVED, Verdict.UNMEASURED, Verdict.MET,
)  # fmt: skip


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
    """The stored run a judgement rests on. `machine` is the fingerprint's digest, `machine_text` its readable line.

    `dependencies_digest` is of the files that the workload rested on, empty where nobody noted them.
    """

    run_id: str
    measured_at: datetime
    commit: str | None
    is_dirty: bool
    machine: str
    machine_text: str
    forks: int
    count: int
    dependencies_digest: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation's verdict with the number it rests on and the sentence that explains it.

    `side` estimates accompany the number without judging (resident memory, the other clock, hit ratio). `caveats` are
    those that its number does not carry. `is_hopeless`: UNDECIDED, and the forks that a run takes would not decide.
    """

    expectation: Expectation
    verdict: Verdict
    reason: str
    estimate: Estimate | None = None
    comparison: Comparison | None = None
    checks: tuple[Check, ...] = ()
    side: tuple[tuple[str, Estimate], ...] = ()
    caveats: tuple[Caveat, ...] = ()
    is_hopeless: bool = False

    @property
    def all_caveats(self) -> tuple[Caveat, ...]:
        """Those of its numbers, then its own."""
        numbers = (self.estimate, self.comparison and self.comparison.ratio)
        return (*(caveat for number in numbers if number for caveat in number.caveats), *self.caveats)

    @property
    def is_of_memory(self) -> bool:
        """Whether memory is what was promised."""
        return isinstance(self.expectation, Budget | Change) and self.expectation.metric.is_memory


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

    @property
    def misses_memory(self) -> bool:
        """Whether a promise about memory is broken."""
        return any(each.is_of_memory and each.verdict is Verdict.MISSED for each in self.findings)

    @property
    def deciding(self) -> Finding | None:
        """The finding whose figure stands for the target: the worst that has one, else the worst; None without any."""
        figured = [finding for finding in self.findings if finding.estimate or finding.comparison]
        return min(figured or self.findings, key=lambda finding: finding.verdict.rank, default=None)


def newest_evidence(judgements: Iterable[Judgement]) -> Evidence | None:
    """What the newest of them rests on; None where nothing was measured."""
    found = (judgement.evidence for judgement in judgements if judgement.evidence is not None)
    return max(found, key=lambda each: (each.measured_at, each.run_id), default=None)
