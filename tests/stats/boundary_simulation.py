"""The simulation that made the table of `boss_perf/stats/boundaries.py`."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from boss_perf.stats.boundaries import FIRST_LOOK, FORK_LIMITS
from boss_perf.stats.location import student_t_tail


def simulate(errors: Sequence[float], *, trials: int, seed: int, chunk: int = 50_000) -> dict[int, tuple[float, ...]]:
    """Recompute the tails for `errors` by fork limit, from `trials` runs of independent normal forks around the line.

    Each level is taken two standard errors of the simulation on the safe side.
    """
    generator = np.random.default_rng(seed)
    kept = max(1, math.ceil(max(errors) * trials))
    extremes = {limit: np.empty(0) for limit in FORK_LIMITS}
    for start in range(0, trials, chunk):
        smallest = _smallest_tails(generator.standard_normal((max(FORK_LIMITS), min(chunk, trials - start))))
        for limit, tails in smallest.items():
            extremes[limit] = np.sort(np.concatenate([extremes[limit], tails]))[:kept]
    counts = [error * trials for error in errors]
    ranks = [max(0, math.floor(count - 2 * math.sqrt(count))) for count in counts]
    return {limit: tuple(float(tails[rank]) for rank in ranks) for limit, tails in extremes.items()}


def _smallest_tails(values: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
    """Per run (column) the smallest tail of either test over all looks, by fork limit."""
    smallest: dict[int, NDArray[np.float64]] = {}
    log_tail = np.zeros(values.shape[1])
    for count in range(FIRST_LOOK, values.shape[0] + 1):
        ordered = np.sort(values[:count], axis=0)
        for cut in {0, count // 5}:
            core = ordered[cut : count - cut]
            winsorized = np.clip(ordered, core[0], core[-1])
            degrees = len(core) - 1
            squares = ((winsorized - winsorized.mean(axis=0)) ** 2).sum(axis=0)
            t = core.mean(axis=0) / np.sqrt(squares / (len(core) * degrees))
            log_tail = np.minimum(log_tail, np.interp(t, *_log_tails(degrees)))
        if count in FORK_LIMITS:
            smallest[count] = np.exp(log_tail)
    return smallest


@lru_cache
def _log_tails(degrees: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A grid of t from 0 on, and the logarithm of Student's tail at each; below 0 the grid's first value holds."""
    grid = np.concatenate([np.linspace(0, 30, 1201), np.geomspace(31, 20_000, 400)])
    return grid, np.log([student_t_tail(float(t), degrees) for t in grid])
