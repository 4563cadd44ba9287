"""Slow boiling is seen against the best level that several runs confirmed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.judge.promises.earlier_runs import floor_of, ratchet_caveats
from boss_perf.model.estimates import CaveatKind, Clock, Comparison, Estimate
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.targets import Budget, Change, Expectation, Location, RunPolicy, Section, Target
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Status, Verdict

START = datetime(2026, 11, 1, tzinfo=UTC)
POLICY = RunPolicy(margin_ratio=0.03, ratchet_after=3)
LATENCY = Budget(Metric.LATENCY, Statistic.MEAN, Comparator.BELOW, 200.0, Unit.NANOSECONDS, "mean < 200 ns")
RATE = Budget(Metric.THROUGHPUT, Statistic.MEAN, Comparator.ABOVE, 10.0, Unit.PER_SECOND, "throughput > 10 /s")
THROUGHPUT_CHANGE = Change(Metric.THROUGHPUT, 1.25, "throughput +25%")


def estimate(value: float, unit: Unit = Unit.NANOSECONDS, *, width: float = 0.01) -> Estimate:
    low, high = value * (1 - width), value * (1 + width)
    return Estimate(value=value, low=low, high=high, unit=unit, confidence_ratio=0.95, count=100, forks=5)


def record(
    value: float,
    day: int,
    *,
    machine: str = "m1",
    target: str = "t",
    unit: Unit = Unit.NANOSECONDS,
    promise: Expectation = LATENCY,
) -> VerdictRecord:
    figure = estimate(value, unit)
    return VerdictRecord(
        run_id=f"r{day}", evidence_run_id=f"r{day}", target_id=target, figure_of=figure_of(promise),
        verdict=Verdict.MET, status=Status.COMPLETED,
        reason="", judged_at=START + timedelta(days=day), measured_at=START + timedelta(days=day), machine=machine,
        unit=unit, value=figure.value, low=figure.low, high=figure.high,
    )  # fmt: skip


def relative(ratio: float, day: int) -> VerdictRecord:
    figure = estimate(ratio)
    return replace(
        record(100, day, promise=THROUGHPUT_CHANGE), ratio=ratio, ratio_low=figure.low, ratio_high=figure.high
    )


def judgement(expectation: Expectation, figure: Estimate, *, is_relative: bool = False) -> Judgement:
    comparison = Comparison(
        ratio=figure, baseline=estimate(1), candidate=estimate(1), clock=Clock.CPU, resolution_ratio=0.01, pairs=10,
        fork_log_ratios=(),
    )  # fmt: skip
    finding = Finding(
        expectation=expectation, verdict=Verdict.MET, reason="", estimate=None if is_relative else figure,
        comparison=comparison if is_relative else None,
    )  # fmt: skip
    evidence = Evidence(
        run_id="today", measured_at=START + timedelta(days=60), commit=None, is_dirty=False, machine="m1",
        machine_text="", forks=5, count=100,
    )  # fmt: skip
    target = Target(id="t", section=Section.BUDGETS, name="T", location=Location("targets.yaml", 1, 1))
    return Judgement(
        target=target, verdict=Verdict.MET, status=Status.COMPLETED, reason="", findings=(finding,), evidence=evidence
    )


BOILING = [record(100 * 1.02**day, day) for day in range(6)]


def test_slow_boiling_is_seen_although_each_step_is_below_the_margin() -> None:
    caveats = ratchet_caveats(BOILING, judgement(LATENCY, estimate(115)), policy=POLICY)
    assert [each.kind for each in caveats] == [CaveatKind.BELOW_BEST]
    assert "on 2026-11-03: 115 ns now" in caveats[0].text


def test_a_level_reached_once_or_twice_is_no_floor() -> None:
    lucky = [record(50, 1), record(50, 2), record(100, 3)]
    assert ratchet_caveats(lucky, judgement(LATENCY, estimate(101)), policy=POLICY) == ()
    assert ratchet_caveats(lucky[:2], judgement(LATENCY, estimate(500)), policy=POLICY) == ()


def test_an_interval_that_reaches_the_margin_says_nothing() -> None:
    assert ratchet_caveats(BOILING, judgement(LATENCY, estimate(115, width=0.2)), policy=POLICY) == ()


@pytest.mark.parametrize(
    "records",
    [
        [replace(each, machine="m2") for each in BOILING],
        [replace(each, evidence_run_id="today") for each in BOILING],
        [replace(each, evidence_run_id="r1") for each in BOILING],
        [replace(each, figure_of="p95 latency") for each in BOILING],
        [replace(each, figure_of="") for each in BOILING],
    ],
    ids=["other machine", "own run", "one run only", "other figure", "unknown figure"],
)
def test_what_does_not_compare_is_left_out(records: list[VerdictRecord]) -> None:
    assert ratchet_caveats(records, judgement(LATENCY, estimate(200)), policy=POLICY) == ()


def test_more_is_better_for_a_rate() -> None:
    rates = [record(100, day, unit=Unit.PER_SECOND, promise=RATE) for day in range(3)]
    assert ratchet_caveats(rates, judgement(RATE, estimate(90, Unit.PER_SECOND)), policy=POLICY)
    assert not ratchet_caveats(rates, judgement(RATE, estimate(110, Unit.PER_SECOND)), policy=POLICY)


def test_a_comparison_is_of_times_even_where_a_throughput_is_promised() -> None:
    records = [relative(0.5, day) for day in range(3)]
    assert ratchet_caveats(records, judgement(THROUGHPUT_CHANGE, estimate(0.6), is_relative=True), policy=POLICY)
    assert not ratchet_caveats(records, judgement(THROUGHPUT_CHANGE, estimate(0.4), is_relative=True), policy=POLICY)


def test_a_targets_own_margin_goes_first() -> None:
    today = judgement(LATENCY, estimate(115))
    wide = replace(today, target=replace(today.target, margin_ratio=0.5))
    assert ratchet_caveats(BOILING, wide, policy=POLICY) == ()


@given(st.lists(st.floats(1, 1e6), min_size=3, max_size=12), st.floats(1, 1e6))
def test_a_further_run_never_lowers_the_floor(values: list[float], further: float) -> None:
    records = [record(value, day) for day, value in enumerate(values)]
    before = floor_of(records, is_relative=False, is_higher_better=False, run_count=3)
    after = floor_of([*records, record(further, 99)], is_relative=False, is_higher_better=False, run_count=3)
    assert before is not None
    assert after is not None
    assert after.level <= before.level
