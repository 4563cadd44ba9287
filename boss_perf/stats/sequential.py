"""The decision over forks: Student's t and the 20 % trimmed t side by side, valid however often one looks.

Student's t decides quiet cases at the fourth fork, the trimmed t (Tukey & McLaughlin 1963, Yuen 1974) holds when single
forks are wild; the levels of both come from one simulation. What one look excludes stays excluded. A result close to
the line stays open, by design.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from boss_perf.stats.boundaries import FIRST_LOOK, boundary
from boss_perf.stats.location import Centre, student_centre, student_t_quantile, trimmed_centre

FORK_LIMIT = 30
_FORKS_IMAGINED = 1000


@dataclass(frozen=True, slots=True)
class Errors:
    """The chance to call an effect that lies on a line `above` it, or `below` it, over all looks together."""

    above: float
    below: float

    @property
    def confidence_ratio(self) -> float:
        """That of the interval whose ends decide."""
        return 1 - self.above - self.below


@dataclass(frozen=True, slots=True)
class Interval:
    """What was seen of an effect, and the interval in which it lies."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """True when 0 lies outside."""
        return self.low > 0 or self.high < 0

    @property
    def is_sure(self) -> bool:
        """True when 0 lies outside of the interval made twice as wide: one of many effects is looked for."""
        return abs(self.value) > self.high - self.low


def interval(log_ratios: Sequence[float], *, errors: Errors, fork_limit: int = FORK_LIMIT) -> Interval:
    """The interval in which the effect lies, wrong at any look with the chance of `errors` on either side.

    All forks in the order they came, one log ratio each; with more of them the low end can only rise, the high end only
    fall. A value that is not finite leaves nothing known. Forks that agree to the last digit are exact.
    """
    forks, low, high = len(log_ratios), -math.inf, math.inf
    if not forks or not all(math.isfinite(value) for value in log_ratios):
        return Interval(value=math.nan, low=low, high=high)
    limit = max(fork_limit, forks)
    above, below = (boundary(error, fork_limit=limit) for error in (errors.above, errors.below))
    value = log_ratios[0]
    for count in range(min(FIRST_LOOK, forks), forks + 1):
        centres = _centres(log_ratios[:count])
        value = min(centres, key=lambda centre: _reach(centre, above)).value
        at_least = max(centre.value - _reach(centre, above) for centre in centres)
        at_most = min(centre.value + _reach(centre, below) for centre in centres)
        if max(low, at_least) <= min(high, at_most):  # a look that contradicts the earlier ones excludes nothing more
            low, high = max(low, at_least), min(high, at_most)
    return Interval(value=min(max(value, low), high), low=low, high=high)


def forks_needed(
    log_ratios: Sequence[float], *, line_log: float, errors: Errors, fork_limit: int = FORK_LIMIT
) -> int | None:
    """The total of forks at which an open case should be decided if it goes on like this, None when out of sight."""
    forks = len(log_ratios)
    if forks < FIRST_LOOK:
        return FIRST_LOOK
    if not all(math.isfinite(value) for value in (*log_ratios, line_log)):
        return None
    found = []
    for centre in _centres(log_ratios):
        offset = centre.value - line_log
        tail = boundary(errors.above if offset > 0 else errors.below, fork_limit=max(fork_limit, forks))
        found.append(_forks_until(centre, abs(offset), forks, tail))
    return min((each for each in found if each is not None), default=None)


def _centres(log_ratios: Sequence[float]) -> list[Centre]:
    """Both tests' views; a core of equal values among others is no exact value, so it is left out."""
    student, trimmed = student_centre(log_ratios), trimmed_centre(log_ratios)
    is_known = trimmed.standard_error > 0 and trimmed.degrees < student.degrees
    return [student, trimmed] if is_known else [student]


def _reach(centre: Centre, tail: float) -> float:
    """How far from the centre the effect may lie."""
    if centre.degrees < 1:
        return math.inf
    return student_t_quantile(1 - tail, centre.degrees) * centre.standard_error if centre.standard_error > 0 else 0.0


def _forks_until(centre: Centre, offset: float, forks: int, tail: float) -> int | None:
    """The first larger count of forks whose reach, which shrinks with the count, fits under today's offset."""

    def is_enough(count: int) -> bool:
        scale = count / forks
        grown = Centre(centre.value, centre.standard_error / math.sqrt(scale), int(centre.degrees * scale))
        return _reach(grown, tail) < offset

    found = bisect_left(range(_FORKS_IMAGINED + 1), True, lo=forks + 1, key=is_enough)
    return found if found <= _FORKS_IMAGINED else None
