"""What the exact peaks of two trees mean: equal ones or two forks that agree decide, a third confirms, more follow."""

from collections.abc import Sequence
from dataclasses import replace

from boss_perf.judge.decision import Decision, DecisionRule, Need, Position, figure_of, position_of, undecided
from boss_perf.model.estimates import Comparison
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Reading, Sample
from boss_perf.model.units import format_quantity, several
from boss_perf.stats.memory import FORKS_NEEDED, compare_memory
from boss_perf.stats.paired import over_forks
from boss_perf.stats.sequential import Errors

MEMORY_FLOOR_BYTES = 4096
MEMORY_FORK_LIMIT = 6


def decide_memory(samples: Sequence[Sample], *, rule: DecisionRule, margin_ratio: float) -> Decision:
    """Compare the exact allocated peaks: two forks that agree decide, one more that agrees confirms an accusation.

    `rule` is that of the benchmark's time, of which memory has the error. One fork is enough where both peaks are the
    same to the byte, for each is a process of its own.

    Forks that disagree about the line are judged as times are, over more of them; while they disagree about the sign,
    nothing is slower. A difference below 4 KiB is the allocator's own noise.
    """
    rule = replace(rule, margin_ratio=margin_ratio, fork_limit=MEMORY_FORK_LIMIT)
    comparison = compare_memory(samples, reading=Reading.PEAK_BYTES, confidence_ratio=rule.errors.confidence_ratio)
    pairs = [(before, after) for before, after in map(_peaks, samples) if before and after]
    if not pairs:
        need = Need.NOTHING if len(samples) >= rule.fork_limit else Need.MORE
        return Decision(verdict=GateVerdict.UNDECIDED, reason="memory was not measured", need=need)
    (base, head), unit = pairs[0], comparison.baseline.unit
    figure = f"peak {format_quantity(head, unit)} against {format_quantity(base, unit)}"
    growths = [(after - before, max(MEMORY_FLOOR_BYTES, before * rule.margin_ratio)) for before, after in pairs]
    grown = [growth > floor for growth, floor in growths]
    decided = Decision(verdict=GateVerdict.NOT_SLOWER, reason=figure, comparison=comparison)
    if len(pairs) < FORKS_NEEDED and base != head:
        told = f"{figure} in {several(len(pairs), 'fork')}, {FORKS_NEEDED} are the least to decide"
        return replace(decided, verdict=GateVerdict.UNDECIDED, reason=told, need=Need.MORE)
    if all(-growth > floor for growth, floor in growths):
        return replace(decided, verdict=GateVerdict.FASTER)
    if not any(grown):
        is_close = all(0 < abs(growth) <= MEMORY_FLOOR_BYTES for growth, _ in growths)
        return replace(decided, reason=f"{figure}, less than 4 KiB apart" if is_close else figure)
    if all(grown) and len(pairs) > FORKS_NEEDED:
        return replace(decided, verdict=GateVerdict.SLOWER, is_confirmed=True)
    if all(grown):
        told = f"{figure}, not yet confirmed by a fresh fork"
        return replace(decided, verdict=GateVerdict.UNDECIDED, reason=told, need=Need.FRESH)
    return _memory_over_forks(samples, comparison, rule, figure=f"{figure}, forks disagree")


def _memory_over_forks(samples: Sequence[Sample], exact: Comparison, rule: DecisionRule, *, figure: str) -> Decision:
    """Peaks that differ between forks have a distribution as times have, and the same decision.

    It is made in one stage, so it accuses at the error of two.
    """
    errors = Errors(above=rule.alpha**2, below=rule.errors.below)
    comparison = over_forks(exact, errors=errors, fork_limit=rule.fork_limit)
    told = f"{figure}: {figure_of(comparison, rule)}"
    position = position_of(comparison, rule.line_ratio)
    if position is Position.BELOW:
        return Decision(verdict=GateVerdict.NOT_SLOWER, reason=told, comparison=comparison)
    if position is Position.ABOVE and min(comparison.fork_log_ratios) > 0:
        return Decision(verdict=GateVerdict.SLOWER, reason=told, comparison=comparison, is_confirmed=True)
    return undecided(comparison, rule, need=Need.MORE, told=told)


def _peaks(sample: Sample) -> tuple[int, int]:
    """Base's and head's, 0 where one was not read."""
    peaks = [sample.values(arm, Reading.PEAK_BYTES) for arm in sample.arms]
    return (peaks[0][0], peaks[1][0]) if len(peaks) == 2 and all(peaks) else (0, 0)
