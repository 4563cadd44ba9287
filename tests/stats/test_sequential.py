import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from boss_perf.stats.boundaries import boundary, error_reached, looks, simulate
from boss_perf.stats.sequential import Side, against_line, ratio_interval

LINE = math.log(1.015)
LOGS = st.lists(st.floats(-0.5, 0.5), min_size=0, max_size=30)
OPPOSITE = {Side.ABOVE: Side.BELOW, Side.BELOW: Side.ABOVE, Side.UNDECIDED: Side.UNDECIDED}


def run(forks, *, alpha=0.01):
    """The first decision of a run that looks after every fork."""
    for count in range(5, len(forks) + 1):
        decision = against_line(forks[:count], line_log=LINE, alpha=alpha)
        if decision.side is not Side.UNDECIDED:
            break
    return decision


def test_the_boundaries_are_those_of_the_experiments():
    thirty, twenty = boundary(0.005), boundary(0.005, fork_limit=20)
    assert (thirty.tail, thirty.score) == (pytest.approx(0.0006, abs=2e-5), pytest.approx(2.94, abs=0.02))
    assert (twenty.tail, twenty.score) == (pytest.approx(0.0008, abs=5e-5), pytest.approx(2.80, abs=0.02))


@pytest.mark.slow
@pytest.mark.parametrize("fork_limit", [10, 20, 30])
def test_a_shorter_simulation_agrees_with_the_table(fork_limit):
    errors = (0.05, 0.01, 0.005)
    tails, scores = simulate(errors, fork_limit=fork_limit, trials=400_000, seed=fork_limit)
    for error, tail, score in zip(errors, tails, scores, strict=True):
        edge = boundary(error, fork_limit=fork_limit)
        assert tail == pytest.approx(edge.tail, rel=0.25)
        assert score == pytest.approx(edge.score, abs=0.2)


@pytest.mark.parametrize("fork_limit", [5, 10, 14, 30, 45])
def test_boundaries_tighten_with_the_error_and_never_beat_what_is_always_enough(fork_limit):
    errors = np.geomspace(0.049, 1e-8, 80)
    edges = [boundary(float(error), fork_limit=fork_limit) for error in errors]
    assert all(left.tail >= right.tail for left, right in pairwise(edges))
    for error, edge in zip(errors, edges, strict=True):
        assert error / looks(max(fork_limit, 30)) * 0.5 <= edge.tail <= error
        reached = error_reached(edge.tail, -1.0, fork_limit=fork_limit)
        assert reached <= max(error * 3, 5e-6)


@pytest.mark.parametrize("error", [0, 0.5, 1, -0.01, math.nan])
def test_an_impossible_error_is_refused(error):
    with pytest.raises(ValueError, match="between 0 and one half"):
        boundary(error)


def test_the_students_half_of_the_decision_is_scipys_t_test():
    rng = np.random.default_rng(8)
    for _ in range(50):
        forks = list(rng.normal(0.02, 0.01, 7))
        p = stats.ttest_1samp(forks, LINE, alternative="greater").pvalue
        expected = p <= boundary(0.005).tail
        assert (against_line(forks, line_log=LINE, alpha=0.01).side is Side.ABOVE) == expected


def test_four_forks_decide_nothing():
    decision = against_line([0.3, 0.31, 0.3, 0.31], line_log=LINE, alpha=0.01)
    assert (decision.side, decision.p, decision.forks_needed) == (Side.UNDECIDED, 1.0, 5)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_value_that_is_no_number_decides_nothing(bad):
    decision = against_line([0.3, 0.31, 0.3, 0.31, 0.3, bad], line_log=LINE, alpha=0.01)
    assert (decision.side, decision.low, decision.high) == (Side.UNDECIDED, -math.inf, math.inf)
    assert against_line([0.3] * 6, line_log=bad, alpha=0.01).side is Side.UNDECIDED
    assert ratio_interval([0.3, bad], confidence_ratio=0.95)[1:] == (0.0, math.inf)


def test_forks_that_agree_exactly_decide_at_once_except_on_the_line():
    assert against_line([0.1] * 5, line_log=LINE, alpha=1e-6).side is Side.ABOVE
    assert against_line([0.0] * 5, line_log=LINE, alpha=1e-6).side is Side.BELOW
    assert against_line([LINE] * 5, line_log=LINE, alpha=0.01).side is Side.UNDECIDED


def test_an_undecided_case_says_how_many_forks_it_would_take():
    rng = np.random.default_rng(1)
    forks = list(LINE + 0.004 + 0.01 * rng.standard_normal(8))
    decision = against_line(forks, line_log=LINE, alpha=0.01)
    assert decision.side is Side.UNDECIDED
    assert decision.forks_needed > 8
    on_the_line = against_line([LINE + 0.01, LINE - 0.01] * 4, line_log=LINE, alpha=0.01)
    assert on_the_line.forks_needed is None


@given(LOGS, st.floats(1e-4, 0.05))
def test_swapping_the_sides_turns_the_decision(forks, alpha):
    forward = against_line(forks, line_log=LINE, alpha=alpha)
    backward = against_line([-value for value in forks], line_log=-LINE, alpha=alpha)
    assert backward.side is OPPOSITE[forward.side]
    assert backward.p == pytest.approx(forward.p)
    centre, low, high = ratio_interval(forks, confidence_ratio=0.95)
    if len(forks) > 1:
        assert ratio_interval([-value for value in forks], confidence_ratio=0.95) == pytest.approx(
            (1 / centre, 1 / high, 1 / low), rel=1e-9
        )


@given(LOGS.filter(lambda forks: len(forks) >= 5))
def test_a_smaller_budget_never_decides_more(forks):
    strict = against_line(forks, line_log=LINE, alpha=1e-4)
    loose = against_line(forks, line_log=LINE, alpha=0.02)
    if strict.side is not Side.UNDECIDED:
        assert loose.side in (strict.side, Side.UNDECIDED)
        assert strict.p <= 1e-4 * 1.001
    assert strict.high - strict.low >= loose.high - loose.low


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
    trials = 400
    sides = [run(list(LINE + NOISES[noise](rng, 30))).side for _ in range(trials)]
    most = trials * 0.01 + 2 * math.sqrt(trials * 0.01)
    assert sides.count(Side.ABOVE) <= most
    assert sides.count(Side.BELOW) <= most


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
def test_the_same_code_is_never_called_slower(noise):
    rng = np.random.default_rng(12)
    sides = [run(list(NOISES[noise](rng, 30))).side for _ in range(1400)]
    assert sides.count(Side.ABOVE) == 0
    assert sides.count(Side.BELOW) >= 0.95 * len(sides)


@pytest.mark.slow
def test_three_percent_are_found():
    rng = np.random.default_rng(13)
    decisions = [run(list(math.log(1.03) + 0.008 * rng.standard_normal(30))) for _ in range(400)]
    assert sum(each.side is Side.ABOVE for each in decisions) >= 0.98 * len(decisions)
    assert np.median([each.forks for each in decisions]) <= 12


@pytest.mark.slow
def test_the_interval_holds_at_every_look():
    rng = np.random.default_rng(14)
    trials, left_out = 400, 0
    for _ in range(trials):
        forks = list(0.02 + 0.01 * rng.standard_normal(30))
        intervals = (ratio_interval(forks[:count], confidence_ratio=0.95) for count in range(5, 31))
        left_out += any(not low <= math.exp(0.02) <= high for _, low, high in intervals)
    assert left_out <= trials * 0.05 + 2 * math.sqrt(trials * 0.05)
