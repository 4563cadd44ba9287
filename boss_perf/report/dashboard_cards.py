"""What the dashboard says about each target in words: everything a chart shows is also text or a table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boss_perf.judge.promises.verdict_bounds import closest_to_limit
from boss_perf.model.history import VerdictRecord
from boss_perf.model.targets import Change
from boss_perf.model.units import Unit, format_change, format_quantity, several
from boss_perf.model.verdicts import Finding, Judgement, Verdict
from boss_perf.report.dashboard_curves import CHANGE, Trend
from boss_perf.report.figures import commit_text, figure_text, trend_text
from boss_perf.report.glance import percent_text
from boss_perf.text import visible_line

_SEARCHED = frozenset({"component", "operation", "owner", "priority", "workload", "notes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the page shows of a judgement beside it; texts may come from strangers.

    `facts` are pairs of a word and a text, `words` what a search looks in, `forks` each fork's own ratio with its
    place in the strip, from 0 to 100; `fields` are by column what the table says and sorts by, where that is another.
    """

    id: str
    judgement: Judgement
    figure: str
    trend: str
    story: str
    facts: tuple[tuple[str, str], ...]
    forks: tuple[tuple[float, str], ...]
    no_change_percent: float
    words: str
    fields: Mapping[str, tuple[str, float | str | None]]


def card_of(judgement: Judgement, records: Sequence[VerdictRecord], trend: Trend | None) -> Card:
    """The words of a target and its history."""
    target, evidence, waiver = judgement.target, judgement.evidence, judgement.target.waiver
    forks, no_change_percent = _fork_dots(judgement.deciding)
    facts = [
        ("component", target.component), ("operation", target.operation), ("owner", target.owner),
        ("priority", target.priority), ("due", target.due and target.due.isoformat()), ("workload", target.workload),
        ("promised as", target.wording), ("notes", target.notes),
    ]  # fmt: skip
    if evidence is not None:
        facts += [
            ("measured", f"{evidence.measured_at:%Y-%m-%d %H:%M} UTC"), ("commit", commit_text(evidence)),
            ("machine", evidence.machine_text), ("forks", str(evidence.forks)), ("observations", str(evidence.count)),
        ]  # fmt: skip
    if waiver is not None:
        facts.append(("waived", f"until {waiver.until.isoformat()} by {waiver.approver}: {waiver.reason}"))
    shown = tuple((word, text) for word, text in facts if text)
    searched = (target.id, target.name, judgement.verdict.value, *(text for word, text in shown if word in _SEARCHED))
    figure = "; ".join(filter(None, (figure_text(each).partition(" (")[0] for each in judgement.findings)))
    return Card(
        id=visible_line(target.id),
        judgement=judgement,
        figure=figure,
        trend=trend_text(records, judgement),
        story=_story(trend),
        facts=shown,
        forks=forks,
        no_change_percent=no_change_percent,
        words=" ".join(searched).casefold(),
        fields=_fields(judgement, trend, figure=figure),
    )


def _fields(judgement: Judgement, trend: Trend | None, *, figure: str) -> dict[str, tuple[str, float | str | None]]:
    """The table's row but for the name; what is unknown is empty and sorts last."""
    target, evidence = judgement.target, judgement.evidence
    share = next((used for _, _, (used, *_) in closest_to_limit((judgement,))), None)
    step = trend.step if trend else None
    return {
        "Verdict": (judgement.verdict.value.lower(), list(Verdict).index(judgement.verdict)),
        "Section": (target.section.value, None),
        "Measured": (figure, None),
        "Of limit": ("" if share is None else percent_text(share), share),
        "Change": (format_change(step) if step else "", step),
        "Day": (f"{evidence.measured_at:%Y-%m-%d}" if evidence else "", None),
        "Priority": (target.priority or "", None),
        "Owner": (target.owner or "", None),
        "Due": (target.due.isoformat() if target.due else "", None),
    }


def bars_of(finding: Finding) -> tuple[tuple[str, str, float], ...]:
    """Both sides of a comparison: which, how much, and how long in per cent of the longer one."""
    if finding.comparison is None:
        return ()
    sides = (("baseline", finding.comparison.baseline), ("optimized", finding.comparison.candidate))
    tallest = max(each.value for _, each in sides)
    if not (math.isfinite(tallest) and tallest > 0):
        return ()
    return tuple(
        (word, format_quantity(each.value, each.unit), round(100 * each.value / tallest, 1)) for word, each in sides
    )


def _fork_dots(finding: Finding | None) -> tuple[tuple[tuple[float, str], ...], float]:
    """Each fork's ratio on a line that holds them all and 1, and where 1 lies on it."""
    comparison = finding.comparison if finding is not None else None
    if finding is None or comparison is None:
        return (), 0.0
    sign = -1 if isinstance(finding.expectation, Change) and finding.expectation.is_rate else 1
    logs = [sign * each for each in comparison.fork_log_ratios if math.isfinite(each)]
    if not logs:
        return (), 0.0
    low, high = min(*logs, 0.0), max(*logs, 0.0)
    spread = (high - low) or 1.0
    dots = tuple((round(100 * (each - low) / spread, 1), format_change(math.exp(each))) for each in logs)
    return dots, round(100 * -low / spread, 1)


def _story(trend: Trend | None) -> str:
    """The history in a sentence, for those who do not see the chart."""
    if trend is None:
        return "No number has been measured yet."
    chart = trend.chart
    count = len(chart["run"])
    newest = _charted(chart["value"][-1], chart["unit"])
    parts = [f"{several(count, 'measurement')}, the newest {newest}"]
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
