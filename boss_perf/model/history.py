"""What the history remembers of judgements: a line per run, target and promise, enough for trends and progress."""

from dataclasses import dataclass
from datetime import datetime

from boss_perf.model.targets import Budget, Change, Evidenced, Expectation, Policy
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Status, Verdict


def figure_of(expectation: Expectation) -> str:
    """What the figure of a promise is of, however much is promised: a tightened promise keeps its history."""
    match expectation:
        case Budget(metric=metric, statistic=statistic, fact=fact):
            return fact or f"{statistic.value} {metric.value}"
        case Change(metric=metric):
            return f"{metric.value} against baseline"
        case Policy() | Evidenced():
            return expectation.text


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """A target's judgement after a run, and the figure of one of its promises.

    `expectation` is that promise's text and `figure_of` as the function says, both empty where an earlier version kept
    it; `is_deciding` when the judgement rests on it. `measured_at` is the evidence's time, maybe of an earlier run.
    `value` with its interval is in `unit`; for a relative promise it is the candidate's and `ratio` (new over old) has
    the interval that was judged. Each is None where the judgement had no such number; an open side is infinite.
    Figures of different `machine` digests do not compare.
    """

    run_id: str
    target_id: str
    figure_of: str = ""
    expectation: str = ""
    is_deciding: bool = True
    verdict: Verdict
    status: Status
    reason: str
    judged_at: datetime
    measured_at: datetime | None = None
    evidence_run_id: str | None = None
    machine: str | None = None
    unit: Unit | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    forks: int = 0
    count: int = 0
    dependencies_digest: str = ""
