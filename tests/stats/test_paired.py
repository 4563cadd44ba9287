import math
import random
import statistics
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.model.estimates import CaveatKind, Clock
from boss_perf.model.samples import Conditions, Failure, Pass, Reading, Sample, Series
from boss_perf.model.units import Unit
from boss_perf.stats.boundaries import boundary
from boss_perf.stats.location import student_t_quantile
from boss_perf.stats.memory import compare_memory, memory_estimate
from boss_perf.stats.paired import choose_clock, compare, fork_log_ratio, mean_estimate
from boss_perf.stats.sequential import Errors

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ARMS = ("baseline", "optimized")
BATCH = st.integers(10**5, 10**7)


def pairs(old, new, *, fork=0, wall=1.0, **fields):
    series = (
        Series(ARMS[0], Reading.CPU_NS, tuple(old)),
        Series(ARMS[1], Reading.CPU_NS, tuple(new)),
        Series(ARMS[0], Reading.WALL_NS, tuple(round(each * wall) for each in old)),
        Series(ARMS[1], Reading.WALL_NS, tuple(round(each * wall) for each in new)),
    )
    return Sample(
        workload="t.py::test_x", phase=Pass.PAIRS, fork=fork, started_at=NOON, arms=ARMS, series=series, **fields
    )


def forks(ratio, *, count=5, seed=1, spread=0.01, **fields):
    rng = random.Random(seed)
    found = []
    for fork in range(count):
        old = [round(2_500_000 * math.exp(rng.gauss(0, spread))) for _ in range(64)]
        new = [round(2_500_000 * ratio * math.exp(rng.gauss(0, spread))) for _ in range(64)]
        found.append(pairs(old, new, fork=fork, **fields))
    return found


def memory(old, new, *, fork=0, arms=ARMS, reading=Reading.PEAK_BYTES):
    series = tuple(Series(arm, reading, (each,)) for arm, each in zip(arms, (old, new), strict=False))
    return Sample(workload="t.py::test_x", phase=Pass.MEMORY, fork=fork, started_at=NOON, arms=arms, series=series)


def test_the_first_quad_does_not_count():
    old, new = [100] * 8, [100_000, 100_000, 50, 50, 50, 50, 50, 50]
    assert fork_log_ratio(pairs(old, new), clock=Clock.CPU) == pytest.approx(math.log(0.5))


def test_a_quad_averages_its_two_pairs_so_that_a_drift_cancels():
    old, new = [100, 100] + [100, 121] * 4, [100, 100] + [110, 110] * 4
    assert fork_log_ratio(pairs(old, new), clock=Clock.CPU) == pytest.approx(0.0, abs=1e-12)


def test_on_the_wall_clock_the_median_pair_counts():
    old, new = [100] * 8, [100, 100, 200, 200, 200, 200, 900, 900]
    assert fork_log_ratio(pairs(old, new), clock=Clock.WALL) == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    "sample",
    [
        pairs([], []),
        pairs([100] * 8, [100] * 6),
        pairs([100] * 7, [100] * 7),
        pairs([100] * 8, [100] * 7 + [0]),
        pairs([100] * 8, [100] * 7 + [-5]),
        Sample(workload="w", phase=Pass.PAIRS, fork=0, started_at=NOON, arms=ARMS),
        Sample(workload="w", phase=Pass.PAIRS, fork=0, started_at=NOON, arms=("one",)),
        pairs([100] * 8, [100] * 8, failure=Failure("raised", "boom")),
    ],
)
def test_a_fork_that_cannot_tell_gives_no_number(sample):
    assert math.isnan(fork_log_ratio(sample, clock=Clock.CPU))


@given(st.lists(st.tuples(BATCH, BATCH), min_size=4, max_size=40).filter(lambda each: len(each) % 2 == 0))
def test_swapping_the_arms_inverts_the_ratio(batches):
    old, new = zip(*batches, strict=True)
    forward = fork_log_ratio(pairs(old, new), clock=Clock.CPU)
    assert fork_log_ratio(pairs(new, old), clock=Clock.CPU) == pytest.approx(-forward, abs=1e-12)


def test_the_comparison_finds_the_ratio_and_both_sides():
    found = compare(forks(0.4, calls_per_batch=10), errors=Errors(0.025, 0.025))
    assert found.clock is Clock.CPU
    assert found.ratio.low < 0.4 < found.ratio.high
    assert found.resolution_ratio == pytest.approx((found.ratio.high - found.ratio.low) / 2 / found.ratio.value)
    assert found.resolution_ratio < 0.02
    assert found.baseline.value == pytest.approx(250_000, rel=0.01)
    assert found.candidate.value == pytest.approx(100_000, rel=0.01)
    assert (found.pairs, found.ratio.forks, len(found.fork_log_ratios)) == (320, 5, 5)
    assert found.ratio.caveats == ()


def test_forks_with_other_batch_sizes_compare_alike():
    small, large = forks(0.5, count=3, calls_per_batch=1), forks(0.5, count=3, calls_per_batch=50)
    mixed = [*small, *large]
    assert compare(mixed, errors=Errors(0.025, 0.025)).ratio.value == pytest.approx(0.5, rel=0.01)


def test_waiting_work_is_compared_on_the_wall_clock_and_says_so():
    found = compare(forks(0.5, is_waiting=True), errors=Errors(0.025, 0.025))
    assert found.clock is Clock.WALL
    assert CaveatKind.WALL_TIME in [caveat.kind for caveat in found.ratio.caveats]


def test_batches_that_last_longer_than_they_compute_are_no_sign_of_waiting():
    """A single call of 36 ms is pushed off its core in nearly every batch on a busy machine."""
    assert choose_clock(forks(0.5, wall=5.0)) is Clock.CPU


def test_a_neighbour_that_steals_some_batches_does_not_change_the_clock():
    samples = forks(0.5, conditions=Conditions(busy_ratio=0.6))
    assert choose_clock(samples) is Clock.CPU


def test_an_optimization_that_sleeps_is_not_fast():
    """Processor time alone would call it 10 times faster."""
    samples = []
    for fork in range(5):
        base = pairs([1000] * 20, [100] * 20, fork=fork)
        series = tuple(
            Series(each.arm, each.reading, (1000,) * 20) if each.reading is Reading.WALL_NS else each
            for each in base.series
        )
        frame = Sample(workload="w", phase=Pass.PAIRS, fork=fork, started_at=NOON, arms=ARMS, series=series)
        samples.append(replace(frame, is_waiting=True))
    assert compare(samples, errors=Errors(0.025, 0.025)).ratio.value == pytest.approx(1.0)


def test_mixed_arms_compare_to_nothing():
    first, second = forks(0.5, count=2)
    turned = Sample(workload="w", phase=Pass.PAIRS, fork=1, started_at=NOON, arms=ARMS[::-1], series=second.series)
    found = compare([first, turned], errors=Errors(0.025, 0.025))
    assert math.isnan(found.ratio.value)
    assert found.ratio.high == math.inf


def test_no_forks_compare_to_nothing():
    found = compare([], errors=Errors(0.025, 0.025))
    assert math.isnan(found.ratio.value)
    assert (found.ratio.low, found.ratio.high, found.resolution_ratio) == (0.0, math.inf, math.inf)


def test_memory_that_repeats_has_an_interval_without_width_but_a_resolution():
    found = compare_memory(
        [memory(1000, 690, fork=k) for k in range(3)], reading=Reading.PEAK_BYTES, confidence_ratio=0.95
    )
    assert (found.ratio.low, found.ratio.value, found.ratio.high) == (0.69, 0.69, 0.69)
    assert found.resolution_ratio == 0.001
    assert found.clock is Clock.BYTES
    assert found.candidate.unit is Unit.BYTES
    assert found.ratio.caveats == ()


def test_memory_that_varies_is_widened_and_says_so():
    samples = [memory(1000, new, fork=fork) for fork, new in enumerate((600, 700, 650))]
    found = compare_memory(samples, reading=Reading.PEAK_BYTES, confidence_ratio=0.95)
    assert found.ratio.low < 0.6
    assert found.ratio.high > 0.7
    assert [caveat.kind for caveat in found.ratio.caveats] == [CaveatKind.INEXACT_MEMORY]


@pytest.mark.parametrize("sample", [memory(0, 0), memory(-8, 4), memory(1000, 1, arms=("baseline",))])
def test_memory_without_a_believable_reading_is_unknown(sample):
    found = compare_memory([sample, sample], reading=Reading.PEAK_BYTES, confidence_ratio=0.95)
    assert math.isnan(found.ratio.value)


def test_one_memory_fork_has_no_interval():
    found = memory_estimate([memory(1000, 700)], reading=Reading.PEAK_BYTES, confidence_ratio=0.95)
    assert (found.value, found.low, found.high) == (700, -math.inf, math.inf)


def batches(values, *, fork, calls_per_batch=1, arm="subject"):
    series = (Series(arm, Reading.WALL_NS, tuple(values)),)
    return Sample(
        workload="w",
        phase=Pass.BATCHES,
        fork=fork,
        started_at=NOON,
        arms=(arm,),
        series=series,
        calls_per_batch=calls_per_batch,
    )


def test_the_mean_is_over_forks_whatever_their_batches():
    samples = [batches([100, 100], fork=0), batches([1200], fork=1, calls_per_batch=10), batches([110], fork=2)]
    found = mean_estimate(samples, confidence_ratio=0.95)
    assert found.value == pytest.approx(110)
    t_per_fork = student_t_quantile(1 - boundary(0.025), 2) / math.sqrt(3)
    logs = [math.log(mean_ns) for mean_ns in (100, 120, 110)]
    low = math.exp(statistics.mean(logs) - t_per_fork * statistics.stdev(logs))
    assert (found.low, found.high) == pytest.approx((low, 110 + t_per_fork * 10))
    assert (found.count, found.forks) == (13, 3)


def test_a_fork_that_was_pushed_aside_does_not_take_the_mean_below_nothing():
    samples = [batches([each], fork=fork) for fork, each in enumerate((2_000, 2_010, 1_990, 2_005, 30_000))]
    found = mean_estimate(samples, confidence_ratio=0.95)
    assert 50 < found.low < 2_000
    assert found.high > 30_000 / 5


@pytest.mark.parametrize("values", [[], [0, 0], [100, -1]])
def test_a_fork_without_time_makes_the_mean_unknown(values):
    found = mean_estimate([batches([100], fork=0), batches(values, fork=1)], confidence_ratio=0.95)
    assert math.isnan(found.value)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_the_mean_holds_at_every_look():
    rng = random.Random(6)
    left_out = 0
    for _ in range(200):
        samples = [batches([round(rng.gauss(1e6, 5e4))], fork=fork) for fork in range(20)]
        found = [mean_estimate(samples[:count], confidence_ratio=0.95) for count in range(5, 21)]
        left_out += any(not each.low <= 1e6 <= each.high for each in found)
    assert left_out <= 200 * 0.05 + 2 * math.sqrt(200 * 0.05)
