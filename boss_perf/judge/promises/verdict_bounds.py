"""Where an interval lies against a bound, the sentence that says so, and how much of what is allowed is used."""

import math

from boss_perf.model.estimates import Caveat, CaveatKind, Estimate
from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Budget, Change
from boss_perf.model.units import Unit, format_quantity, several
from boss_perf.model.verdicts import Finding, Judgement, Verdict

_LOOSE_FACTOR = 10

Share = tuple[float, float, float]
"""How much of what a promise allows is used, 1 being the limit, and both sides of its interval."""


def verdict_on(estimate: Estimate, budget: Budget) -> Verdict:
    """MET and MISSED need the whole interval on one side; what is no number is UNDECIDED."""
    if math.isnan(estimate.value) or not math.isfinite(budget.bound):
        return Verdict.UNDECIDED
    kept = [budget.comparator.holds(side, budget.bound) for side in (estimate.low, estimate.high)]
    return Verdict.MET if all(kept) else Verdict.UNDECIDED if any(kept) else Verdict.MISSED


def reason_for(
    estimate: Estimate, budget: Budget, verdict: Verdict, *, count_word: str, scope: str | None = None
) -> str:
    """`p95 ≤ 43.1 ms at 95 % confidence, 50 ms allowed (181 calls, 5 forks)`.

    `scope` is what a bound holds for that is no confidence bound: `in every report`.
    """
    name = budget.fact or (budget.statistic.value if budget.metric is Metric.LATENCY else budget.metric.value)
    allowed = f"{format_quantity(budget.bound, budget.unit)} {'allowed' if budget.comparator.wants_low else 'promised'}"
    counted = f"({estimate.count} {count_word}, {several(estimate.forks, 'fork')})"
    scope = scope or f"at {estimate.confidence_ratio * 100:g} % confidence"
    if math.isnan(estimate.value):
        return f"{name} is unknown: a fork gave no usable number; {allowed} {counted}"
    low, shown, high = (
        format_quantity(each, estimate.unit, apart_from=budget.bound)
        for each in (estimate.low, estimate.value, estimate.high)
    )
    is_below = budget.comparator.wants_low is (verdict is Verdict.MET)
    if verdict is not Verdict.UNDECIDED:
        return f"{name} {'≤' if is_below else '≥'} {high if is_below else low} {scope}, {allowed} {counted}"
    if math.isinf(estimate.low) and math.isinf(estimate.high):
        return f"{name} about {shown}, too little was measured to bound it, {allowed} {counted}"
    return f"{name} about {shown}, between {low} and {high} {scope}, {allowed} {counted}: not proven either way"


def looseness(estimate: Estimate, budget: Budget) -> tuple[Caveat, ...]:
    """Says so when the promise could be broken tenfold before anyone is told."""
    low_bound, high_bound = (
        (estimate.high, budget.bound) if budget.comparator.wants_low else (budget.bound, estimate.low)
    )
    if not high_bound > _LOOSE_FACTOR * low_bound:
        return ()
    shown = format_quantity(budget.bound, budget.unit)
    return (Caveat(CaveatKind.TOO_LOOSE, f"{shown} is so far off that a 10× regression would pass"),)


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
    """Of a ratio that has to be high, such as recall, what lacks to 1 is used, of what may lack; None: nothing may."""
    value, low, high, bound = estimate.value, estimate.low, estimate.high, budget.bound
    if budget.comparator.wants_low:
        return (value / bound, max(0.0, low) / bound, high / bound) if bound > 0 else None
    if budget.unit is Unit.RATIO and bound < 1 and value <= 1:
        return (1 - value) / (1 - bound), max(0.0, 1 - high) / (1 - bound), (1 - low) / (1 - bound)
    if min(value, bound) <= 0 or (budget.unit is Unit.RATIO and value == bound == 1):
        return None
    return bound / value, 0.0 if math.isinf(high) else bound / high, math.inf if low <= 0 else bound / low
