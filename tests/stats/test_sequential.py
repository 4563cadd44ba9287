import math
from itertools import pairwise

import numpy as np
import pytest
from boundary_simulation import simulate
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.stats.boundaries import FIRST_LOOK, boundary, looks
from boss_perf.stats.sequential import Errors, forks_needed, interval

LINE = math.log(1.015)
LOGS = st.lists(st.floats(-0.5, 0.5), min_size=0, max_size=30)
STRICT = Errors(above=0.01, below=0.01)


def side(forks, *, errors=STRICT, line=LINE):
    """+1 above the line, -1 below, 0 open; what any look decided stays decided."""
    found = interval(forks, errors=errors)
    return int(found.low > line) - int(found.high < line)


@pytest.mark.slow
def test_a_shorter_simulation_agrees_with_the_table():
    errors = (0.05, 0.025, 0.01, 0.005)
    for fork_limit, tails in simulate(errors, trials=400_000, seed=7).items():
        for error, tail in zip(errors, tails, strict=True):
            assert tail == pytest.approx(boundary(error, fork_limit=fork_limit), rel=0.1)


@pytest.mark.parametrize("fork_limit", [4, 10, 14, 30, 45, 60, 90])
def test_boundaries_tighten_with_the_error_and_never_beat_what_is_always_enough(fork_limit):
    errors = [float(error) for error in np.geomspace(0.049, 1e-8, 80)]
    edges = [boundary(error, fork_limit=fork_limit) for error in errors]
    assert all(left >= right for left, right in pairwise(edges))
    for error, edge in zip(errors, edges, strict=True):
        assert error / looks(max(fork_limit, 60)) * 0.05 <= edge <= error


@pytest.mark.parametrize("error", [0, 0.5, 1, -0.01, math.nan])
def test_an_impossible_error_is_refused(error):
    with pytest.raises(ValueError, match="between 0 and one half"):
        boundary(error)


def test_four_forks_are_judged_by_scipys_t_test_alone(stats):
    rng = np.random.default_rng(8)
    for _ in range(50):
        forks = list(rng.normal(0.02, 0.004, FIRST_LOOK))
        p = stats.ttest_1samp(forks, LINE, alternative="greater").pvalue
        assert (side(forks) > 0) == (p <= boundary(0.01))


def test_a_wild_fork_among_ten_does_not_hide_the_rest():
    forks = [0.03 + 0.001 * (-1) ** number for number in range(9)]
    assert side([*forks, 0.9]) == 1
    assert side([-0.9, *forks]) == 1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_value_that_is_no_number_decides_nothing(bad):
    found = interval([0.3, 0.31, 0.3, 0.31, 0.3, bad], errors=STRICT)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert forks_needed([0.3, 0.31, 0.3, bad], line_log=LINE, errors=STRICT) is None


def test_forks_that_agree_exactly_decide_at_once_except_on_the_line():
    minute = Errors(above=1e-6, below=1e-6)
    assert side([0.1] * 4, errors=minute) == 1
    assert side([0.0] * 4, errors=minute) == -1
    assert side([LINE] * 4) == 0


def test_equal_values_in_the_middle_of_others_are_not_taken_for_exact():
    found = interval([0.0, 0.0, 0.0, 0.05, -0.05], errors=STRICT)
    assert found.high - found.low > 0.1


def test_what_a_look_excludes_stays_excluded():
    quiet = [0.0, 0.001, -0.001, 0.0005]
    before = interval(quiet, errors=STRICT)
    after = interval([*quiet, 0.2, -0.3, 0.25, 0.4], errors=STRICT)
    assert (after.low, after.high) == (before.low, before.high)
    assert before.low <= after.value <= before.high


def test_an_open_case_says_how_many_forks_it_would_take():
    rng = np.random.default_rng(1)
    forks = list(LINE + 0.004 + 0.01 * rng.standard_normal(8))
    assert side(forks) == 0
    needed = forks_needed(forks, line_log=LINE, errors=STRICT)
    assert needed > 8
    assert forks_needed(forks, line_log=LINE, errors=Errors(above=0.001, below=0.01)) > needed
    assert forks_needed(forks[:2], line_log=LINE, errors=STRICT) == FIRST_LOOK
    assert forks_needed([LINE + 0.01, LINE - 0.01] * 4, line_log=LINE, errors=STRICT) is None


@given(LOGS, st.floats(1e-4, 0.05), st.floats(1e-4, 0.05))
def test_swapping_the_sides_turns_the_interval(forks, above, below):
    forward = interval(forks, errors=Errors(above, below))
    backward = interval([-value for value in forks], errors=Errors(below, above))
    assert (backward.low, backward.high) == pytest.approx((-forward.high, -forward.low), abs=1e-12)


@given(LOGS.filter(lambda forks: len(forks) >= 4))
def test_the_value_lies_in_the_interval_and_more_certainty_never_decides_more_at_the_first_look(forks):
    strict = interval(forks[:4], errors=Errors(1e-4, 1e-4))
    loose = interval(forks[:4], errors=Errors(0.02, 0.02))
    assert strict.low <= loose.low <= loose.value <= loose.high <= strict.high


NOISES = {
    "normal": lambda rng, count: 0.008 * rng.standard_normal(count),
    "student 3": lambda rng, count: 0.005 * rng.standard_t(3, count),
    "one fork of ten wild": lambda rng, count: (
        rng.standard_normal(count) * np.where(rng.random(count) < 0.1, 0.06, 0.008)
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
def test_looking_after_every_fork_keeps_the_promise_on_the_line(noise):
    """Worst case: the effect is exactly the line. At most 1 % wrong per side, plus two standard errors."""
    rng = np.random.default_rng(11)
    trials = 2000
    sides = [side(list(LINE + NOISES[noise](rng, 30))) for _ in range(trials)]
    most = trials * 0.01 + 2 * math.sqrt(trials * 0.01)
    assert sides.count(1) <= most
    assert sides.count(-1) <= most


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
def test_the_same_code_is_never_called_slower(noise):
    rng = np.random.default_rng(12)
    sides = [side(list(NOISES[noise](rng, 30))) for _ in range(1400)]
    assert sides.count(1) == 0
    assert sides.count(-1) >= 0.95 * len(sides)


@pytest.mark.slow
def test_three_percent_are_found():
    rng = np.random.default_rng(13)
    sides = [side(list(math.log(1.03) + 0.008 * rng.standard_normal(30))) for _ in range(400)]
    assert sides.count(1) >= 0.98 * len(sides)


@pytest.mark.slow
def test_the_interval_of_all_looks_together_holds():
    rng = np.random.default_rng(14)
    trials, left_out = 1000, 0
    for _ in range(trials):
        found = interval(list(0.02 + 0.01 * rng.standard_normal(30)), errors=Errors(0.025, 0.025))
        left_out += not found.low <= 0.02 <= found.high
    assert left_out <= trials * 0.05 + 2 * math.sqrt(trials * 0.05)
