"""Where an interval lies against a bound, and the sentence that says so."""

import math

from boss_perf.model.estimates import Caveat, CaveatKind, Estimate
from boss_perf.model.metrics import Comparator, Metric
from boss_perf.model.targets import Budget
from boss_perf.model.units import format_quantity
from boss_perf.model.verdicts import Verdict

_LOOSE_FACTOR = 10


def verdict_on(estimate: Estimate, budget: Budget) -> Verdict:
    """MET and MISSED need the whole interval on one side; what is no number is UNDECIDED."""
    comparator, bound = budget.comparator, budget.bound
    if math.isnan(estimate.value) or not math.isfinite(bound):
        return Verdict.UNDECIDED
    if comparator.wants_low:
        is_met = estimate.high < bound or (comparator is Comparator.AT_MOST and estimate.high == bound)
        is_missed = estimate.low > bound or (comparator is Comparator.BELOW and estimate.low == bound)
    else:
        is_met = estimate.low > bound or (comparator is Comparator.AT_LEAST and estimate.low == bound)
        is_missed = estimate.high < bound or (comparator is Comparator.ABOVE and estimate.high == bound)
    if is_met:
        return Verdict.MET
    return Verdict.MISSED if is_missed else Verdict.UNDECIDED


def reason_for(
    estimate: Estimate, budget: Budget, verdict: Verdict, *, count_word: str, scope: str | None = None
) -> str:
    """`p95 ≤ 43.1 ms at 95 % confidence, 50 ms allowed (181 calls, 5 forks)`.

    `scope` is what a bound holds for that is no confidence bound: `in every report`.
    """
    name = budget.fact or (budget.statistic.value if budget.metric is Metric.LATENCY else budget.metric.value)
    allowed = f"{format_quantity(budget.bound, budget.unit)} {'allowed' if budget.comparator.wants_low else 'promised'}"
    counted = f"({estimate.count} {count_word}, {estimate.forks} fork{'' if estimate.forks == 1 else 's'})"
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


def is_far(estimate: Estimate, budget: Budget) -> bool:
    """Whether the bound is kept ten times over."""
    if budget.comparator.wants_low:
        return _LOOSE_FACTOR * estimate.value < budget.bound
    return estimate.value > _LOOSE_FACTOR * budget.bound


def looseness(estimate: Estimate, budget: Budget) -> tuple[Caveat, ...]:
    """Says so when the promise could be broken tenfold before anyone is told."""
    low_bound, high_bound = (
        (estimate.high, budget.bound) if budget.comparator.wants_low else (budget.bound, estimate.low)
    )
    if not high_bound > _LOOSE_FACTOR * low_bound:
        return ()
    shown = format_quantity(budget.bound, budget.unit)
    return (Caveat(CaveatKind.TOO_LOOSE, f"{shown} is so far off that a 10× regression would pass"),)
