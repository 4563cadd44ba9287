"""The decision over forks: a t-test and Wilcoxon's test side by side, valid however often one looks.

Each test gets half of the false-alarm budget of a side. Student's t decides easy cases at the fifth fork, Wilcoxon's
ranks hold when single forks are wild. A result close to the line stays undecided, by design.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from boss_perf.stats.boundaries import FIRST_LOOK, boundary, error_reached
from boss_perf.stats.location import mean, standard_deviation, student_t_quantile, student_t_tail, wilcoxon_z

_FORKS_IMAGINED = 1000


class Side(StrEnum):
    """Where the effect lies relative to the line."""

    ABOVE = "above"
    BELOW = "below"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTest:
    """What the forks say about the line, in log ratios.

    `low` and `high` bound the mean at the decision's own level. `p` is the smallest false-alarm budget of a side that
    would have decided, 1 when none would. `forks_needed` is the total of forks at which an undecided case should be
    decided if it goes on like this, None when decided or out of sight.
    """

    side: Side
    low: float
    high: float
    p: float
    forks: int
    forks_needed: int | None = None


def against_line(log_ratios: Sequence[float], *, line_log: float, alpha: float, fork_limit: int = 30) -> LineTest:
    """Whether the effect lies above or below the line, wrong on either side with a chance of at most `alpha`.

    All forks so far, in time order, one log ratio each. Fewer than five, or a value that is not finite, decide
    nothing. Forks that agree to the last digit decide at once: their values are exact.
    """
    forks = len(log_ratios)
    if forks < FIRST_LOOK or not all(math.isfinite(value) for value in log_ratios) or not math.isfinite(line_log):
        needed = FIRST_LOOK if forks < FIRST_LOOK else None
        return LineTest(
            side=Side.UNDECIDED, low=-math.inf, high=math.inf, p=1.0, forks=forks, forks_needed=needed
        )  # fmt: skip
    limit = max(fork_limit, forks)
    edge = boundary(alpha / 2, fork_limit=limit)
    centre, spread = mean(log_ratios), standard_deviation(log_ratios)
    offset = centre - line_log
    t = math.copysign(math.inf, offset) if spread == 0 and offset else 0.0
    if spread > 0:
        t = offset / (spread / math.sqrt(forks))
    score = wilcoxon_z([value - line_log for value in log_ratios])
    half_width = _half_width(spread, forks, edge.tail)
    above = student_t_tail(t, forks - 1) <= edge.tail or score >= edge.score
    below = student_t_tail(-t, forks - 1) <= edge.tail or -score >= edge.score
    reached = min(
        error_reached(student_t_tail(sign * t, forks - 1), sign * score, fork_limit=limit) for sign in (1, -1)
    )
    side = Side.UNDECIDED if above == below else (Side.ABOVE if above else Side.BELOW)
    return LineTest(
        side=side,
        low=centre - half_width,
        high=centre + half_width,
        p=min(1.0, 2 * reached),
        forks=forks,
        forks_needed=_forks_needed(offset, spread, forks, edge.tail) if side is Side.UNDECIDED else None,
    )


def ratio_interval(
    log_ratios: Sequence[float], *, confidence_ratio: float, fork_limit: int = 30
) -> tuple[float, float, float]:
    """(centre, low, high) of the ratio itself, not its log, that holds at every look up to `fork_limit` forks at once.

    The chance to leave the truth out on any look is 1 - `confidence_ratio`, both sides together. Below two forks, or
    with a value that is not finite, nothing is known: the sides are 0 and infinity.
    """
    forks = len(log_ratios)
    if forks == 0 or not all(math.isfinite(value) for value in log_ratios):
        return math.nan, 0.0, math.inf
    centre = mean(log_ratios)
    if forks < 2:
        return math.exp(centre), 0.0, math.inf
    edge = boundary((1 - confidence_ratio) / 2, fork_limit=max(fork_limit, forks))
    half_width = _half_width(standard_deviation(log_ratios), forks, edge.tail)
    return math.exp(centre), math.exp(centre - half_width), _exp(centre + half_width)


def _half_width(spread: float, forks: int, tail: float) -> float:
    return student_t_quantile(1 - tail, forks - 1) * spread / math.sqrt(forks) if spread > 0 else 0.0


def _forks_needed(offset: float, spread: float, forks: int, tail: float) -> int | None:
    """The first larger count of forks whose half width, which shrinks with the count, fits under today's offset."""
    low, high = forks, _FORKS_IMAGINED
    if _half_width(spread, high, tail) >= abs(offset):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _half_width(spread, middle, tail) < abs(offset) else (middle, high)
    return high


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
