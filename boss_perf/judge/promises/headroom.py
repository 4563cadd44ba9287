"""How much of what a promise allows is used: 1 is the limit, whatever the promise is about."""

import math

from boss_perf.model.estimates import Estimate
from boss_perf.model.targets import Budget, Change
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Finding, Judgement

Share = tuple[float, float, float]


def used_share(finding: Finding) -> Share | None:
    """The share of what is allowed that the figure uses, and both sides of its interval; a good one is below 1.

    None where the promise is no number, or its figure and its bound have no finite positive share.
    """
    match finding.expectation:
        case Budget() as budget if finding.estimate is not None:
            share = _of_budget(finding.estimate, budget)
        case Change(cost_limit_ratio=limit) if finding.comparison is not None and limit > 0:
            ratio = finding.comparison.ratio
            share = ratio.value / limit, max(0.0, ratio.low) / limit, ratio.high / limit
        case _:
            return None
    return share if share is not None and math.isfinite(share[0]) and share[0] >= 0 else None


def closest_to_limit(judgements: tuple[Judgement, ...]) -> tuple[tuple[Judgement, Finding, Share], ...]:
    """What has a share, the least headroom first: each target once, by the finding that uses most of its limit."""
    used = []
    for judgement in judgements:
        shares = [(share, each) for each in judgement.findings if (share := used_share(each)) is not None]
        if shares:
            share, finding = max(shares, key=lambda pair: pair[0][0])
            used.append((judgement, finding, share))
    return tuple(sorted(used, key=lambda entry: -entry[2][0]))


def _of_budget(estimate: Estimate, budget: Budget) -> Share | None:
    """Of a ratio that has to be high, such as recall, what lacks to 1 is used, of what may lack."""
    value, low, high, bound = estimate.value, estimate.low, estimate.high, budget.bound
    if budget.comparator.wants_low:
        return (value / bound, max(0.0, low) / bound, high / bound) if bound > 0 else None
    if budget.unit is Unit.RATIO and bound < 1 and value <= 1:
        return (1 - value) / (1 - bound), max(0.0, 1 - high) / (1 - bound), (1 - low) / (1 - bound)
    if min(value, bound) <= 0:
        return None
    return bound / value, 0.0 if math.isinf(high) else bound / high, math.inf if low <= 0 else bound / low
