"""Constant boundaries for repeated looks: how extreme one look must be so that *any* look of a run rarely is.

A fixed test looked at after every fork is wrong far more often than it says. These are the levels for looks after
4, 5, ... `fork_limit` forks such that, with the true effect exactly on the line and normal fork values, the chance
that Student's t *or* the 20 % trimmed t crosses on one side at any look is `error`: `boundary` is the one-sided p that
either of the two must reach. The table is the output of `tests/stats/boundary_simulation.py` (12 million runs, seed 1);
a test repeats a part.
"""

import math

FIRST_LOOK = 4
FORK_LIMITS = (10, 20, 30, 60)
_ERRORS = (0.05, 0.025, 0.01, 0.005, 0.0025, 0.001, 5e-4, 2.5e-4, 1e-4, 5e-5, 2.5e-5, 1e-5)
_STRICTNESS = 0.97
_STEEPNESS = 1.25
_TAILS: dict[int, tuple[float, ...]] = {
    10: (
        0.0093, 0.00383, 0.00125, 0.000558, 0.000251, 8.9e-05,
        4.13e-05, 1.91e-05, 6.96e-06, 3.27e-06, 1.56e-06, 5.37e-07,
    ),
    20: (
        0.00552, 0.00221, 0.000697, 0.000298, 0.00013, 4.44e-05,
        1.99e-05, 9.02e-06, 3.15e-06, 1.42e-06, 5.96e-07, 2.13e-07,
    ),
    30: (
        0.00441, 0.00175, 0.00055, 0.000233, 0.000101, 3.37e-05,
        1.5e-05, 6.65e-06, 2.33e-06, 9.95e-07, 4.59e-07, 1.66e-07,
    ),
    60: (
        0.00324, 0.00129, 0.000402, 0.000169, 7.27e-05, 2.42e-05,
        1.07e-05, 4.72e-06, 1.57e-06, 6.91e-07, 3.28e-07, 1.02e-07,
    ),
}  # fmt: skip


def boundary(error: float, *, fork_limit: int = 30) -> float:
    """The tail probability to demand at each look for a chance `error` per side over all looks up to `fork_limit`.

    Between tabulated levels it is interpolated, a little on the strict side; below the table it falls faster than the
    table's end does. Past 60 forks the levels shrink in proportion to the looks.
    """
    if not 0 < error < 0.5:
        raise ValueError(f"an error lies between 0 and one half, not {error}")
    limit = next((each for each in FORK_LIMITS if each >= fork_limit), FORK_LIMITS[-1])
    index = next((each for each, level in enumerate(_ERRORS) if level <= error * (1 + 1e-9)), None)
    if index is None:
        tail = _TAILS[limit][-1] * math.pow(error / _ERRORS[-1], _STEEPNESS)
    else:
        tail = _TAILS[limit][index]
    if index and error > _ERRORS[index] * (1 + 1e-9):
        looser = _TAILS[limit][index - 1]
        way = math.log(error / _ERRORS[index]) / math.log(_ERRORS[index - 1] / _ERRORS[index])
        tail = max(tail, _STRICTNESS * tail * (looser / tail) ** way)
    return tail * min(1.0, looks(limit) / looks(max(fork_limit, FIRST_LOOK)))


def looks(fork_limit: int) -> int:
    """How many looks a run up to `fork_limit` forks takes."""
    return fork_limit - FIRST_LOOK + 1
