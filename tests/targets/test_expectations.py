import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.targets import Budget, Change, Evidenced
from boss_perf.model.units import Unit
from boss_perf.targets.diagnostics import ParseError
from boss_perf.targets.expectations import EXAMPLES, parse_expectation


@pytest.mark.parametrize(
    ("text", "metric", "statistic", "comparator", "bound", "unit", "fact"),
    [
        ("p95 < 50 ms", Metric.LATENCY, Statistic.P95, Comparator.BELOW, 50e6, Unit.NANOSECONDS, None),
        ("mean<5ms", Metric.LATENCY, Statistic.MEAN, Comparator.BELOW, 5e6, Unit.NANOSECONDS, None),
        ("p99.9 ≤ 1 s", Metric.LATENCY, Statistic.P999, Comparator.AT_MOST, 1e9, Unit.NANOSECONDS, None),
        ("p95 latency < 2 us", Metric.LATENCY, Statistic.P95, Comparator.BELOW, 2e3, Unit.NANOSECONDS, None),
        ("throughput > 500 /s", Metric.THROUGHPUT, Statistic.MEAN, Comparator.ABOVE, 500, Unit.PER_SECOND, None),
        ("peak_memory < 10 MB", Metric.PEAK_MEMORY, Statistic.MEAN, Comparator.BELOW, 10e6, Unit.BYTES, None),
        ("allocations <= 1000", Metric.ALLOCATIONS, Statistic.MEAN, Comparator.AT_MOST, 1000, Unit.COUNT, None),
        ("failures < 1%", Metric.FAILURES, Statistic.MEAN, Comparator.BELOW, 0.01, Unit.RATIO, None),
        ("failures <= 0", Metric.FAILURES, Statistic.MEAN, Comparator.AT_MOST, 0, Unit.RATIO, None),
        ("recall >= 0.95", Metric.FACT, Statistic.MEAN, Comparator.AT_LEAST, 0.95, Unit.RATIO, "recall"),
        ("hit_ratio >= 75%", Metric.FACT, Statistic.MEAN, Comparator.AT_LEAST, 0.75, Unit.RATIO, "hit_ratio"),
        ("eviction_count < 3", Metric.FACT, Statistic.MEAN, Comparator.BELOW, 3, Unit.COUNT, "eviction_count"),
    ],
)
def test_budgets(text, metric, statistic, comparator, bound, unit, fact):
    budget = parse_expectation(text)
    assert isinstance(budget, Budget)
    assert (budget.metric, budget.statistic, budget.comparator) == (metric, statistic, comparator)
    assert (budget.bound, budget.unit, budget.fact) == (pytest.approx(bound), unit, fact)


@pytest.mark.parametrize(
    ("text", "metric", "limit_ratio"),
    [
        ("latency -60%", Metric.LATENCY, 0.4),
        ("latency − 60 %", Metric.LATENCY, 0.4),
        ("peak_memory -30%", Metric.PEAK_MEMORY, 0.7),
        ("throughput +25%", Metric.THROUGHPUT, 1.25),
        ("throughput +900%", Metric.THROUGHPUT, 10.0),
        ("latency <= 1.5x", Metric.LATENCY, 1.5),
        ("throughput >= 10 x", Metric.THROUGHPUT, 10.0),
    ],
)
def test_changes(text, metric, limit_ratio):
    change = parse_expectation(text)
    assert isinstance(change, Change)
    assert (change.metric, change.limit_ratio) == (metric, pytest.approx(limit_ratio))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("evidence of a gate run", "gate"),
        ("evidence of a benchmark run", "bench"),
        ("evidence of a rendered dashboard", "dashboard"),
        ("evidence of a provisioned dashboard", "provisioned dashboard"),
        ("evidence of a distributed load run", "distributed load"),
        ("evidence of a memory_profiler run", "memory_profiler"),
    ],
)
def test_evidence_of_runs(text, kind):
    assert parse_expectation(text) == Evidenced(kind, text)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("latencyy -60%", 'unknown metric "latencyy"', 'did you mean "latency"?'),
        ("throughputt > 5 /s", 'unknown metric "throughputt"', 'did you mean "throughput"?'),
        ("recal >= 0.9", 'unknown metric "recal"', 'did you mean "recall"?'),
        ("average < 5 ms", 'unknown metric "average"', 'did you mean "mean"?'),
        ("p96 < 5 ms", 'unknown statistic "p96"', 'did you mean "p95"?'),
        ("p95 < 5 mss", "unknown unit 'mss'", 'did you mean "ms"?'),
        ("p95 < 50", "the number 50 has no unit", "50 ms"),
        ("p95 < 50 MB", "50 MB is a size, expected a time", "known units: ns, us, ms"),
        ("p95 < 50%", "50% is a percentage, expected a time", "latency -50%"),
        ("latency < 50 ms", "which latency?", "p95 < 50 ms"),
        ("p95 < -5 ms", "-5 ms is negative", "zero or more"),
        ("p95 < 0 ms", "nothing is below 0 ms", "above zero"),
        ("p95 < 1e999 s", "too large", None),
        ("p95 > 50 ms", "bounds the wrong side", "p95 < 50 ms"),
        ("throughput < 5 /s", "bounds the wrong side", "throughput > 5 /s"),
        ("latency +60%", "an increase of latency is no improvement", "latency -60%"),
        ("throughput -5%", "a decrease of throughput is no improvement", "throughput +5%"),
        ("latency -0%", "0% promises nothing", "latency -10%"),
        ("latency -100%", "leaves nothing", "-99%"),
        ("p95 -30%", '"p95" has no relative form', "latency -60%"),
        ("failures -50%", '"failures" has no relative form', "failures < 1%"),
        ("failures < 5", "the number 5 has no unit", "5 %"),
        ("recall >= 5 ms", '"recall" is no metric', "bare number"),
        ("evidence of a gates run", 'unknown kind of run "gates"', 'did you mean "gate"?'),
        ("fast enough", 'not an expectation: "fast enough"', "p95 < 50 ms"),
        ("", "not an expectation", "p95 < 50 ms"),
        ("throughput >= 0x", "leaves nothing", "1.5x"),
        ("p95 throughput > 5 /s", "is not one metric", "p95 < 50 ms"),
    ],
)
def test_mistakes_say_what_was_meant(text, message, hint):
    with pytest.raises(ParseError) as caught:
        parse_expectation(text)
    assert message in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_that_hints_give_are_right(text):
    assert parse_expectation(text).text == text


@given(st.text(max_size=40))
def test_any_text_is_read_or_misread(text):
    try:
        expectation = parse_expectation(text)
    except ParseError as error:
        assert error.message
    else:
        assert expectation.text


@given(st.floats(0.01, 99.99), st.sampled_from(["latency", "peak_memory", "retained_memory", "allocations"]))
def test_a_reduction_is_what_is_left(percent, metric):
    change = parse_expectation(f"{metric} -{percent:.2f}%")
    assert isinstance(change, Change)
    assert math.isclose(change.limit_ratio, 1 - round(percent, 2) / 100, rel_tol=1e-9)
