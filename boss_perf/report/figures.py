"""Figures and promises in the words people use, each figure once with its interval; plain text.

A target's last figures as a word: `▁▂▃▅█`, and how far the newest moved from the one before.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from boss_perf.model.estimates import Comparison, Estimate
from boss_perf.model.history import VerdictRecord, figure_of, measurements
from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Budget, CachePolicy, Change, Evidenced, Expectation, Target, as_promised
from boss_perf.model.units import format_change, format_interval, format_quantity, format_ratio
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Verdict

_BLOCKS = "▁▂▃▄▅▆▇█"
_LEAST_SPREAD_RATIO = 0.02
_TREND_COUNT = 8


def change_text(
    comparison: Comparison, promise: Expectation | None = None, *, margin_ratio: float | None = None
) -> str:
    """`−77 % (−78 … −75)`, `1.35× (1.33 … 1.38)` for an overhead, `209× (197 … 223)` for what more than doubled."""
    ratio = comparison.ratio
    sides = as_promised((ratio.value, ratio.low, ratio.high), promise)
    line = promise.limit_ratio if isinstance(promise, Change) else None if margin_ratio is None else 1 + margin_ratio
    return format_ratio(*sides, is_factor=is_overhead(promise), apart_from=line)


def sides_text(comparison: Comparison) -> str:
    """`84.5 → 24.8 ms`: both sides in absolute terms, with both units where they differ."""
    before, after = comparison.baseline, comparison.candidate
    texts = [
        format_quantity(side.value, side.unit, apart_from=other.value)
        for side, other in ((before, after), (after, before))
    ]
    numbers = [text.rpartition(" ") for text in texts]
    is_same = numbers[0][2] == numbers[1][2] and numbers[0][0]
    return f"{numbers[0][0] if is_same else texts[0]} → {texts[1]}"


def estimate_text(estimate: Estimate, *, apart_from: float | None = None) -> str:
    """`42.0 ms (41.2 … 42.8)`; an exact figure stands alone."""
    return format_interval(estimate.value, estimate.low, estimate.high, estimate.unit, apart_from=apart_from)


def figure_text(finding: Finding) -> str:
    """The finding's figure with its interval, or how many checks passed; empty where there is neither."""
    if finding.comparison is not None:
        return change_text(finding.comparison, finding.expectation)
    if finding.estimate is not None:
        bound = finding.expectation.bound if isinstance(finding.expectation, Budget) else None
        return estimate_text(finding.estimate, apart_from=bound)
    if finding.checks:
        return f"{sum(check.is_passed for check in finding.checks)} of {len(finding.checks)} checks passed"
    return ""


def limit_text(expectation: Expectation) -> str:
    """The promise in the terms of its figure: `−75 %`, `≤ 1.5×`, `p95 < 50 ms`."""
    if not isinstance(expectation, Change):
        return expectation.text
    limit = format_change(expectation.limit_ratio)
    if is_overhead(expectation) or expectation.limit_ratio >= 2:
        limit = f"{'≥' if expectation.is_rate else '≤'} {expectation.limit_ratio:g}×"
    return limit if expectation.metric is Metric.LATENCY else f"{limit} {_method(expectation)}"


def is_overhead(promise: Expectation | None) -> bool:
    """True for a promise that the second arm costs at most so many times the first, such as `latency <= 1.5x`."""
    return isinstance(promise, Change) and not promise.is_rate and promise.limit_ratio > 1


def reason_text(judgement: Judgement) -> str:
    """The judgement's reason, in short where there is nothing to give reasons for."""
    is_new = judgement.verdict is Verdict.UNMEASURED and judgement.evidence is None
    return "never measured" if is_new and measuring_command(judgement.target) else judgement.reason


def measuring_command(target: Target) -> str:
    """The command that measures it; empty where nothing is named that could."""
    if target.load is not None:
        return "boss-perf load"
    return "boss-perf bench" if target.workload is not None else ""


def promise_text(target: Target) -> str:
    """What people wrote, else the checkable form."""
    return target.wording or "; ".join(expectation.text for expectation in target.expectations)


def method_text(target: Target) -> str:
    """How it is measured: in the project's words, else in ours."""
    return target.method or ", ".join(dict.fromkeys(filter(None, map(_method, target.expectations))))


def day_text(moment: datetime) -> str:
    """The day in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def commit_text(evidence: Evidence) -> str:
    """`0123abc` or `0123abc with uncommitted changes`."""
    if evidence.commit is None:
        return "outside version control"
    return f"{evidence.commit[:7]}{' with uncommitted changes' if evidence.is_dirty else ''}"


def machine_text(text: str) -> str:
    """Processor and cores of a machine's description; all of it is in the JSON."""
    return ", ".join(text.replace("(R)", "").replace("(TM)", "").split(", ")[:2])


def sparkline(figures: Sequence[float]) -> str:
    """One block per figure, oldest first; figures within 2 % of each other show as a flat line."""
    if not figures:
        return ""
    low, high = min(figures), max(figures)
    middle = (low + high) / 2
    spread = max(high - low, abs(middle) * _LEAST_SPREAD_RATIO * 2)
    if spread == 0:
        return _BLOCKS[3] * len(figures)
    floor = middle - spread / 2
    steps = [round((figure - floor) / spread * (len(_BLOCKS) - 1)) for figure in figures]
    return "".join(_BLOCKS[max(0, min(step, len(_BLOCKS) - 1))] for step in steps)


def trend_figures(records: Iterable[VerdictRecord], judgement: Judgement) -> tuple[float, ...]:
    """The newest figures of what decides, measured on the machine of the evidence, oldest first.

    The ratio where both sides were measured, else the figure: both fall when things get better, save for throughput.
    """
    decided, evidence = judgement.deciding, judgement.evidence
    if decided is None or evidence is None:
        return ()
    measured = measurements(records, figure_of(decided.expectation), machine=evidence.machine)
    return tuple(each.number for each in measured if each.number is not None)[-_TREND_COUNT:]


def trend_text(records: Iterable[VerdictRecord], judgement: Judgement) -> str:
    """`▁▂▃▅█ +3.1 %`: the line, and the newest over the one before; empty for fewer than two figures."""
    figures = trend_figures(records, judgement)
    if len(figures) < 2:
        return ""
    line = sparkline(figures)
    return line if figures[-2] <= 0 else f"{line} {format_change(figures[-1] / figures[-2])}"


def _method(expectation: Expectation) -> str:
    match expectation:
        case Budget(metric=Metric.FACT, fact=fact):
            return (fact or "").replace("_", " ")
        case Budget(metric=Metric.LATENCY, statistic=statistic):
            return f"{statistic.value} latency"
        case Budget(metric=metric) | Change(metric=metric):
            return metric.value.replace("_", " ")
        case CachePolicy():
            return "trial of the policy"
        case Evidenced():
            return expectation.text
