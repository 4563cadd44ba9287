"""What the forks of two trees mean: slower, not slower, faster or undecided, and only confirmed forks accuse."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from boss_perf.model.estimates import Comparison
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Reading, Sample
from boss_perf.model.units import format_change, format_quantity
from boss_perf.stats.boundaries import FIRST_LOOK
from boss_perf.stats.paired import compare
from boss_perf.stats.sequential import LineTest, Side, against_line

INTERVAL_RATIO = 0.95
STAGE_ALPHA = 0.03
FASTER_ALPHA = 0.01
MEMORY_FLOOR_BYTES = 4096


class Stage(StrEnum):
    """What a benchmark still needs: forks that look, fresh forks that confirm, or nothing."""

    SCREENING = "screening"
    CONFIRMING = "confirming"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """How one benchmark is decided: the smallest slowdown worth failing, a stage's error, its most forks."""

    margin_ratio: float
    alpha: float
    fork_limit: int

    @property
    def line_log(self) -> float:
        """The line between slower and not slower: half of the margin, as a log ratio."""
        return math.log1p(self.margin_ratio) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict so far, its sentence and comparison, and the further forks it would take (None: unknown)."""

    stage: Stage
    verdict: GateVerdict
    reason: str
    comparison: Comparison | None
    is_confirmed: bool = False
    forks_missing: int | None = None


def stage_alpha(false_alarm_ratio: float, benchmark_count: int) -> float:
    """The error each stage may have so that two stages in a row keep the suite's budget: sqrt(budget / benchmarks).

    It holds for an effect on the line, half of the margin; at no effect, and at the whole margin, errors are far rarer.
    """
    return min(STAGE_ALPHA, math.sqrt(false_alarm_ratio / max(1, benchmark_count)))


def decide_time(samples: Sequence[Sample], *, rule: DecisionRule) -> Decision:
    """Decide on the timed forks of one benchmark, those that looked and those that confirmed."""
    looked = [sample for sample in samples if not sample.is_confirmation]
    confirmed = [sample for sample in samples if sample.is_confirmation]
    if not looked:
        return Decision(
            stage=Stage.SCREENING, verdict=GateVerdict.UNDECIDED, reason="not measured yet", comparison=None
        )
    comparison = compare(looked, confidence_ratio=INTERVAL_RATIO)
    first = _decide(comparison, rule)
    if first.side is Side.BELOW:
        return _not_slower(comparison, rule)
    if first.side is Side.UNDECIDED:
        return _undecided(comparison, first, rule)
    if not confirmed:
        return Decision(
            stage=Stage.CONFIRMING, verdict=GateVerdict.UNDECIDED, comparison=comparison, forks_missing=FIRST_LOOK,
            reason=f"{_figure(comparison)}, not yet confirmed by fresh forks",
        )  # fmt: skip
    second_comparison = compare(confirmed, confidence_ratio=INTERVAL_RATIO)
    second = _decide(second_comparison, rule)
    if second.side is Side.ABOVE:
        return Decision(
            stage=Stage.DONE, verdict=GateVerdict.SLOWER, comparison=second_comparison, is_confirmed=True,
            reason=f"{_figure(second_comparison)}, after {_figure(comparison)} in other forks; the line is at "
            f"{format_change(math.exp(rule.line_log))}, half of the margin of {format_change(1 + rule.margin_ratio)}",
        )  # fmt: skip
    if second.side is Side.BELOW:
        return Decision(
            stage=Stage.DONE, verdict=GateVerdict.NOT_SLOWER, comparison=second_comparison,
            reason=f"{_figure(comparison)} at first, {_figure(second_comparison)} in fresh forks: not confirmed",
        )  # fmt: skip
    missing = _missing(second)
    is_over = len(confirmed) >= rule.fork_limit
    return Decision(
        stage=Stage.DONE if is_over else Stage.CONFIRMING,
        verdict=GateVerdict.UNDECIDED,
        reason=f"{_figure(comparison)} at first, {_figure(second_comparison)} in fresh forks: still open",
        comparison=second_comparison,
        forks_missing=missing,
    )


def decide_memory(samples: Sequence[Sample], *, margin_ratio: float) -> Decision:
    """Compare the exact allocated peaks: every fork must lie on the same side of the margin.

    A difference below 4 KiB is the allocator's own noise and is no regression.
    """
    pairs = []
    for sample in samples:
        peaks = [sample.values(arm, Reading.PEAK_BYTES) for arm in sample.arms]
        if len(peaks) == 2 and all(peaks):
            pairs.append((peaks[0][0], peaks[1][0]))
    if not pairs:
        return Decision(
            stage=Stage.SCREENING, verdict=GateVerdict.UNDECIDED, reason="memory was not measured", comparison=None
        )
    comparison = compare(samples, confidence_ratio=INTERVAL_RATIO, reading=Reading.PEAK_BYTES)
    base, head = pairs[0]
    unit = comparison.baseline.unit
    figure = f"peak {format_quantity(head, unit)} against {format_quantity(base, unit)}"
    grown = [h - b > max(MEMORY_FLOOR_BYTES, b * margin_ratio) for b, h in pairs]
    if all(grown):
        verdict = GateVerdict.SLOWER
    elif any(grown):
        verdict = GateVerdict.UNDECIDED
        figure += ", forks disagree"
    elif all(b - h > max(MEMORY_FLOOR_BYTES, b * margin_ratio) for b, h in pairs):
        verdict = GateVerdict.FASTER
    else:
        verdict = GateVerdict.NOT_SLOWER
        if all(0 < abs(h - b) <= MEMORY_FLOOR_BYTES for b, h in pairs):
            figure += ", less than 4 KiB apart"
    return Decision(stage=Stage.DONE, verdict=verdict, reason=figure, comparison=comparison, is_confirmed=all(grown))


def _decide(comparison: Comparison, rule: DecisionRule, *, line_log: float | None = None) -> LineTest:
    line = rule.line_log if line_log is None else line_log
    return against_line(comparison.fork_log_ratios, line_log=line, alpha=rule.alpha, fork_limit=rule.fork_limit)


def _not_slower(comparison: Comparison, rule: DecisionRule) -> Decision:
    strict = replace(rule, alpha=min(rule.alpha, FASTER_ALPHA))
    faster = _decide(comparison, strict, line_log=-rule.line_log)
    verdict = GateVerdict.FASTER if faster.side is Side.BELOW else GateVerdict.NOT_SLOWER
    return Decision(stage=Stage.DONE, verdict=verdict, reason=_figure(comparison), comparison=comparison)


def _undecided(comparison: Comparison, decision: LineTest, rule: DecisionRule) -> Decision:
    forks = comparison.ratio.forks
    is_over = forks >= rule.fork_limit
    if forks < FIRST_LOOK:
        why = f"{forks} {'fork' if forks == 1 else 'forks'}, {FIRST_LOOK} are the least to decide"
    else:
        why = f"too close to the line at {format_change(math.exp(rule.line_log))}"
    missing = _missing(decision)
    return Decision(
        stage=Stage.DONE if is_over else Stage.SCREENING,
        verdict=GateVerdict.UNDECIDED,
        reason=f"{_figure(comparison)}: {why}",
        comparison=comparison,
        forks_missing=missing,
    )


def _missing(decision: LineTest) -> int | None:
    return None if decision.forks_needed is None else max(1, decision.forks_needed - decision.forks)


def _figure(comparison: Comparison) -> str:
    ratio = comparison.ratio
    return f"{format_change(ratio.value)} [{format_change(ratio.low)}, {format_change(ratio.high)}]"
