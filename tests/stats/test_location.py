import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.stats.location import (
    hodges_lehmann,
    mean,
    median,
    standard_deviation,
    student_centre,
    student_t_quantile,
    student_t_tail,
    trimmed_centre,
)

FINITE = st.floats(-1e6, 1e6)


def slow_hodges_lehmann(values):
    means = sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])
    half = len(means) // 2
    return means[half] if len(means) % 2 else (means[half - 1] + means[half]) / 2


@given(st.lists(FINITE, min_size=1, max_size=20))
def test_hodges_lehmann_is_the_median_of_the_pairwise_means(values):
    assert hodges_lehmann(values) == pytest.approx(slow_hodges_lehmann(values), abs=1e-9)


def test_hodges_lehmann_ignores_a_wild_quarter():
    values = [1.0, 1.1, 0.9, 1.05, 0.95, 1.0, 1e9, 1e9]
    assert 0.9 < hodges_lehmann(values) < 1.2
    assert mean(values) > 1e8


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 29, 200])
@pytest.mark.parametrize("tail", [0.4, 0.1, 0.025, 1e-3, 1e-6, 1e-9])
def test_student_t_agrees_with_scipy(degrees, tail, stats):
    assert student_t_quantile(1 - tail, degrees) == pytest.approx(stats.t.ppf(1 - tail, degrees), rel=1e-6)
    assert student_t_quantile(tail, degrees) == pytest.approx(stats.t.ppf(tail, degrees), rel=1e-9)
    t = stats.t.isf(tail, degrees)
    assert student_t_tail(t, degrees) == pytest.approx(tail, rel=1e-9)
    assert student_t_tail(-t, degrees) == pytest.approx(1 - tail, rel=1e-9)


@pytest.mark.parametrize("level", [0, 1, -0.1, math.nan])
def test_a_quantile_level_outside_its_range_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        student_t_quantile(level, 4)


@pytest.mark.parametrize("size", [5, 6, 9, 10, 14, 15, 30])
def test_the_trimmed_centre_is_scipys_yuen_test_against_a_constant(size, stats):
    rng = random.Random(size)
    for _ in range(20):
        values = [rng.gauss(0.3, 1) for _ in range(size)]
        centre = trimmed_centre(values)
        expected = stats.ttest_ind(values, [0.0] * 5, trim=0.2, equal_var=False)
        assert centre.value / centre.standard_error == pytest.approx(expected.statistic, rel=1e-9)
        assert centre.degrees == pytest.approx(expected.df, rel=1e-9)


def test_below_five_values_the_trimmed_centre_is_the_mean():
    assert trimmed_centre([0.1, 0.2, 0.4, 0.9]) == student_centre([0.1, 0.2, 0.4, 0.9])


@given(st.lists(FINITE, min_size=1, max_size=25))
def test_median_and_spread_agree_with_numpy(values):
    import numpy as np

    assert median(values) == pytest.approx(float(np.median(values)), abs=1e-9)
    if len(values) > 1:
        assert standard_deviation(values) == pytest.approx(float(np.std(values, ddof=1)), rel=1e-6, abs=1e-6)


def test_what_is_unknown_is_no_number():
    assert math.isnan(mean([]))
    assert math.isnan(median([]))
    assert math.isnan(hodges_lehmann([]))
    assert math.isnan(standard_deviation([1.0]))
    assert standard_deviation([0.1 + 0.2] * 7) == 0.0
