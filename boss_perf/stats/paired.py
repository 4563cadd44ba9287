"""Two arms timed in turn: one log ratio per fork, and the ratio over forks with an interval that survives looking."""

import math
from collections.abc import Sequence
from dataclasses import replace

from boss_perf.model.estimates import Caveat, CaveatKind, Clock, Comparison, Estimate
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.model.units import Unit
from boss_perf.stats.boundaries import FIRST_LOOK, boundary
from boss_perf.stats.location import exp, hodges_lehmann, mean, median, standard_deviation, student_t_quantile
from boss_perf.stats.sequential import FORK_LIMIT, Errors, interval

BUSY_RATIO = 0.9
"""What has a smaller part of the wall time as processor time waits, or is made to."""
DRIFT_RATIO = 0.2
"""How far the end of a fork may lie from its beginning before it counts as still warming up."""
FEW_PAIRS = 16
_SIDE_CONFIDENCE_RATIO = 0.95
_READINGS = {Clock.CPU: Reading.CPU_NS, Clock.WALL: Reading.WALL_NS}


def fork_log_ratio(sample: Sample, *, clock: Clock) -> float:
    """log(second arm / first arm) of one fork: the Hodges-Lehmann centre of its pairs.

    Pairs, not quads: one that straddles a change of the core's speed spoils itself alone, and what the order adds
    cancels, as each quad holds either order once. What may be called once gives one pair. On the wall clock, for work
    that waits, it is the median. NaN when the fork cannot tell: a failure, an arm missing, series of different lengths,
    a reading of 0.
    """
    kept = pair_log_ratios(sample, clock=clock)
    if not kept:
        return math.nan
    return median(kept) if clock is Clock.WALL else hodges_lehmann(kept)


def fork_sum_log_ratio(sample: Sample, *, clock: Clock) -> float:
    """log of all that the second arm took over all that the first took; NaN as above.

    Whatever few calls cost, such as a collection of garbage or a buffer that is emptied, counts in full.
    """
    kept = _pairs(sample, clock)
    return math.log(sum(new for _, new in kept) / sum(old for old, _ in kept)) if kept else math.nan


def pair_log_ratios(sample: Sample, *, clock: Clock) -> list[float]:
    """log(second arm / first arm) of each pair that counts; none where the fork cannot tell."""
    return [math.log(after / before) for before, after in _pairs(sample, clock)]


def _pairs(sample: Sample, clock: Clock) -> list[tuple[int, int]]:
    """The pairs that count, the first arm before the second.

    The first quad is left out, as the coldest, where there are many: of few long calls each pair is dear.
    """
    if sample.failure is not None or len(sample.arms) != 2:
        return []
    old, new = (sample.values(arm, _READINGS[clock]) for arm in sample.arms)
    if len(old) != len(new) or not old or (len(old) > 1 and len(old) % 2) or min(*old, *new) <= 0:
        return []
    pairs = list(zip(old, new, strict=True))
    return pairs[2:] if len(pairs) > FEW_PAIRS else pairs


def compare(
    samples: Sequence[Sample],
    *,
    errors: Errors,
    fork_limit: int = FORK_LIMIT,
    clock: Clock | None = None,
    is_summed: bool = False,
) -> Comparison:
    """The second arm over the first, one log ratio per PAIRS sample in the order of time.

    Processor time decides unless at least half of the forks wait, or it was not taken: then wall time, with a caveat.
    The interval holds at every look up to `fork_limit` forks, with `errors` on either side. `is_summed`: forks are
    compared by the sums of the processor time of their batches.
    """
    forks = sorted((each for each in samples if each.phase is Pass.PAIRS), key=lambda each: each.started_at)
    caveats: list[Caveat] = []
    chosen = Clock.CPU if is_summed else clock or choose_clock(forks)
    if chosen is Clock.WALL and clock is None:
        caveats.append(Caveat(CaveatKind.WALL_TIME, "the work waits, so wall time is compared, not processor time"))
    drifting = [sample for sample in forks if (sample.conditions.drift_ratio or 0.0) > DRIFT_RATIO]
    if 2 * len(drifting) >= len(forks) > 0:
        text = (
            f"still warming up: in {len(drifting)} of {len(forks)} forks it got faster or slower by more than a fifth"
        )
        caveats.append(Caveat(CaveatKind.DRIFTING, text))
    log_ratio = fork_sum_log_ratio if is_summed else fork_log_ratio
    log_ratios = tuple(log_ratio(sample, clock=chosen) for sample in forks)
    if len({sample.arms for sample in forks}) > 1:
        log_ratios = tuple(math.nan for _ in forks)
    if len(forks) < FIRST_LOOK:
        caveats.append(Caveat(CaveatKind.TOO_FEW_FORKS, f"{len(forks)} forks, {FIRST_LOOK} are the least to decide"))
    pairs = sum(len(sample.values(arm, _READINGS[chosen])) for sample in forks for arm in sample.arms[:1])
    estimate = Estimate(
        value=math.nan, low=0.0, high=math.inf, unit=Unit.RATIO, confidence_ratio=errors.confidence_ratio, count=pairs,
        forks=len(forks), caveats=tuple(caveats),
    )  # fmt: skip
    unjudged = Comparison(
        ratio=estimate, baseline=_side(forks, 0, chosen, pairs), candidate=_side(forks, 1, chosen, pairs),
        clock=chosen, resolution_ratio=math.inf, pairs=pairs, fork_log_ratios=log_ratios,
    )  # fmt: skip
    return over_forks(unjudged, errors=errors, fork_limit=fork_limit)


def over_forks(comparison: Comparison, *, errors: Errors, fork_limit: int = FORK_LIMIT) -> Comparison:
    """The same comparison with the interval over its forks, which holds at every look, and the resolution it gives."""
    found = interval(comparison.fork_log_ratios, errors=errors, fork_limit=fork_limit)
    value, low, high = (exp(each) for each in (found.value, found.low, found.high))
    ratio = replace(comparison.ratio, value=value, low=low, high=high, confidence_ratio=errors.confidence_ratio)
    resolution_ratio = (high - low) / 2 / value if value > 0 else math.inf
    return replace(comparison, ratio=ratio, resolution_ratio=resolution_ratio)


def choose_clock(samples: Sequence[Sample]) -> Clock:
    """CPU for work that computes, WALL when half of the forks or more wait, or took no processor time."""
    if not samples:
        return Clock.CPU
    waiting = sum(1 for sample in samples if _waits(sample))
    has_cpu = all(sample.values(arm, Reading.CPU_NS) for sample in samples if not sample.failure for arm in sample.arms)
    return Clock.WALL if 2 * waiting >= len(samples) or not has_cpu else Clock.CPU


def mean_estimate(samples: Sequence[Sample], *, confidence_ratio: float) -> Estimate:
    """The mean wall time of one call, with an interval over the forks' means that holds at every look.

    It is that of the only arm, or of two the second. A fork without readings, or with a reading below 0, makes the mean
    unknown: NaN between infinities.
    """
    means, count = [], 0
    for sample in samples:
        values = sample.values(sample.arms[-1], Reading.WALL_NS) if sample.arms else ()
        calls = len(values) * sample.calls_per_batch
        is_sound = calls > 0 and min(values) >= 0
        means.append(sum(values) / calls if is_sound else math.nan)
        count += calls if is_sound else 0
    tail = boundary((1 - confidence_ratio) / 2)
    return _over_forks(means, confidence_ratio=confidence_ratio, count=count, tail=tail)


def _waits(sample: Sample) -> bool:
    """True when the fork saw that the work leaves its core by itself, or, where only one clock is there, seems to.

    Batches that last longer than they compute are no sign of it: a single call of 36 ms is pushed off its core in
    nearly every batch on a busy machine.
    """
    if sample.is_waiting:
        return True
    has_both = any(sample.values(arm, Reading.CPU_NS) and sample.values(arm, Reading.WALL_NS) for arm in sample.arms)
    busy = sample.conditions.busy_ratio
    return not has_both and busy is not None and busy < BUSY_RATIO


def _side(samples: Sequence[Sample], index: int, clock: Clock, count: int) -> Estimate:
    """One arm's time per call, the forks' median batches; its interval is for the eye and decides nothing."""
    centres = []
    for sample in samples:
        values = sample.values(sample.arms[index], _READINGS[clock]) if index < len(sample.arms) else ()
        centres.append(median(values) / sample.calls_per_batch)
    tail = (1 - _SIDE_CONFIDENCE_RATIO) / 2
    return _over_forks(centres, confidence_ratio=_SIDE_CONFIDENCE_RATIO, count=count, tail=tail)


def _over_forks(values: Sequence[float], *, confidence_ratio: float, count: int, tail: float) -> Estimate:
    """Student's interval of the mean of times, the fork as the unit, leaving out `tail` on each side.

    From a single fork it is without end. The lower end is that of the geometric mean, which is never above the mean
    (Jensen's inequality): one fork that was pushed aside for long widens it by a factor and does not take it below 0.
    """
    forks, centre, low, high = len(values), math.nan, -math.inf, math.inf
    if values and all(math.isfinite(value) and value > 0 for value in values):
        centre, low = mean(values), 0.0
        if forks > 1:
            t_per_fork = student_t_quantile(1 - tail, forks - 1) / math.sqrt(forks)
            logs = [math.log(value) for value in values]
            low = exp(mean(logs) - t_per_fork * standard_deviation(logs))
            high = centre + t_per_fork * standard_deviation(values)
    return Estimate(
        value=centre, low=low, high=high, unit=Unit.NANOSECONDS, confidence_ratio=confidence_ratio, count=count,
        forks=forks,
    )  # fmt: skip
