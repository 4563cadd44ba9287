"""How hard the next fork of a gate should look: no harder than its question needs."""

import math
from collections.abc import Sequence

from boss_perf.judge.duels import DuelRule, Stage
from boss_perf.model.samples import Sample
from boss_perf.stats.boundaries import FIRST_LOOK, boundary
from boss_perf.stats.location import mean, standard_deviation, student_t_quantile
from boss_perf.stats.paired import choose_clock, fork_log_ratio

FIRST_SHARE = 0.5
LEAST_SHARE = 0.25
MOST_SHARE = 2.0
RESERVE = 1.5


def fork_share(samples: Sequence[Sample], *, stage: Stage, rule: DuelRule, companions: int) -> float:
    """The share of a whole fork's work that the next fork of one benchmark should do, above 0 and at most 2.

    The first forks look lightly, which decides what lies far from the line; what stays open gets whole ones, and more
    when only few `companions` (the benchmarks of the fork, itself included) share the cost of starting it. A fork that
    confirms needs the precision with which the first five would show the effect again, and half as much to spare.
    """
    most = min(MOST_SHARE, 1 + MOST_SHARE / max(1, companions))
    looked = [sample for sample in samples if not sample.is_confirmation]
    if stage is not Stage.CONFIRMING:
        return FIRST_SHARE if len(looked) < FIRST_LOOK else most
    clock = choose_clock(looked)
    seen = [fork_log_ratio(sample, clock=clock) for sample in looked]
    offset = mean(seen) - rule.line_log
    if not offset > 0:
        return most
    tail = boundary(rule.alpha / 2, fork_limit=max(rule.fork_limit, FIRST_LOOK)).tail
    reach = student_t_quantile(1 - tail, FIRST_LOOK - 1) * standard_deviation(seen) / math.sqrt(FIRST_LOOK)
    return max(LEAST_SHARE, min(most, FIRST_SHARE * (RESERVE * reach / offset) ** 2))
