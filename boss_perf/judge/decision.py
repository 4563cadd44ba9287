"""The decision: a ratio against a line, at an error. Slower, not slower, faster or undecided; only fresh forks accuse.

To pass wrongly is no false alarm, so a benchmark passes at an error of its own, whatever the size of the suite; to
accuse, all benchmarks of a suite share one budget.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from boss_perf.model.estimates import Clock, Comparison
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Reading, Sample
from boss_perf.model.units import format_change, format_changes, several
from boss_perf.stats.boundaries import FIRST_LOOK
from boss_perf.stats.paired import compare
from boss_perf.stats.sequential import Errors, forks_needed

PASS_ERROR = 0.05
FASTER_ERROR = 0.01
STAGE_ERROR = 0.03
GATE_FORKS = 60
"""The most forks of a stage of a gate: of equal code whose forks scatter by 3 %, 30 decide 65 %, so many 91 %."""
OVER_ALL = "over all calls together, of which few are far slower"
HOPELESS_FORKS = 15
HOPELESS_RATIO = 3
_EXACT = 1e-12
_TIMES = {Reading.WALK_CPU_NS: Reading.CPU_NS, Reading.WALK_WALL_NS: Reading.WALL_NS}


class Position(StrEnum):
    """Where an effect lies relative to a line."""

    ABOVE = "above"
    BELOW = "below"
    OPEN = "open"


class Need(StrEnum):
    """What a workload still needs: more forks that screen it, fresh forks that confirm an accusation, or nothing."""

    MORE = "more"
    FRESH = "fresh"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """How one benchmark is decided: the line, a stage's error, its most forks.

    What is proven to lie below `ceiling_ratio` may stay undecided without closing the gate. `pursues_faster`: what is
    not slower is measured on until it is known whether it is faster.
    """

    margin_ratio: float
    alpha: float
    fork_limit: int
    ceiling_ratio: float = 0.10
    pursues_faster: bool = False

    @property
    def line_ratio(self) -> float:
        """The line between slower and not slower: what is slower by the margin."""
        return 1 + self.margin_ratio

    @property
    def errors(self) -> Errors:
        """Of one stage."""
        return Errors(above=self.alpha, below=PASS_ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict so far, its sentence and comparison, and the further forks it would take (None: out of sight).

    The comparison's interval is the one that decided. `is_below_ceiling`: undecided, and proven to be harmless enough.
    """

    verdict: GateVerdict
    reason: str
    comparison: Comparison | None = None
    need: Need = Need.NOTHING
    is_confirmed: bool = False
    is_below_ceiling: bool = False
    forks_missing: int | None = None


def stage_alpha(false_alarm_ratio: float, benchmark_count: int) -> float:
    """The error each stage may have so that two stages in a row keep the suite's budget: sqrt(budget / benchmarks).

    It holds for an effect on the line; at no effect, and at twice the margin, errors are far rarer.
    """
    return min(STAGE_ERROR, math.sqrt(false_alarm_ratio / max(1, benchmark_count)))


def position_of(comparison: Comparison, line_ratio: float) -> Position:
    """Where the whole interval lies; fewer than four forks decide nothing, and no number is on no side."""
    ratio = comparison.ratio
    if ratio.forks < FIRST_LOOK or not math.isfinite(line_ratio):
        return Position.OPEN
    if ratio.low > line_ratio * (1 + _EXACT):
        return Position.ABOVE
    return Position.BELOW if ratio.high < line_ratio * (1 - _EXACT) else Position.OPEN


def forks_missing(comparison: Comparison, *, line_ratio: float, errors: Errors, fork_limit: int) -> int | None:
    """The further forks at which an open case should be decided if it goes on like this, None when out of sight."""
    needed = forks_needed(
        comparison.fork_log_ratios, line_log=math.log(line_ratio), errors=errors, fork_limit=fork_limit
    )
    return None if needed is None else max(1, needed - comparison.ratio.forks)


def is_hopeless(forks: int, missing: int | None, *, fork_limit: int) -> bool:
    """Whether it is known well enough that not even three times the most forks would decide: after half of those.

    Of promises that are given up so, 3 in 1000 would have been decided by the last fork, of comparisons of a gate 18.
    """
    is_known = forks >= max(HOPELESS_FORKS, fork_limit // 2)
    return is_known and (missing is None or forks + missing > HOPELESS_RATIO * fork_limit)


def decide_time(samples: Sequence[Sample], *, rule: DecisionRule) -> Decision:
    """Decide on the timed forks of one benchmark, those that screened and those that confirmed.

    What lies below the line in most calls is held to the ceiling by what all of them took together.
    """
    screened = [sample for sample in samples if not sample.is_confirmation]
    confirmed = [sample for sample in samples if sample.is_confirmation]
    if not screened:
        return Decision(verdict=GateVerdict.UNDECIDED, reason="not measured yet", need=Need.MORE)
    first = compare(screened, errors=rule.errors, fork_limit=rule.fork_limit)
    position, over_all = position_of(first, rule.line_ratio), ""
    if position is Position.BELOW:
        if first.clock is not Clock.CPU:
            return _not_slower(screened, first, rule)
        summed = replace(rule, margin_ratio=max(rule.margin_ratio, rule.ceiling_ratio))
        sums = compare(screened, errors=rule.errors, fork_limit=rule.fork_limit, is_summed=True)
        if not sums.ratio.value > summed.line_ratio:
            return _not_slower(screened, first, rule)
        first, rule, over_all = sums, summed, f" {OVER_ALL}"
        position = position_of(first, rule.line_ratio)
    if position is Position.OPEN:
        why = f"too close to the line at {format_change(rule.line_ratio)}"
        if first.ratio.forks < FIRST_LOOK:
            why = f"{several(first.ratio.forks, 'fork')}, {FIRST_LOOK} are the least to decide"
        return undecided(first, rule, need=Need.MORE, told=f"{figure_of(first, rule)}{over_all}: {why}")
    if not confirmed:
        return Decision(
            need=Need.FRESH, verdict=GateVerdict.UNDECIDED, comparison=first, forks_missing=FIRST_LOOK,
            reason=f"{figure_of(first, rule)}, not yet confirmed by fresh forks",
        )  # fmt: skip
    second = compare(confirmed, errors=rule.errors, fork_limit=rule.fork_limit, is_summed=bool(over_all))
    before, now = figure_of(first, rule), f"{figure_of(second, rule)}{over_all}"
    match position_of(second, rule.line_ratio):
        case Position.ABOVE:
            return Decision(
                verdict=GateVerdict.SLOWER, comparison=second, is_confirmed=True,
                reason=f"{now}, after {before} in other forks; the line is at {format_change(rule.line_ratio)}",
            )  # fmt: skip
        case Position.BELOW:
            told = f"{before} at first, {now} in fresh forks: not confirmed"
            return Decision(verdict=GateVerdict.NOT_SLOWER, reason=told, comparison=second)
        case Position.OPEN:
            told = f"{before} at first, {now} in fresh forks: still open"
            return undecided(second, rule, need=Need.FRESH, told=told)


def walks_of(samples: Sequence[Sample]) -> list[Sample]:
    """The forks that walked a lazy answer, as if walking were what they timed: a generator works when it is walked."""
    return [
        replace(sample, calls_per_batch=1, series=tuple(replace(each, reading=_TIMES[each.reading]) for each in walked))
        for sample in samples
        if (walked := [series for series in sample.series if series.reading in _TIMES])
    ]


def _not_slower(screened: Sequence[Sample], comparison: Comparison, rule: DecisionRule) -> Decision:
    """NOT SLOWER, or FASTER at an error of its own; with `pursues_faster` on until that is decided too."""
    errors = Errors(above=PASS_ERROR, below=min(rule.alpha, FASTER_ERROR))
    strict, line_ratio = compare(screened, errors=errors, fork_limit=rule.fork_limit), 1 / rule.line_ratio
    position = position_of(strict, line_ratio)
    if position is Position.BELOW:
        return Decision(verdict=GateVerdict.FASTER, reason=figure_of(strict, rule), comparison=strict)
    done = Decision(verdict=GateVerdict.NOT_SLOWER, reason=figure_of(comparison, rule), comparison=comparison)
    if not (rule.pursues_faster and position is Position.OPEN and strict.ratio.forks < rule.fork_limit):
        return done
    missing = forks_missing(strict, line_ratio=line_ratio, errors=errors, fork_limit=rule.fork_limit)
    return replace(done, need=Need.MORE, forks_missing=missing)


def undecided(comparison: Comparison, rule: DecisionRule, *, need: Need, told: str) -> Decision:
    """An open comparison as a decision, with the note that it is harmless enough where that is proven.

    What one stage accused already waits for its confirmation, which is no noise: no ceiling excuses it.
    """
    ratio = comparison.ratio
    is_known = ratio.forks >= FIRST_LOOK and need is Need.MORE
    is_below = is_known and ratio.high < 1 + rule.ceiling_ratio
    return Decision(
        need=Need.NOTHING if ratio.forks >= rule.fork_limit else need,
        verdict=GateVerdict.UNDECIDED,
        reason=f"{told}, but below {format_change(1 + rule.ceiling_ratio)}" if is_below else told,
        comparison=comparison,
        is_below_ceiling=is_below,
        forks_missing=forks_missing(
            comparison, line_ratio=rule.line_ratio, errors=rule.errors, fork_limit=rule.fork_limit
        ),
    )


def figure_of(comparison: Comparison, rule: DecisionRule) -> str:
    """The change and its interval, with as many digits as show on which side of the line it lies."""
    ratio = comparison.ratio
    return format_changes(ratio.value, ratio.low, ratio.high, joint="…", apart_from=rule.line_ratio)
