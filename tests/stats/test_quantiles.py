import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.model.estimates import CaveatKind
from boss_perf.stats.quantiles import calls_needed, proportion_bounds, quantile_estimate

P95 = NormalDist().inv_cdf(0.95)


@pytest.mark.parametrize(("over", "calls"), [(0, 59), (1, 93), (2, 124), (4, 181)])
def test_calls_that_prove_a_p95(over, calls, stats):
    assert calls_needed(0.95, confidence_ratio=0.95, over_count=over) == calls
    assert stats.binom.cdf(over, calls, 0.05) <= 0.05 < stats.binom.cdf(over, calls - 1, 0.05)


def test_calls_that_prove_further_tails():
    assert calls_needed(0.99, confidence_ratio=0.95) == 299
    assert calls_needed(0.999, confidence_ratio=0.95) == 2995
    assert calls_needed(0.5, confidence_ratio=0.95) == 5


def test_the_bound_appears_with_the_59th_call():
    calls = list(np.random.default_rng(0).permutation(59))
    too_few = quantile_estimate([calls[:58]], level=0.95, confidence_ratio=0.95)
    assert too_few.high == math.inf
    assert [caveat.kind for caveat in too_few.caveats] == [CaveatKind.TOO_FEW_CALLS]
    enough = quantile_estimate([calls], level=0.95, confidence_ratio=0.95)
    assert enough.high == 58
    assert enough.caveats == ()


@pytest.mark.parametrize("count", [59, 181, 500, 3000])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_bounds_are_the_binomial_order_statistics(count, level, stats):
    calls = [int(each) for each in np.random.default_rng(count).permutation(count) + 1]
    found = quantile_estimate([calls], level=level, confidence_ratio=0.95)
    below = np.arange(count)
    high_ranks = below[stats.binom.cdf(below, count, level) >= 0.95] + 1
    assert found.high == (high_ranks[0] if high_ranks.size else math.inf)
    assert found.low == below[stats.binom.sf(below, count, level) >= 0.95][-1] + 1
    assert found.value == math.ceil(count * level)


def test_no_calls_prove_nothing():
    found = quantile_estimate([[], []], level=0.95, confidence_ratio=0.95)
    assert (found.low, found.high, found.count) == (-math.inf, math.inf, 0)
    assert math.isnan(found.value)


def test_one_slow_fork_loosens_the_bound_and_says_so():
    rng = np.random.default_rng(4)
    alike = [list(rng.integers(1000, 1100, 200)) for _ in range(5)]
    slow = [*alike[:4], [call * 2 for call in alike[4]]]
    found = quantile_estimate(slow, level=0.95, confidence_ratio=0.95)
    assert [caveat.kind for caveat in found.caveats] == [CaveatKind.FORKS_DISAGREE]
    assert found.high > np.quantile(slow[4], 0.95)
    assert quantile_estimate(alike, level=0.95, confidence_ratio=0.95).caveats == ()


def test_a_stray_call_in_one_of_many_short_forks_is_not_the_bound():
    rng = np.random.default_rng(6)
    speeds = rng.uniform(1, 2, 30)
    forks = [list((speed * rng.integers(1000, 1100, 25)).astype(int)) for speed in speeds]
    forks[7][3] = 9000
    found = quantile_estimate(forks, level=0.95, confidence_ratio=0.95)
    assert [caveat.kind for caveat in found.caveats] == [CaveatKind.FORKS_DISAGREE]
    assert max(speeds) * 1000 < found.high < max(speeds) * 1100
    forks[8][3:6] = forks[9][5:8] = [9000] * 3
    assert quantile_estimate(forks, level=0.95, confidence_ratio=0.95).high == 9000


def test_bursts_count_as_fewer_calls():
    rng = np.random.default_rng(5)
    calls = rng.integers(100, 200, 150)
    scattered, clustered = calls.copy(), calls.copy()
    scattered[10::37] = 900
    clustered[60:64] = 900
    assert quantile_estimate([scattered], level=0.95, confidence_ratio=0.95).high >= 199
    together = quantile_estimate([clustered], level=0.95, confidence_ratio=0.95)
    apart = quantile_estimate([scattered], level=0.95, confidence_ratio=0.95)
    assert together.high > apart.high or together.high == 900


@given(st.lists(st.lists(st.integers(1, 10**9), min_size=1, max_size=60), min_size=1, max_size=5), st.integers(2, 1000))
def test_scaling_the_calls_scales_the_interval(forks, factor):
    plain = quantile_estimate(forks, level=0.9, confidence_ratio=0.9)
    scaled = quantile_estimate([[call * factor for call in fork] for fork in forks], level=0.9, confidence_ratio=0.9)
    assert (scaled.low, scaled.value, scaled.high) == (plain.low * factor, plain.value * factor, plain.high * factor)
    assert plain.low <= plain.value <= plain.high


@pytest.mark.parametrize(("hits", "count"), [(0, 100), (3, 250), (250, 250), (17, 40)])
def test_proportions_agree_with_clopper_and_pearson(hits, count, stats):
    low, high = proportion_bounds(hits, count, confidence_ratio=0.95)
    expected_low = stats.beta.ppf(0.05, hits, count - hits + 1) if hits else 0.0
    expected_high = stats.beta.ppf(0.95, hits + 1, count - hits) if hits < count else 1.0
    assert (low, high) == pytest.approx((expected_low, expected_high), abs=1e-9)


def autoregressive(rng, forks, calls, rho):
    noise = rng.standard_normal((forks, calls))
    walk = np.empty_like(noise)
    walk[:, 0] = noise[:, 0]
    for step in range(1, calls):
        walk[:, step] = rho * walk[:, step - 1] + math.sqrt(1 - rho**2) * noise[:, step]
    return 1e6 * np.exp(0.3 * walk)


def bimodal_calls(rng, forks, calls):
    return 1e6 * np.exp(0.1 * rng.standard_normal((forks, calls))) * (1 + (rng.random((forks, calls)) < 0.2))


def bimodal_forks(rng, forks, calls):
    slow = (rng.random(forks) < 0.5)[:, None]
    return 1e6 * np.exp(0.05 * rng.standard_normal((forks, calls))) * (1 + 0.28 * slow)


TRUE_P95 = {
    "independent": 1e6 * math.exp(0.3 * P95),
    "ar .5": 1e6 * math.exp(0.3 * P95),
    "ar .8": 1e6 * math.exp(0.3 * P95),
    "bimodal calls": 2e6 * math.exp(0.1 * NormalDist().inv_cdf(0.75)),
    "bimodal forks": 1.28e6 * math.exp(0.05 * NormalDist().inv_cdf(0.9)),
}
NOISES = {
    "independent": lambda rng, forks, calls: autoregressive(rng, forks, calls, 0.0),
    "ar .5": lambda rng, forks, calls: autoregressive(rng, forks, calls, 0.5),
    "ar .8": lambda rng, forks, calls: autoregressive(rng, forks, calls, 0.8),
    "bimodal calls": bimodal_calls,
    "bimodal forks": bimodal_forks,
}


@pytest.mark.slow
@pytest.mark.parametrize("forks_and_calls", [(5, 25), (5, 40), (30, 25), (5, 200), (10, 100)], ids=str)
@pytest.mark.parametrize("noise", NOISES)
def test_the_upper_bound_holds_as_often_as_it_says(noise, forks_and_calls):
    """At least 95 % of 250 trials, less two standard errors; also for dependent calls and processes of two modes."""
    rng = np.random.default_rng(17)
    trials = 250
    held = sum(
        quantile_estimate(NOISES[noise](rng, *forks_and_calls).astype(int), level=0.95, confidence_ratio=0.95).high
        >= TRUE_P95[noise]
        for _ in range(trials)
    )
    assert held >= trials * 0.95 - 2 * math.sqrt(trials * 0.95 * 0.05)
