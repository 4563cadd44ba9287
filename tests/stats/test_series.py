import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.stats.series import SHORTEST_SEGMENT, change_points


def steps(*levels, length=40, noise=0.02, seed=1):
    rng = np.random.default_rng(seed)
    return [level * math.exp(noise * rng.standard_normal()) for level in levels for _ in range(length)]


def autoregressive(rng, count, rho, spread):
    noise = rng.standard_normal(count)
    walk = [noise[0]]
    for each in noise[1:]:
        walk.append(rho * walk[-1] + math.sqrt(1 - rho**2) * each)
    return [100 * math.exp(spread * each) for each in walk]


def test_lasting_steps_are_found_where_they_are():
    found = change_points(steps(100, 120, 90))
    assert [abs(each.index - place) <= 1 for each, place in zip(found, (40, 80), strict=True)] == [True, True]
    assert (found[0].before, found[0].after) == pytest.approx((100, 120), rel=0.02)
    assert found[1].ratio == pytest.approx(0.75, rel=0.02)


def test_an_exact_step_without_noise_is_found_exactly():
    found = change_points([100.0] * 10 + [110.0] * 10)
    assert [(each.index, each.before, each.after) for each in found] == [(10, pytest.approx(100), pytest.approx(110))]


def test_a_step_too_small_to_tell_is_not_told():
    assert change_points([100.0] * 30 + [102.0] * 30) == ()
    assert len(change_points([100.0] * 30 + [104.0] * 30)) == 1


def test_one_wild_value_is_no_change():
    values = steps(100)
    values[20] = 900
    assert change_points(values) == ()


@pytest.mark.parametrize("values", [[], [1.0] * (2 * SHORTEST_SEGMENT - 1), [0.0] * 20, [1.0] * 19 + [math.nan]])
def test_a_series_that_cannot_tell_has_no_changes(values):
    assert change_points(values) == ()


@given(st.integers(1, 10**6), st.integers(0, 20))
def test_the_unit_does_not_matter(factor, seed):
    values = steps(100, 115, seed=seed)
    plain, scaled = change_points(values), change_points([value * factor for value in values])
    assert [each.index for each in scaled] == [each.index for each in plain]
    assert [each.ratio for each in scaled] == pytest.approx([each.ratio for each in plain])


def test_a_reversed_history_has_the_same_changes_reversed():
    values = steps(100, 130, 90)
    forward = {each.index for each in change_points(values)}
    assert {len(values) - each.index for each in change_points(values[::-1])} == forward


NULLS = {
    "normal": (
        lambda rng, count: list(100 * (1 + 0.05 * rng.standard_normal(count))),
        {50: 0.03, 200: 0.03, 1000: 0.07},
    ),
    "lognormal .3": (
        lambda rng, count: list(np.exp(0.3 * rng.standard_normal(count))),
        {50: 0.03, 200: 0.03, 1000: 0.07},
    ),
    "student 3": (lambda rng, count: list(np.exp(0.04 * rng.standard_t(3, count))), {50: 0.04, 200: 0.05, 1000: 0.07}),
    "ar .5": (lambda rng, count: autoregressive(rng, count, 0.5, 0.05), {50: 0.18, 200: 0.10, 1000: 0.07}),
}


@pytest.mark.slow
@pytest.mark.parametrize("count", [50, 200, 1000])
@pytest.mark.parametrize("noise", NULLS)
def test_series_without_a_change_rarely_show_one(noise, count):
    """Short autocorrelated series are the hard case: other detectors call 40 to 100 % of them changed."""
    generate, most = NULLS[noise]
    rng = np.random.default_rng(count)
    trials = 30 if count == 1000 else 150
    assert sum(bool(change_points(generate(rng, count))) for _ in range(trials)) <= most[count] * trials


@pytest.mark.slow
def test_a_step_of_ten_percent_is_usually_found():
    found = sum(len(change_points(steps(100, 110, length=50, noise=0.03, seed=seed))) == 1 for seed in range(150))
    assert found >= 0.9 * 150
