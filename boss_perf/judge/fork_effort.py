"""How hard the next fork should look: where the scatter is, and no harder than its question needs.

What forks of equal code scatter by has two parts: between forks, which differ by how their memory happens to lie and
which no longer look reduces, and within a fork, which shrinks with the time it looks.
"""

import math
from collections.abc import Sequence

from boss_perf.judge.decision import DecisionRule
from boss_perf.model.estimates import Clock
from boss_perf.model.samples import Reading, Sample
from boss_perf.stats.boundaries import FIRST_LOOK, boundary
from boss_perf.stats.location import hodges_lehmann, mean, standard_deviation, student_t_quantile
from boss_perf.stats.paired import choose_clock, fork_log_ratio, pair_log_ratios

WHOLE_FORK_S = 0.4
"""The batches of a whole fork; a share is a part of this."""
FIRST_S = 0.2
LEAST_SHARE = 0.05
MOST_SHARE = 2.0
SHORTEST_RATIO = 0.5
"""Of the look that tells most per second: a shorter one costs a fork too, and scatters so far that it harms."""
TURNING_S = 0.2
"""After so long a look both parts of the scatter are alike, as long as a benchmark's own forks do not say otherwise."""
TURNING_FORKS = 4
TELLING_FORKS = 3
LEAST_TURNING_S = 0.002
MOST_TURNING_S = 4.0
RESERVE = 1.5


def fork_share(samples: Sequence[Sample], *, rule: DecisionRule, overhead_s: float, most_s: float = math.inf) -> float:
    """The share of a whole fork's work that the next fork of one benchmark should do, above 0 and at most 2.

    `overhead_s` is what a fork of it costs beside its batches, `most_s` what the time left has room for, if all that
    is open is to have forks of it. What seems slower than the line from the third fork on gets the precision with which
    the fewest forks would decide, and half as much to spare, where that is less. The first fork is long enough to show
    a drift.
    """
    found = [sample for sample in samples if not sample.is_confirmation]
    clock = choose_clock(found)
    best_s = math.sqrt(overhead_s * turning_s(found, clock=clock))
    most_s = max(most_s, SHORTEST_RATIO * best_s)
    if not found:
        best_s = max(best_s, FIRST_S)
    wanted_s = min(best_s, most_s, _enough_s(found, clock=clock, rule=rule))
    return max(LEAST_SHARE, min(MOST_SHARE, wanted_s / WHOLE_FORK_S))


def turning_s(samples: Sequence[Sample], *, clock: Clock) -> float:
    """How long a fork has to look until its own scatter is no larger than that between forks.

    A fork's log ratio has the variance `between + within / t` and costs `overhead + t`; their product is least at
    t = sqrt(overhead * within / between) (Cochran, Sampling Techniques, 1977, ch. 10).
    """
    forks = len(samples)
    if forks < TELLING_FORKS:
        return TURNING_S
    centres = [fork_log_ratio(sample, clock=clock) for sample in samples]
    inner = [_inner_variance(sample, clock) for sample in samples]
    between = standard_deviation(centres) ** 2 - mean(inner)
    within = mean([variance * work_s(sample) for variance, sample in zip(inner, samples, strict=True)])
    if not all(math.isfinite(each) for each in (between, within)):
        return TURNING_S
    seen_s = within / between if between > 0 else MOST_TURNING_S
    seen_s = max(LEAST_TURNING_S, min(MOST_TURNING_S, seen_s))
    weight = forks / (forks + TURNING_FORKS)
    return math.exp(weight * math.log(seen_s) + (1 - weight) * math.log(TURNING_S))


def work_s(sample: Sample) -> float:
    """The seconds of a fork's batches, both arms together."""
    return sum(sum(series.values) for series in sample.series if series.reading is Reading.WALL_NS) / 1e9


def _inner_variance(sample: Sample, clock: Clock) -> float:
    """The variance of a fork's centre that its own pairs show: how far the centres of its two halves lie apart.

    The spread of single pairs would say less. What a collection of garbage adds to one call in ten moves the centre of
    a few pairs, and hardly their median deviation; a phase of the machine moves many pairs in a row.
    """
    pairs = pair_log_ratios(sample, clock=clock)
    half = len(pairs) // 2
    return ((hodges_lehmann(pairs[:half]) - hodges_lehmann(pairs[half:])) / 2) ** 2


def _enough_s(samples: Sequence[Sample], *, clock: Clock, rule: DecisionRule) -> float:
    """How long a look decides what is clearly slower with the fewest forks; infinite for everything else."""
    if len(samples) < TELLING_FORKS:
        return math.inf
    seen = [fork_log_ratio(sample, clock=clock) for sample in samples]
    offset = mean(seen) - math.log(rule.line_ratio)
    if not offset > 0:
        return math.inf
    tail = boundary(rule.alpha, fork_limit=max(rule.fork_limit, FIRST_LOOK))
    reach = student_t_quantile(1 - tail, FIRST_LOOK - 1) * standard_deviation(seen) / math.sqrt(FIRST_LOOK)
    return mean([work_s(sample) for sample in samples]) * (RESERVE * reach / offset) ** 2
