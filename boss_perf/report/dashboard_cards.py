"""What the dashboard says about each target in words: everything a chart shows is also text or a table.

Texts may come from strangers: each is one visible line of bounded length; escaping is the template's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boss_perf.model.estimates import Estimate
from boss_perf.model.history import VerdictRecord
from boss_perf.model.samples import TrialCheck
from boss_perf.model.targets import Change, as_promised
from boss_perf.model.units import Unit, format_change, format_quantity
from boss_perf.model.verdicts import Finding, Judgement
from boss_perf.report.dashboard_curves import CHANGE, Trend
from boss_perf.report.dashboard_table import VERDICT_WORDS, Cell, fields_of
from boss_perf.report.escaping import clipped, visible_line
from boss_perf.report.sparkline import trend_figures, trend_text

_LIMIT_COUNT = 400
_SEARCHED = frozenset({"component", "operation", "owner", "priority", "workload", "notes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """One expectation with what was found; empty texts where there is nothing to say."""

    expectation: str
    verdict: str
    reason: str
    figure: str
    interval: str
    baseline: str
    candidate: str
    bars: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One observed property of a cache."""

    name: str
    is_passed: bool
    expected: str
    observed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkDot:
    """A fork's own ratio and where it lies in the strip, from 0 to 100."""

    place_percent: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A target as the page shows it; `facts` are pairs of a word and a text, `words` what a search looks in."""

    id: str
    name: str
    section: str
    verdict: str
    word: str
    status: str
    emoji: str
    reason: str
    trend: str
    story: str
    facts: tuple[tuple[str, str], ...]
    caveats: tuple[str, ...]
    numbers: tuple[NumberRow, ...]
    checks: tuple[CheckRow, ...]
    forks: tuple[ForkDot, ...]
    forks_text: str
    no_change_percent: float
    figure: str
    words: str
    fields: Mapping[str, Cell]


def card_of(judgement: Judgement, records: Sequence[VerdictRecord], trend: Trend | None) -> Card:
    """The words of a target and its history."""
    target, evidence = judgement.target, judgement.evidence
    finding = judgement.deciding
    dots, no_change_percent = _fork_dots(finding) if finding else ((), 0.0)
    facts = [
        ("component", target.component), ("operation", target.operation), ("owner", target.owner),
        ("priority", target.priority), ("due", target.due and target.due.isoformat()), ("workload", target.workload),
        ("promised as", target.wording), ("notes", target.notes),
    ]  # fmt: skip
    if evidence is not None:
        commit = f"{(evidence.commit or 'no commit')[:12]}{' with changes' if evidence.is_dirty else ''}"
        facts += [
            ("measured", f"{evidence.measured_at:%Y-%m-%d %H:%M} UTC"), ("commit", commit),
            ("machine", evidence.machine_text), ("forks", str(evidence.forks)), ("observations", str(evidence.count)),
        ]  # fmt: skip
    if target.waiver is not None:
        waiver = target.waiver
        facts.append(("waived", f"until {waiver.until.isoformat()} by {waiver.approver}: {waiver.reason}"))
    figures = [row.figure for row in map(_number_row, judgement.findings) if row.figure]
    shown = [(word, _shown(text)) for word, text in facts if text]
    searched = (target.id, target.name, judgement.verdict.value, *(text for word, text in shown if word in _SEARCHED))
    return Card(
        id=visible_line(target.id),
        name=_shown(target.name),
        section=target.section.value,
        verdict=judgement.verdict.value,
        word=VERDICT_WORDS[judgement.verdict],
        status=judgement.status.value,
        emoji=judgement.status.emoji,
        reason=_shown(judgement.reason),
        trend=trend_text(trend_figures(records, judgement)),
        story=_story(trend),
        facts=tuple(shown),
        caveats=tuple(_shown(caveat.text) for caveat in judgement.caveats),
        numbers=tuple(_number_row(each) for each in judgement.findings),
        checks=tuple(_check_row(check) for each in judgement.findings for check in each.checks),
        forks=dots,
        forks_text=", ".join(dot.text for dot in dots),
        no_change_percent=no_change_percent,
        figure="; ".join(figures),
        words=_shown(" ".join(searched)).casefold(),
        fields=fields_of(judgement, trend, figure="; ".join(figures)),
    )


def _check_row(check: TrialCheck) -> CheckRow:
    return CheckRow(
        name=_shown(check.name),
        is_passed=check.is_passed,
        expected=_shown(check.expected),
        observed=_shown(check.observed),
    )


def _number_row(finding: Finding) -> NumberRow:
    estimate, comparison = finding.estimate, finding.comparison
    ratio = comparison.ratio if comparison else None
    sides = as_promised((ratio.value, ratio.low, ratio.high), finding.expectation) if ratio else None
    bars: tuple[tuple[str, str, float], ...] = ()
    if comparison is not None:
        tallest = max(comparison.baseline.value, comparison.candidate.value)
        if math.isfinite(tallest) and tallest > 0:
            bars = tuple(
                (word, _quantity(each), round(100 * each.value / tallest, 1))
                for word, each in (("baseline", comparison.baseline), ("optimized", comparison.candidate))
            )
    return NumberRow(
        expectation=_shown(finding.expectation.text),
        verdict=finding.verdict.value,
        reason=_shown(finding.reason),
        figure=format_change(sides[0]) if sides else _quantity(estimate),
        interval=f"{_side(sides[1])} to {_side(sides[2])}" if sides else _interval(estimate),
        baseline=_quantity(comparison.baseline if comparison else None),
        candidate=_quantity(comparison.candidate if comparison else None),
        bars=bars,
    )


def _quantity(estimate: Estimate | None) -> str:
    return format_quantity(estimate.value, estimate.unit) if estimate else ""


def _interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    return f"{format_quantity(estimate.low, estimate.unit)} to {format_quantity(estimate.high, estimate.unit)}"


def _side(ratio: float) -> str:
    return format_change(ratio) if math.isfinite(ratio) else format_quantity(ratio, Unit.RATIO)


def _fork_dots(finding: Finding) -> tuple[tuple[ForkDot, ...], float]:
    """Each fork's ratio on a line that holds them all and 1, and where 1 lies on it."""
    promise = finding.expectation
    sign = -1 if isinstance(promise, Change) and promise.is_rate else 1
    logs = (
        [sign * each for each in finding.comparison.fork_log_ratios if math.isfinite(each)]
        if finding.comparison
        else []
    )
    if not logs:
        return (), 0.0
    low, high = min(*logs, 0.0), max(*logs, 0.0)
    spread = (high - low) or 1.0
    dots = tuple(
        ForkDot(place_percent=round(100 * (each - low) / spread, 1), text=format_change(math.exp(each)))
        for each in logs
    )
    return dots, round(100 * -low / spread, 1)


def _story(trend: Trend | None) -> str:
    """The history in a sentence, for those who do not see the chart."""
    if trend is None:
        return "No number has been measured yet."
    chart = trend.chart
    count = len(chart["run"])
    newest = _charted(chart["value"][-1], chart["unit"])
    parts = [f"{count} measurement{'' if count == 1 else 's'}, the newest {newest}"]
    if chart["bound"] is not None:
        parts.append(f"bound {_charted(chart['bound'], chart['unit'])}")
    parts += [f"changed by {format_change(ratio)} on {at:%Y-%m-%d}" for at, ratio in trend.changes]
    if count > 1 and not trend.changes:
        parts.append("no lasting change")
    if trend.elsewhere_count:
        parts.append(f"{trend.elsewhere_count} of other machines left out")
    return "; ".join(parts) + "."


def _charted(value: float, unit: str) -> str:
    return format_change(value) if unit == CHANGE else format_quantity(value, Unit(unit))


def _shown(text: str) -> str:
    return clipped(visible_line(text), _LIMIT_COUNT)
