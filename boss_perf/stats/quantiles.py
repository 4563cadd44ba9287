"""Quantiles with proof: distribution-free bounds from order statistics, pooled over forks, honest about dependence.

A p95 budget is met when an upper bound on the p95 lies under it. For independent calls the bound is exact (binomial).
Calls are not independent when slowness comes in bursts, nor alike when processes differ, so two things loosen it:
the number of calls counts for less by the autocorrelation found, and where forks disagree all calls are taken to be
like those of the slowest forks, of as many as hold the calls a proof needs. No method sees a mode that no fork met:
`k` forks all miss one that a share `s` of processes have with probability (1 - s)^k, 8 % for s = 40 % and five forks.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import chain

from boss_perf.model.estimates import Caveat, CaveatKind, Estimate
from boss_perf.model.units import Unit, format_quantity

_VISIBLE_SPREAD_RATIO = 1.1
_CALLS_IMAGINED = 10**9
_SLACK = 1 + 1e-12


def calls_needed(level: float, *, confidence_ratio: float, over_count: int = 0) -> int:
    """How many calls prove a quantile below a bound that `over_count` of them exceed: 59 for p95 at 95 %, 0 over."""
    doubt = (1 - confidence_ratio) * _SLACK
    return bisect_left(
        range(_CALLS_IMAGINED), True, key=lambda count: _binomial_cdf(over_count, count, 1 - level) <= doubt
    )


def allowed_over(count: int, level: float, confidence_ratio: float) -> int:
    """How many of `count` may exceed a bound that proves the quantile, one-sided; -1 when even none proves nothing.

    The largest k with P(Binomial(count, 1 - level) <= k) <= 1 - confidence.
    """
    doubt = (1 - confidence_ratio) * _SLACK
    return bisect_right(range(count + 1), doubt, key=lambda k: _binomial_cdf(k, count, 1 - level)) - 1


def quantile_estimate(
    calls_by_fork: Sequence[Sequence[int]], *, level: float, confidence_ratio: float, unit: Unit = Unit.NANOSECONDS
) -> Estimate:
    """The quantile of all calls, each bound one-sided at `confidence_ratio`; calls in time order, one row per fork.

    A side that the calls cannot bound is infinite, and TOO_FEW_CALLS says how many would.
    """
    forks = [tuple(calls) for calls in calls_by_fork if len(calls)]
    ordered = sorted(chain.from_iterable(forks))
    count = len(ordered)
    if count == 0:
        caveat = Caveat(CaveatKind.TOO_FEW_CALLS, "there are no calls")
        return Estimate(
            value=math.nan, low=-math.inf, high=math.inf, unit=unit, confidence_ratio=confidence_ratio, count=0,
            forks=0, caveats=(caveat,),
        )  # fmt: skip
    from boss_perf.stats.dependence import forks_disagree, inefficiency  # it imports numpy

    value = float(ordered[min(count - 1, max(0, math.ceil(level * count - 1e-9) - 1))])
    effective = max(1, math.floor(count / inefficiency(forks, level=level, threshold=value) + 1e-9))
    over_ratio = allowed_over(effective, level, confidence_ratio) / effective
    below_ratio = allowed_over(effective, 1 - level, confidence_ratio) / effective
    is_split = forks_disagree(forks, threshold=value)
    rows = [sorted(calls) for calls in forks] if is_split else [ordered]
    least = calls_needed(level, confidence_ratio=confidence_ratio)
    mirrored = [[-call for call in reversed(row)] for row in rows]
    high = float(_smallest_with_at_most(over_ratio, rows, least))
    low = float(-_smallest_with_at_most(below_ratio, mirrored, least))
    caveats = []
    if is_split:
        caveats += _disagreement(rows, level, unit)
    if math.isinf(high):
        needed = math.ceil(least * count / effective)
        text = f"{count} calls cannot bound p{level * 100:g} at {confidence_ratio:.0%} confidence, {needed} could"
        caveats.append(Caveat(CaveatKind.TOO_FEW_CALLS, text))
    return Estimate(
        value=value, low=low, high=high, unit=unit, confidence_ratio=confidence_ratio, count=count, forks=len(forks),
        caveats=tuple(caveats),
    )  # fmt: skip


def proportion_bounds(hits: int, count: int, *, confidence_ratio: float) -> tuple[float, float]:
    """Exact one-sided bounds, each at `confidence_ratio`, on a probability seen `hits` times in `count` trials."""
    doubt = 1 - confidence_ratio
    low = 0.0 if hits == 0 else _root(lambda share: 1 - _binomial_cdf(hits - 1, count, share) < doubt)
    high = 1.0 if hits >= count else _root(lambda share: _binomial_cdf(hits, count, share) > doubt)
    return low, high


def _root(holds_below: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if holds_below(middle) else (low, middle)
    return high


def _binomial_cdf(k: int, count: int, share: float) -> float:
    """P(Binomial(count, share) <= k) for 0 <= k and 0 < share < 1, summed downwards from k until the terms vanish."""
    if k >= count:
        return 1.0
    if k > count * share:
        return 1 - _binomial_cdf(count - k - 1, count, 1 - share)
    log_term = (
        math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
        + k * math.log(share) + (count - k) * math.log1p(-share)
    )  # fmt: skip
    term = total = math.exp(log_term)
    for hits in range(k, 0, -1):
        term *= hits * (1 - share) / ((count - hits + 1) * share)
        total += term
        if term <= total * 1e-17:
            break
    return total


def _smallest_with_at_most(over_ratio: float, rows: list[list[int]], least: int) -> float:
    """The smallest call that at most `over_ratio` of the slowest rows exceeds."""
    if over_ratio < 0:
        return math.inf
    ordered = sorted(chain.from_iterable(rows))
    index = bisect_left(ordered, True, key=lambda call: _largest_share(
        [(len(row) - bisect_right(row, call), len(row)) for row in rows], least
    ) <= over_ratio + 1e-9)  # fmt: skip
    return ordered[index]


def _largest_share(hits_of_rows: list[tuple[int, int]], least: int) -> float:
    """The share of hits in the rows that have most of them, in as many as hold `least` calls, the last one in part.

    One row of 25 calls with one stray among them says little; that it is the worst of thirty says nothing more.
    """
    wanted = float(min(least, sum(count for _, count in hits_of_rows)))
    hits = taken = 0.0
    for row_hits, count in sorted(hits_of_rows, key=lambda row: row[0] / row[1], reverse=True):
        part = min(1.0, (wanted - taken) / count)
        hits, taken = hits + part * row_hits, taken + part * count
        if taken >= wanted:
            break
    return hits / taken


def _disagreement(rows: list[list[int]], level: float, unit: Unit) -> list[Caveat]:
    """The caveat a reader needs when the forks' own quantiles lie visibly apart."""
    own = sorted(row[min(len(row) - 1, math.ceil(level * len(row)) - 1)] for row in rows)
    if own[-1] <= own[0] * _VISIBLE_SPREAD_RATIO:
        return []
    shown = f"{format_quantity(own[0], unit)} to {format_quantity(own[-1], unit)}"
    text = (
        f"the forks disagree, their own p{level * 100:g} runs from {shown}: the bound takes all to be like the slowest"
    )
    return [Caveat(CaveatKind.FORKS_DISAGREE, text)]
