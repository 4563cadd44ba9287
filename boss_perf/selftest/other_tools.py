"""How other gates decide, for a comparison on the same data; none of these judges anything here.

Each takes readings of one side and of the other, in ns per call, and says whether the second would be called slower.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from boss_perf.stats.location import mean, median, standard_deviation, student_t_tail


@dataclass(frozen=True, slots=True)
class OtherTool:
    """A rule, and what it is given: so many processes a side, so many values of each."""

    name: str
    processes: int
    values: int
    rule: Callable[[Sequence[float], Sequence[float]], bool]


def student_rule(base: Sequence[float], head: Sequence[float], *, error: float = 0.05) -> bool:
    """Pooled-variance Student t-test, two-sided, over all values of all processes as if independent (pyperf)."""
    degrees = len(base) + len(head) - 2
    pooled = sum(standard_deviation(side) ** 2 * (len(side) - 1) for side in (base, head)) / degrees
    if pooled == 0:
        return mean(head) > mean(base)
    t = (mean(head) - mean(base)) / math.sqrt(pooled * (1 / len(base) + 1 / len(head)))
    return student_t_tail(t, degrees) < error / 2


def factor_and_rank_rule(
    base: Sequence[float], head: Sequence[float], *, factor: float = 1.05, error: float = 0.002
) -> bool:
    """Medians apart by a factor and Mann-Whitney's test, two-sided (asv `continuous`)."""
    return median(head) > factor * median(base) and mann_whitney(base, head) < error


def relabelling_rule(
    base: Sequence[float], head: Sequence[float], *, floor_ratio: float = 0.15, relabellings: int = 10_000
) -> bool:
    """Medians apart by more than 99 of 100 random relabellings of the runs part them, and by the floor (ClickHouse)."""
    apart = median(head) - median(base)
    if not apart > floor_ratio * median(base):
        return False
    runs = np.tile(np.array([*base, *head]), (relabellings, 1))
    shuffled = np.random.default_rng(0).permuted(runs, axis=1)
    parted = np.median(shuffled[:, len(base) :], axis=1) - np.median(shuffled[:, : len(base)], axis=1)
    return bool(apart > np.quantile(np.abs(parted), 0.99))


def mann_whitney(base: Sequence[float], head: Sequence[float]) -> float:
    """Two-sided p of the rank-sum test by its normal approximation with ties (Mann & Whitney 1947)."""
    n, m, total = len(base), len(head), len(base) + len(head)
    _, places, sizes = np.unique([*base, *head], return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(sizes) - (sizes - 1) / 2  # of equal values each has the mean of their ranks
    u = float(mean_ranks[places][n:].sum()) - m * (m + 1) / 2
    ties = float((sizes**3 - sizes).sum())
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    score = max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return 2 * (1 - NormalDist().cdf(score))


OTHER_TOOLS = (
    OtherTool("pyperf's t-test, 20 x 3", 20, 3, student_rule),
    OtherTool("asv's rule, factor 1.05", 2, 5, factor_and_rank_rule),
    OtherTool("ClickHouse's rule, floor 15 %", 1, 13, relabelling_rule),
)
