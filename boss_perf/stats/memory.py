"""Memory of two arms, and of one: allocated bytes repeat, so the range over forks is the interval."""

import math
from collections.abc import Sequence

from boss_perf.model.estimates import Caveat, CaveatKind, Clock, Comparison, Estimate
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.model.units import Unit
from boss_perf.stats.location import median, standard_deviation, student_t_quantile

EXACT_RATIO = 0.001
FORKS_NEEDED = 2
_INEXACT_RATIO = 0.01


def compare_memory(samples: Sequence[Sample], *, reading: Reading, confidence_ratio: float) -> Comparison:
    """The second arm's bytes (or allocations) over the first's; resolution never claimed finer than 0.1 %.

    A fork's ratio is NaN when an arm is missing, a reading is below 0, or the first arm took nothing. An arm that came
    down to nothing has ratio 0, and log ratio minus infinity.
    """
    forks = [sample for sample in samples if sample.phase is Pass.MEMORY]
    old = [_of_arm(sample, 0, reading) for sample in forks]
    new = [_of_arm(sample, 1, reading) for sample in forks]
    if len({sample.arms for sample in forks}) > 1:
        old = [math.nan for _ in forks]
    ratios = [after / before if before > 0 else math.nan for before, after in zip(old, new, strict=True)]
    ratio = _range(ratios, unit=Unit.RATIO, confidence_ratio=confidence_ratio)
    unit = _unit_of(reading)
    width = (ratio.high - ratio.low) / 2 / ratio.value if ratio.value > 0 else (0.0 if ratio.value == 0 else math.inf)
    return Comparison(
        ratio=ratio, baseline=_range(old, unit=unit, confidence_ratio=confidence_ratio),
        candidate=_range(new, unit=unit, confidence_ratio=confidence_ratio), clock=Clock.BYTES,
        resolution_ratio=max(EXACT_RATIO, width), pairs=len(forks),
        fork_log_ratios=tuple(math.log(each) if each > 0 else each - math.inf for each in ratios),
    )  # fmt: skip


def memory_estimate(samples: Sequence[Sample], *, reading: Reading, confidence_ratio: float) -> Estimate:
    """The bytes or allocations over forks of the only arm, or of two the second."""
    forks = [sample for sample in samples if sample.phase is Pass.MEMORY]
    values = [_of_arm(sample, len(sample.arms) - 1, reading) for sample in forks]
    return _range(values, unit=_unit_of(reading), confidence_ratio=confidence_ratio)


def _unit_of(reading: Reading) -> Unit:
    return Unit.COUNT if reading is Reading.ALLOCATION_COUNT else Unit.BYTES


def _of_arm(sample: Sample, index: int, reading: Reading) -> float:
    if sample.failure is not None or not 0 <= index < len(sample.arms):
        return math.nan
    values = sample.values(sample.arms[index], reading)
    return median(values) if values and min(values) >= 0 else math.nan


def _range(values: Sequence[float], *, unit: Unit, confidence_ratio: float) -> Estimate:
    """Median and range of the forks, widened to Student's interval where they differ; unknown from one fork."""
    value, low, high = math.nan, -math.inf, math.inf
    caveats: tuple[Caveat, ...] = ()
    if len(values) < FORKS_NEEDED:
        caveats = (Caveat(CaveatKind.TOO_FEW_FORKS, f"{len(values)} forks, {FORKS_NEEDED} show whether it repeats"),)
    if all(math.isfinite(each) for each in values):
        value = median(values)
    if len(values) >= FORKS_NEEDED and math.isfinite(value):
        low, high = min(values), max(values)
        if high - low > EXACT_RATIO * value:
            t = student_t_quantile((1 + confidence_ratio) / 2, len(values) - 1)
            half_width = t * standard_deviation(values) / math.sqrt(len(values))
            low, high = max(0.0, min(low, value - half_width)), max(high, value + half_width)
        if high - low > _INEXACT_RATIO * value:
            caveats += (Caveat(CaveatKind.INEXACT_MEMORY, "the forks did not allocate the same amount"),)
    return Estimate(
        value=value, low=low, high=high, unit=unit, confidence_ratio=confidence_ratio, count=len(values),
        forks=len(values), caveats=caveats,
    )  # fmt: skip
