"""Figures and promises in the words of a table's cell; plain text, escaped by whoever renders it."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime

from boss_perf.model.estimates import Comparison, Estimate
from boss_perf.model.metrics import Metric, Statistic
from boss_perf.model.targets import Budget, Change, Evidenced, Expectation, Policy, Target, as_promised
from boss_perf.model.units import Unit, format_changes, format_quantity
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Status, Verdict

NOTHING = "-"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_STATISTICS = {statistic: statistic.value for statistic in Statistic}
_METRICS = {
    Metric.LATENCY: "latency",
    Metric.THROUGHPUT: "throughput",
    Metric.PEAK_MEMORY: "peak memory",
    Metric.RETAINED_MEMORY: "retained memory",
    Metric.ALLOCATIONS: "allocations",
    Metric.FAILURES: "failures",
    Metric.FACT: "",
}


def or_nothing(text: str | None) -> str:
    """The text, or the dash that the tracker shows where there is none."""
    return text or NOTHING


def status_text(judgement: Judgement) -> str:
    """`🟢 Completed`, `🔴 Not Started`, `🟡 In Progress (missed)`."""
    status = judgement.status
    if status is Status.IN_PROGRESS or judgement.verdict is Verdict.WAIVED:
        return f"{status.emoji} {status.value} ({judgement.verdict.value.lower()})"
    return f"{status.emoji} {status.value}"


def due_text(judgement: Judgement, *, as_of: date | None) -> str:
    """The promised date, marked when it has passed and the target is not completed."""
    due = judgement.target.due
    if due is None:
        return NOTHING
    is_overdue = as_of is not None and due < as_of and judgement.status is not Status.COMPLETED
    return f"{due.isoformat()} ⚠ overdue" if is_overdue else due.isoformat()


def promise_text(target: Target) -> str:
    """What people wrote, and the checkable form beside it where the two differ."""
    checkable = "; ".join(expectation.text for expectation in target.expectations)
    if target.wording and checkable and target.wording.casefold() != checkable.casefold():
        return f"{target.wording} ({checkable})"
    return target.wording or checkable or NOTHING


def method_text(target: Target) -> str:
    """How it is measured: in the project's words, else in ours."""
    return target.method or ", ".join(dict.fromkeys(map(_method, target.expectations))) or NOTHING


def interval_text(estimate: Estimate) -> str:
    """`42.0 ms (41.2 ms … 42.8 ms)`; an exact figure stands alone."""
    value, low, high = (_quantity(x, estimate.unit) for x in (estimate.value, estimate.low, estimate.high))
    return value if value == low == high else f"{value} ({low} … {high})"


def change_text(comparison: Comparison, change: Expectation) -> str:
    """`−63 % (−64 % … −62 %)`: of the rate for throughput, of the cost for everything else."""
    ratio = comparison.ratio
    return format_changes(*as_promised((ratio.value, ratio.low, ratio.high), change), joint="…")


def figure_texts(judgement: Judgement) -> tuple[str, ...]:
    """One text per finding that has a figure, named when the target promises several things."""
    is_named = len(judgement.findings) > 1
    shown = []
    for finding in judgement.findings:
        text = _figure(finding)
        if text:
            name = _name(finding.expectation)
            shown.append(f"{name} {text}" if is_named and name else text)
    return tuple(shown)


def extent_text(judgement: Judgement) -> str:
    """`n = 3 000, 5 forks, 2026-11-03`: how much stands behind the figures, and when it was measured."""
    figures = [figure for figure in map(_estimate, judgement.findings) if figure is not None]
    evidence = judgement.evidence
    parts = []
    if figures:
        most = max(figures, key=lambda figure: figure.count)
        parts.append(f"n = {format_quantity(most.count, Unit.COUNT) if most.count >= 1000 else most.count}")
        parts.append(f"{most.forks} fork{'' if most.forks == 1 else 's'}")
    if evidence is not None:
        parts.append(day_text(evidence.measured_at))
    return ", ".join(parts)


def side_texts(judgement: Judgement) -> tuple[str, ...]:
    """Figures that accompany without judging: `resident memory 15.6 MB`."""
    named = {name: estimate for finding in judgement.findings for name, estimate in finding.side}
    return tuple(f"{name} {format_quantity(estimate.value, estimate.unit)}" for name, estimate in named.items())


def both_sides(judgement: Judgement) -> tuple[str, str]:
    """Baseline and optimized of the first comparison, dashes when nothing was compared."""
    for finding in judgement.findings:
        if finding.comparison is not None:
            sides = (finding.comparison.baseline, finding.comparison.candidate)
            baseline, optimized = (format_quantity(side.value, side.unit) for side in sides)
            return baseline, optimized
    return NOTHING, NOTHING


def checks_text(judgement: Judgement) -> str:
    """`7 of 7 checks passed`, empty for a target without a trial."""
    checks = [check for finding in judgement.findings for check in finding.checks]
    return f"{sum(check.is_passed for check in checks)} of {len(checks)} checks passed" if checks else ""


def joined(texts: Sequence[str], *, by: str = "; ") -> str:
    """The texts that say something, a dash when none does."""
    return by.join(text for text in texts if text) or NOTHING


def day_text(moment: datetime) -> str:
    """The day in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def month_text(month: str) -> str:
    """`November 2026` for `2026-11`, in English whatever the locale."""
    year, number = month.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def commit_text(evidence: Evidence) -> str:
    """`commit 0123abc with uncommitted changes`."""
    if evidence.commit is None:
        return "outside version control"
    return f"commit {evidence.commit[:12]}{' with uncommitted changes' if evidence.is_dirty else ''}"


def _figure(finding: Finding) -> str:
    if finding.comparison is not None:
        return change_text(finding.comparison, finding.expectation)
    return interval_text(finding.estimate) if finding.estimate is not None else ""


def _estimate(finding: Finding) -> Estimate | None:
    return finding.comparison.candidate if finding.comparison is not None else finding.estimate


def _name(expectation: Expectation) -> str:
    match expectation:
        case Budget(metric=Metric.FACT, fact=fact):
            return (fact or "").replace("_", " ")
        case Budget(metric=Metric.LATENCY, statistic=statistic):
            return _STATISTICS[statistic]
        case Budget(metric=metric) | Change(metric=metric):
            return _METRICS[metric]
        case _:
            return ""


def _method(expectation: Expectation) -> str:
    match expectation:
        case Budget(metric=Metric.LATENCY, statistic=statistic):
            return f"{_STATISTICS[statistic]} latency"
        case Budget() | Change():
            return _name(expectation)
        case Policy():
            return "trial of the policy"
        case Evidenced():
            return expectation.text


def _quantity(figure: float, unit: Unit) -> str:
    """An open side of an interval has no unit."""
    return format_quantity(figure, Unit.COUNT if math.isinf(figure) else unit)
