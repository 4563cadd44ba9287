"""What the history remembers of judgements: a line per run, target and promise, enough for trends and progress."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from boss_perf.model.targets import Budget, CachePolicy, Change, Evidenced, Expectation, as_promised
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Status, Verdict


def figure_of(expectation: Expectation) -> str:
    """What the figure of a promise is of, however much is promised: a tightened promise keeps its history."""
    match expectation:
        case Budget(metric=metric, statistic=statistic, fact=fact):
            return fact or f"{statistic.value} {metric.value}"
        case Change(metric=metric):
            return f"{metric.value} against baseline"
        case CachePolicy() | Evidenced():
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

    @property
    def number(self) -> float | None:
        """The ratio where both sides were measured, else the value; None where it is not finite."""
        number = self.value if self.ratio is None else self.ratio
        return number if number is not None and math.isfinite(number) else None

    def sides(self, promise: object) -> tuple[float, float, float]:
        """The number with its interval, in the terms of the promise where it is a ratio; an unknown side is NaN."""
        if self.ratio is None:
            return self.value or 0.0, _known(self.low), _known(self.high)
        return as_promised((self.ratio, _known(self.ratio_low), _known(self.ratio_high)), promise)

    @property
    def at(self) -> datetime:
        """When it was measured, as far as that is known."""
        return self.measured_at or self.judged_at

    @property
    def source(self) -> str:
        """The run whose evidence it is of."""
        return self.evidence_run_id or self.run_id


def _known(side: float | None) -> float:
    return math.nan if side is None else side


def by_target(records: Iterable[VerdictRecord]) -> dict[str, list[VerdictRecord]]:
    """The records of each target, by its id."""
    found: dict[str, list[VerdictRecord]] = {}
    for record in records:
        found.setdefault(record.target_id, []).append(record)
    return found


def measurements(
    records: Iterable[VerdictRecord], figure: str | None, *, machine: str | None = None
) -> list[VerdictRecord]:
    """What one machine measured of a figure, oldest first, each measurement once however often it was judged.

    Without a `machine` it is the one that measured last.
    """
    alike = [each for each in records if each.figure_of == figure and each.number is not None]
    alike.sort(key=lambda each: each.at)
    once: dict[str | datetime, VerdictRecord] = {}
    for each in alike:
        if each.machine == (machine or alike[-1].machine):
            once.setdefault(each.measured_at or each.run_id, each)
    return list(once.values())
