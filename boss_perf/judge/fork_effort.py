"""How hard the next fork of a gate should look: no harder than its question needs."""

import math
from collections.abc import Sequence

from boss_perf.judge.decision import DecisionRule, Stage
from boss_perf.model.samples import Sample
from boss_perf.stats.boundaries import FIRST_LOOK, boundary
from boss_perf.stats.location import mean, standard_deviation, student_t_quantile
from boss_perf.stats.paired import choose_clock, fork_log_ratio

FIRST_SHARE = 0.5
LEAST_SHARE = 0.12
MOST_SHARE = 2.0
RESERVE = 1.5
TELLING_FORKS = 3
LIGHT_FORKS = 12


def fork_share(samples: Sequence[Sample], *, stage: Stage, rule: DecisionRule, companions: int) -> float:
    """The share of a whole fork's work that the next fork of one benchmark should do, above 0 and at most 2.

    Much of the scatter between forks is how their memory happens to lie, which no longer look reduces: many light
    forks decide sooner than few whole ones. From the fourth on, a fork of what seems slower has the precision with
    which five would decide, and half as much to spare; one that confirms goes by the forks that looked. What is still
    open after twelve gets whole forks, and more when only few `companions` (the benchmarks of the fork, itself
    included) share the cost of starting it.
    """
    most = min(MOST_SHARE, 1 + MOST_SHARE / max(1, companions))
    looked = [sample for sample in samples if not sample.is_confirmation]
    if stage is not Stage.CONFIRMING:
        if len(looked) >= LIGHT_FORKS:
            return most
        if not TELLING_FORKS <= len(looked) < FIRST_LOOK:
            return FIRST_SHARE
    clock = choose_clock(looked)
    seen = [fork_log_ratio(sample, clock=clock) for sample in looked]
    offset = mean(seen) - math.log(rule.line_ratio)
    if not offset > 0:
        return most if stage is Stage.CONFIRMING else FIRST_SHARE
    tail = boundary(rule.alpha, fork_limit=max(rule.fork_limit, FIRST_LOOK))
    reach = student_t_quantile(1 - tail, FIRST_LOOK - 1) * standard_deviation(seen) / math.sqrt(FIRST_LOOK)
    return max(LEAST_SHARE, min(most, FIRST_SHARE * (RESERVE * reach / offset) ** 2))
