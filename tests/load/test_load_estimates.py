import math
import random
from datetime import UTC, datetime

import pytest

from boss_perf.model.estimates import CaveatKind
from boss_perf.model.metrics import Metric, Statistic
from boss_perf.model.samples import Pass, Reading, Sample, Series
from boss_perf.stats.loads import estimate_load, load_caveats, response_times_ns

CALM = {"window_s": 10.0, "users": 5.0, "users_asked": 5.0, "is_steady": 1.0}


def sample(answered: list[tuple[int, int]], failed: list[tuple[int, int]] = (), **facts: float) -> Sample:
    series = []
    for arm, requests in (("answered", sorted(answered)), ("failed", sorted(failed))):
        series.append(Series(arm, Reading.WALL_NS, tuple(elapsed for _, elapsed in requests)))
        series.append(Series(arm, Reading.STARTED_NS, tuple(start for start, _ in requests)))
    return Sample(
        workload="load", phase=Pass.LOAD, fork=0, started_at=datetime(2026, 1, 1, tzinfo=UTC),
        arms=("answered", "failed"), series=tuple(series), facts=tuple({**CALM, **facts}.items()),
    )  # fmt: skip


def steady(count: int, *, seed: int = 1, window_s: float = 10.0) -> list[tuple[int, int]]:
    rng = random.Random(seed)
    return [(round(index * window_s * 1e9 / count), round(rng.uniform(1e6, 2e6))) for index in range(count)]


def test_the_p95_is_bounded_from_raw_values() -> None:
    found = estimate_load([sample(steady(2000))], metric=Metric.LATENCY, statistic=Statistic.P95, confidence_ratio=0.95)
    assert found.low < found.value < found.high < 2e6
    assert found.value == pytest.approx(1.95e6, rel=0.01)
    assert found.count == 2000


def test_a_service_that_refuses_a_tenth_at_once_has_no_p95() -> None:
    requests = steady(2000)
    broken = sample(
        requests[::10] and [each for i, each in enumerate(requests) if i % 10], [(s, 1000) for s, _ in requests[::10]]
    )
    found = estimate_load([broken], metric=Metric.LATENCY, statistic=Statistic.P95, confidence_ratio=0.95)
    assert math.isinf(found.value) and math.isinf(found.high)
    found = estimate_load([broken], metric=Metric.LATENCY, statistic=Statistic.P50, confidence_ratio=0.95)
    assert found.high < 2e6
    found = estimate_load([broken], metric=Metric.FAILURES, statistic=Statistic.MEAN, confidence_ratio=0.95)
    assert found.low < found.value == 0.1 < found.high < 0.12


def test_exceptions_of_the_locust_file_are_failures() -> None:
    found = estimate_load(
        [sample(steady(100), raised_count=100.0)],
        metric=Metric.FAILURES,
        statistic=Statistic.MEAN,
        confidence_ratio=0.95,
    )
    assert found.value == 0.5


def test_failed_requests_keep_their_place_in_time() -> None:
    times = response_times_ns(sample([(1, 10), (3, 30)], [(2, 5)]))
    assert (times[0], times[2]) == (10, 30)
    assert times[1] > 10**18


def test_throughput_is_the_whole_window_and_a_trend_widens_it() -> None:
    even = estimate_load(
        [sample(steady(4000))], metric=Metric.THROUGHPUT, statistic=Statistic.MEAN, confidence_ratio=0.95
    )
    assert even.value == pytest.approx(400)
    assert even.low == pytest.approx(400, rel=0.02)
    slowing = sample([(round(1e10 * (i / 4000) ** 2), 10**6) for i in range(4000)])
    found = estimate_load([slowing], metric=Metric.THROUGHPUT, statistic=Statistic.MEAN, confidence_ratio=0.95)
    assert found.value == pytest.approx(400)
    assert found.low < 300


def test_a_mean_with_a_failure_is_infinite() -> None:
    fine = estimate_load([sample(steady(1000))], metric=Metric.LATENCY, statistic=Statistic.MEAN, confidence_ratio=0.95)
    assert fine.low <= fine.value <= fine.high
    assert fine.value == pytest.approx(1.5e6, rel=0.02)
    broken = sample(steady(1000), [(5, 5)])
    found = estimate_load([broken], metric=Metric.LATENCY, statistic=Statistic.MEAN, confidence_ratio=0.95)
    assert math.isinf(found.value)


def test_too_few_requests_prove_nothing() -> None:
    few = sample(steady(12))
    for metric, statistic in ((Metric.LATENCY, Statistic.P99), (Metric.THROUGHPUT, Statistic.MEAN)):
        found = estimate_load([few], metric=metric, statistic=statistic, confidence_ratio=0.95)
        assert CaveatKind.TOO_FEW_CALLS in {caveat.kind for caveat in found.caveats}
        assert math.isinf(found.high)


@pytest.mark.parametrize(
    ("facts", "kind", "word"),
    [
        ({"generator_busy_ratio": 0.97}, CaveatKind.LOAD_GENERATOR, "workers"),
        ({"generator_late_ns": 9e6}, CaveatKind.LOAD_GENERATOR, "turn"),
        ({"users": 3.0}, CaveatKind.LOAD_GENERATOR, "only 3 of 5"),
        ({"is_steady": 0.0}, CaveatKind.INTERRUPTED, "ramp-up"),
        ({"is_cut": 1.0}, CaveatKind.INTERRUPTED, "slowest"),
    ],
)
def test_a_load_that_was_not_what_was_asked_says_so(facts: dict[str, float], kind: CaveatKind, word: str) -> None:
    assert load_caveats([sample(steady(100))]) == ()
    doubtful = sample(steady(100), **facts)
    (caveat,) = load_caveats([doubtful, doubtful])
    assert caveat.kind is kind and word in caveat.text
    found = estimate_load([doubtful], metric=Metric.LATENCY, statistic=Statistic.P50, confidence_ratio=0.95)
    assert caveat in found.caveats
