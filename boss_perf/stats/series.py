"""Change points of a history: where its level moved for good. Trend evidence, never the gate.

Optimal partitioning of the series into constant levels by least squares: exact, with a penalty of 3 ln n noise
variances per change (times the autocorrelation found), the noise estimated from differences of neighbours, which a
step does not inflate. Day to day drift is autocorrelated, so a change must also be a step worth telling, last, and
stand out from its own surroundings.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SHORTEST_SEGMENT = 5
_PENALTY = 3.0
_LEAST_STEP_RATIO = 0.03
_HIGHEST_CORRELATION = 0.8
_LEAST_NOISE = 1e-6
_CLIP_NOISES = 2.5
_CORRELATION_MARGIN = 0.8


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The level was `before` up to the value at `index`, exclusive, and `after` from it on."""

    index: int
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """New level over old."""
        return self.after / self.before


def change_points(values: Sequence[float]) -> tuple[ChangePoint, ...]:
    """The lasting steps of a positive series, oldest first; levels are medians of the stretches between them.

    A step is told when it is at least 3 %, and larger than the noise of one value. A series with a value that is not
    finite and positive, or too short for two segments, has none.
    """
    if len(values) < 2 * SHORTEST_SEGMENT or not all(math.isfinite(value) and value > 0 for value in values):
        return ()
    logs = np.log(np.asarray(values, dtype=float))
    noise, correlation = _noise(logs)
    inflation = (1 + correlation) / (1 - correlation)
    edges = _partition(
        _clipped(logs, noise), _PENALTY * math.log(len(logs)) * inflation * max(noise, _LEAST_NOISE) ** 2
    )
    levels = [float(np.median(logs[start:end])) for start, end in pairwise(edges)]
    least = max(math.log1p(_LEAST_STEP_RATIO), noise)
    return tuple(
        ChangePoint(index, math.exp(before), math.exp(after))
        for index, (before, after) in zip(edges[1:-1], pairwise(levels), strict=True)
        if abs(after - before) >= least
    )


def _noise(logs: NDArray[np.float64]) -> tuple[float, float]:
    """(standard deviation of one value, correlation of neighbours), both from median absolute differences.

    Steps touch few differences, so they hardly count. For a first-order autoregression the variance of differences
    two apart is 1 + correlation times that of neighbours, which is 2 (1 - correlation) times that of a value.
    """
    near, far = _spread(logs[1:] - logs[:-1]), _spread(logs[2:] - logs[:-2])
    if near == 0:
        return 0.0, 0.0
    correlation = min(
        _HIGHEST_CORRELATION, max(0.0, (far / near) ** 2 - 1 + _CORRELATION_MARGIN / math.sqrt(len(logs)))
    )
    return near / math.sqrt(2 * (1 - correlation)), correlation


def _clipped(logs: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    """Lone wild values pulled in to a few noises of the median of the five around them; steps stay as they are."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(logs, 2, mode="edge"), 5)
    local = np.median(windows, axis=1)
    return np.clip(logs, local - _CLIP_NOISES * noise, local + _CLIP_NOISES * noise)


def _spread(differences: NDArray[np.float64]) -> float:
    return 1.4826 * float(np.median(np.abs(differences - np.median(differences))))


def _partition(logs: NDArray[np.float64], penalty: float) -> list[int]:
    """The borders, 0 and n among them, of the segments with the least squared error plus penalty per segment."""
    count = len(logs)
    centred = logs - logs.mean()
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    best = np.full(count + 1, np.inf)
    best[0] = -penalty
    previous = np.zeros(count + 1, dtype=int)
    for end in range(SHORTEST_SEGMENT, count + 1):
        starts = np.arange(0, end - SHORTEST_SEGMENT + 1)
        costs = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / (end - starts)
        totals = best[starts] + costs + penalty
        previous[end] = starts[int(np.argmin(totals))]
        best[end] = float(totals.min())
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(previous[edges[-1]]))
    return edges[::-1]
