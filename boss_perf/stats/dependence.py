"""How far calls are from independent and forks from alike: what a count of calls is really worth."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

_MAX_LAG = 60
_SIGNIFICANT_Z = 1.645
_DISAGREEMENT_P = 0.01


def inefficiency(forks: Sequence[Sequence[int]], *, level: float, threshold: float) -> float:
    """How many dependent calls tell as much about exceeding `threshold` as one independent call: 1 or more.

    Time order matters. The larger of two sums of autocorrelations: that of the exceedances themselves, which sees
    bursts, and that of the ranks carried over to exceedances as under a normal copula, which is steadier on few calls.
    """
    exceedances = [np.asarray(calls) > threshold for calls in forks]
    ranks = [_ranks(np.asarray(calls)) for calls in forks]
    direct = _autocorrelations([each.astype(float) for each in exceedances])
    carried = [_exceedance_correlation(each, level) for each in _autocorrelations(ranks)]
    return max(1.0, 1 + 2 * sum(direct), 1 + 2 * sum(carried))


def forks_disagree(forks: Sequence[Sequence[int]], *, threshold: float) -> bool:
    """True when the forks differ more than chance allows (p < .01), in their ranks or in how often they exceed."""
    if len(forks) < 2:
        return False
    sizes = np.array([len(calls) for calls in forks], dtype=float)
    total = float(sizes.sum())
    pooled = np.concatenate([np.asarray(calls) for calls in forks])
    ranks = np.split(_ranks(pooled), np.cumsum(sizes.astype(int))[:-1])
    variance = float(np.var(np.concatenate(ranks), ddof=1))
    if variance == 0:
        return False
    centre = (total + 1) / 2
    rank_statistic = sum(len(each) * (float(each.mean()) - centre) ** 2 for each in ranks) / variance
    over = np.array([float((np.asarray(calls) > threshold).sum()) for calls in forks])
    share = float(over.sum()) / total
    over_statistic = 0.0
    if 0 < share < 1:
        over_statistic = float((((over - sizes * share) ** 2) / (sizes * share * (1 - share))).sum())
    tail = min(_chi_square_tail(each, len(forks) - 1) for each in (rank_statistic, over_statistic))
    return tail < _DISAGREEMENT_P / 2


def _ranks(values: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ranks from 1, ties share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + 1 + ends) / 2)[inverse.ravel()]


def _autocorrelations(series: Sequence[NDArray[np.float64]]) -> list[float]:
    """Autocorrelations from lag 1 as long as they stand out from chance, pooled over series of their own means."""
    centred = [each - each.mean() for each in series]
    total = sum(len(each) for each in centred)
    variance = sum(float(each @ each) for each in centred)
    kept: list[float] = []
    if variance <= 0:
        return kept
    for lag in range(1, _MAX_LAG + 1):
        products = [(float(each[lag:] @ each[:-lag]), len(each) - lag) for each in centred if len(each) > 2 * lag]
        pairs = sum(count for _, count in products)
        if pairs == 0:
            break
        correlation = min(0.999, sum(product for product, _ in products) / pairs / (variance / total))
        if correlation * math.sqrt(pairs) < _SIGNIFICANT_Z:
            break
        kept.append(correlation)
    return kept


def _exceedance_correlation(correlation: float, level: float) -> float:
    """The correlation of two exceedances of a quantile when the normal scores behind them correlate so much."""
    normal = NormalDist()
    z = normal.inv_cdf(level)
    scale = math.sqrt(1 - correlation**2)
    step = 0.04
    both = step * sum(
        normal.pdf(x) * normal.cdf((correlation * x - z) / scale)
        for x in (z + step * (index + 0.5) for index in range(150))
    )
    share = 1 - level
    return max(0.0, (both - share**2) / (share * (1 - share)))


def _chi_square_tail(statistic: float, degrees: int) -> float:
    """P(chi-square > statistic) by Wilson and Hilferty's cube root, good to a few percent of the tail."""
    spread = 2 / (9 * degrees)
    return 1 - NormalDist().cdf(((statistic / degrees) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))
