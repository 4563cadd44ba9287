"""Constant boundaries for repeated looks: how extreme one look must be so that *any* look of a run rarely is.

A fixed test looked at after every fork is wrong far more often than it says. These are the levels for looks after
5, 6, ... `fork_limit` forks such that, with the true effect exactly on the line and normal fork values, the chance
that any look crosses on one side is `error`: `tail` is the one-sided p of Student's t to demand at each look, `score`
the Wilcoxon normal score. Computed by simulation (`simulate`, 40 million runs per fork limit); a test repeats a part.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST_LOOK = 5
_ERRORS = (0.05, 0.025, 0.01, 0.005, 0.0025, 0.001, 5e-4, 2.5e-4, 1e-4, 5e-5, 2.5e-5, 1e-5, 5e-6)
_STRICTNESS = 0.97
_TAILS: dict[int, tuple[float, ...]] = {
    10: (
        0.0193, 0.00872, 0.00311, 0.00145, 0.000676, 0.000252, 0.00012,
        5.74e-05, 2.15e-05, 1.03e-05, 5.04e-06, 1.85e-06, 8.82e-07,
    ),
    20: (
        0.0112, 0.00491, 0.0017, 0.000778, 0.000359, 0.000131, 6.19e-05,
        2.89e-05, 1.06e-05, 4.89e-06, 2.31e-06, 8.75e-07, 4.61e-07,
    ),
    30: (
        0.00882, 0.00383, 0.00131, 0.000594, 0.000273, 9.86e-05, 4.59e-05,
        2.16e-05, 7.84e-06, 3.75e-06, 1.76e-06, 6.57e-07, 2.89e-07,
    ),
}  # fmt: skip
_SCORES: dict[int, tuple[float, ...]] = {
    10: (
        2.0283, 2.2403, 2.4285, 2.547, 2.701, 2.803, math.inf,
        math.inf, math.inf, math.inf, math.inf, math.inf, math.inf,
    ),
    20: (
        2.1992, 2.3892, 2.6655, 2.8089, 2.9533, 3.1358, 3.2576,
        3.361, 3.5057, 3.5928, 3.6619, 3.7705, 3.8229,
    ),
    30: (
        2.2535, 2.4974, 2.7458, 2.9334, 3.0968, 3.2889, 3.4245,
        3.5549, 3.7142, 3.8229, 3.9239, 4.0543, 4.1562,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Boundary:
    """What one look must reach: Student tail at most `tail`, absolute Wilcoxon score at least `score`."""

    tail: float
    score: float


def boundary(error: float, *, fork_limit: int = 30) -> Boundary:
    """The boundary for a chance `error` per side and test over all looks up to `fork_limit`.

    Between tabulated levels the tail is interpolated, a little on the strict side, and the score is the stricter
    one's; below the table the error is shared out over the looks, which is always enough. Past 30 forks the levels
    shrink in proportion to the looks.
    """
    if not 0 < error < 0.5:
        raise ValueError(f"an error lies between 0 and one half, not {error}")
    limit = _tabulated(fork_limit)
    share = min(1.0, looks(limit) / looks(max(fork_limit, FIRST_LOOK)))
    index = next((each for each, level in enumerate(_ERRORS) if level <= error * (1 + 1e-9)), None)
    if index is None:
        tail = error / looks(max(limit, fork_limit))
        return Boundary(tail, _score_of(tail))
    tail, score = _TAILS[limit][index], _SCORES[limit][index]
    if index > 0 and error > _ERRORS[index] * (1 + 1e-9):
        looser = _TAILS[limit][index - 1]
        way = math.log(error / _ERRORS[index]) / math.log(_ERRORS[index - 1] / _ERRORS[index])
        tail = max(tail, _STRICTNESS * tail * (looser / tail) ** way)
    if share < 1 and math.isfinite(score):
        score = _score_of(_tail_of(score) * share)
    return Boundary(tail * share, score)


def error_reached(tail: float, score: float, *, fork_limit: int = 30) -> float:
    """The smallest `error` whose boundary a look with this Student tail or this Wilcoxon score reaches; 1 for none."""
    limit = _tabulated(fork_limit)
    reached = 1.0
    for error in _ERRORS:
        edge = boundary(error, fork_limit=fork_limit)
        if tail <= edge.tail or score >= edge.score:
            reached = error
    smallest = min(tail, _tail_of(score)) * looks(max(limit, fork_limit))
    return min(reached, smallest) if smallest < _ERRORS[-1] else reached


def _tabulated(fork_limit: int) -> int:
    """The tabulated fork limit that covers this one, or the largest."""
    return next((each for each in sorted(_TAILS) if each >= fork_limit), max(_TAILS))


def looks(fork_limit: int) -> int:
    """How many looks a run up to `fork_limit` forks takes."""
    return fork_limit - FIRST_LOOK + 1


def simulate(
    errors: Sequence[float], *, fork_limit: int, trials: int, seed: int, chunk: int = 200_000
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Recompute (tails, scores) for `errors` from `trials` runs of independent normal forks around the line.

    Each level is taken two standard errors of the simulation on the safe side. A score is one that Wilcoxon's
    discrete statistic attains, infinite where even its largest value is too common.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    kept = max(1, math.ceil(max(errors) * trials))
    tails, scores = np.empty(0), np.empty(0)
    for start in range(0, trials, chunk):
        values = generator.standard_normal((fork_limit, min(chunk, trials - start)))
        smallest, largest = _extremes(values)
        tails = np.sort(np.concatenate([tails, smallest]))[:kept]
        scores = -np.sort(-np.concatenate([scores, largest]))[:kept]
    counts = [error * trials for error in errors]
    ranks = [max(0, math.floor(count - 2 * math.sqrt(count))) for count in counts]
    rarer = [scores[scores > scores[rank] + 1e-9] for rank in ranks]
    return (
        tuple(float(tails[rank]) for rank in ranks),
        tuple(float(each.min()) if each.size else math.inf for each in rarer),
    )


def _extremes(values: "NDArray[np.float64]") -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Per run (column) the smallest Student tail and the largest Wilcoxon score over all looks."""
    import numpy as np

    from boss_perf.stats.location import student_t_tail

    totals, squares = np.cumsum(values, axis=0), np.cumsum(values**2, axis=0)
    log_tail = np.zeros(values.shape[1])
    score = np.full(values.shape[1], -np.inf)
    rank_sum = np.zeros(values.shape[1])
    grid = np.concatenate([np.linspace(0, 30, 1201), np.geomspace(31, 3000, 200)])
    for row in range(values.shape[0]):
        rank_sum += (values[: row + 1] + values[row] > 0).sum(axis=0)
        count = row + 1
        if count < FIRST_LOOK:
            continue
        spread = np.sqrt((squares[row] - totals[row] ** 2 / count) / (count - 1) / count)
        log_tails = np.log([student_t_tail(float(t), count - 1) for t in grid])
        log_tail = np.minimum(log_tail, np.interp(totals[row] / count / spread, grid, log_tails))
        variance = count * (count + 1) * (2 * count + 1) / 24
        score = np.maximum(score, (rank_sum - count * (count + 1) / 4) / math.sqrt(variance))
    return np.exp(log_tail), score


def _tail_of(score: float) -> float:
    return math.erfc(score / math.sqrt(2)) / 2


def _score_of(tail: float) -> float:
    return -NormalDist().inv_cdf(tail)
