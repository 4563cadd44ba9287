"""When two trees are slower, not slower or undecided: simulated forks with a known truth."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from boss_perf.judge.decision import (
    DecisionRule,
    Need,
    decide_time,
    stage_alpha,
)
from boss_perf.judge.memory_decision import decide_memory
from boss_perf.model.estimates import Clock
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Pass, Reading, Sample, Series

RULE = DecisionRule(margin_ratio=0.015, alpha=stage_alpha(0.01, 8), fork_limit=30)
NOISE = 0.008


def fork(ratio: float, number: int, *, is_confirmation: bool = False) -> Sample:
    base = tuple(2_500_000 for _ in range(16))
    head = tuple(round(2_500_000 * ratio) for _ in range(16))
    return Sample(
        workload="t.py::test_x", phase=Pass.PAIRS, fork=number, started_at=datetime(2026, 11, 23, tzinfo=UTC),
        arms=("base", "head"), calls_per_batch=10, order=(0,) * 8, is_confirmation=is_confirmation,
        series=tuple(
            Series(arm, reading, values)
            for arm, values in (("base", base), ("head", head))
            for reading in (Reading.CPU_NS, Reading.WALL_NS)
        ),
    )  # fmt: skip


def gate(effect: float, draw: Callable[[], float]) -> GateVerdict:
    """A whole gate as the session runs it: looking, then confirming with fresh forks."""
    samples: list[Sample] = []
    while True:
        finding = decide_time(samples, rule=RULE)
        if finding.need is Need.NOTHING:
            return finding.verdict
        is_confirmation = finding.need is Need.FRESH
        samples.append(fork((1 + effect) * math.exp(draw()), len(samples), is_confirmation=is_confirmation))


@pytest.mark.slow
@pytest.mark.parametrize("heavy", [False, True], ids=["normal", "heavy tails"])
def test_equal_code_is_never_called_slower_and_mostly_decided(heavy: bool) -> None:
    rng = random.Random(1)

    def draw() -> float:
        value = rng.gauss(0, NOISE)
        return value * 4 if heavy and rng.random() < 0.1 else value

    verdicts = [gate(0.0, draw) for _ in range(300)]
    assert GateVerdict.SLOWER not in verdicts
    assert sum(each is GateVerdict.NOT_SLOWER for each in verdicts) > 240


@pytest.mark.slow
def test_three_per_cent_is_found_and_never_let_through() -> None:
    rng = random.Random(2)
    verdicts = [gate(0.03, lambda: rng.gauss(0, NOISE)) for _ in range(200)]
    assert sum(each is GateVerdict.SLOWER for each in verdicts) >= 190
    assert sum(each.opens for each in verdicts) <= 2


@pytest.mark.slow
def test_forks_that_look_lightly_at_first_cost_no_wrong_verdict() -> None:
    rng = random.Random(4)
    spreads: Iterator[float] = iter(())

    def fresh_spreads() -> Iterator[float]:
        yield from (NOISE * math.sqrt(2) for _ in range(5))
        while True:
            yield NOISE

    def gated(effect: float) -> GateVerdict:
        nonlocal spreads
        spreads = fresh_spreads()
        return gate(effect, lambda: rng.gauss(0, next(spreads)))

    at_line = [gated(RULE.margin_ratio) for _ in range(200)]
    assert sum(each is GateVerdict.SLOWER for each in at_line) <= 2
    assert GateVerdict.SLOWER not in [gated(0.0) for _ in range(100)]
    assert sum(gated(0.03) is GateVerdict.SLOWER for _ in range(100)) >= 95


@pytest.mark.slow
def test_an_effect_at_the_line_is_called_at_most_as_often_as_promised() -> None:
    rng = random.Random(3)
    effect = RULE.margin_ratio
    verdicts = [gate(effect, lambda: rng.gauss(0, NOISE)) for _ in range(300)]
    assert sum(each is GateVerdict.SLOWER for each in verdicts) <= 3


def paying_late(number: int, *, times: float, is_confirmation: bool = False, clock: Clock = Clock.CPU) -> Sample:
    """A fork in which one of 16 batches takes so many times as long, in head alone."""
    sample = fork(1.0 + number / 10_000, number, is_confirmation=is_confirmation)
    series = tuple(
        replace(each, values=(*each.values[:-1], round(each.values[-1] * times))) if each.arm == "head" else each
        for each in sample.series
    )
    return replace(sample, series=series, is_waiting=clock is Clock.WALL)


def test_what_few_calls_pay_for_the_others_is_found_over_all_of_them() -> None:
    found = [paying_late(number, times=5.0) for number in range(5)]
    first = decide_time(found, rule=RULE)
    assert (first.verdict, first.need) == (GateVerdict.UNDECIDED, Need.FRESH)
    again = [paying_late(number, times=5.0, is_confirmation=True) for number in range(5, 10)]
    finding = decide_time(found + again, rule=RULE)
    assert finding.verdict is GateVerdict.SLOWER
    assert "over all calls together" in finding.reason
    waiting = [replace(each, is_waiting=True) for each in again]
    assert decide_time(found + waiting, rule=RULE).comparison.clock is Clock.CPU
    others = [fork(1.0, number, is_confirmation=True) for number in range(5, 10)]
    assert decide_time(found + others, rule=RULE).verdict is GateVerdict.NOT_SLOWER


def test_a_few_slow_calls_that_differ_from_fork_to_fork_take_more_forks() -> None:
    found = [paying_late(number, times=times) for number, times in enumerate([3.0, 9.0, 4.0, 10.0])]
    first = decide_time(found, rule=RULE)
    assert (first.verdict, first.need, first.is_below_ceiling) == (GateVerdict.UNDECIDED, Need.MORE, False)
    assert "over all calls together" in first.reason
    calm = [fork(1.0 + number / 10_000, number) for number in range(4, 14)]
    assert decide_time(found + calm, rule=RULE).verdict is GateVerdict.NOT_SLOWER


def test_a_few_slow_calls_below_the_ceiling_or_on_the_wall_clock_accuse_nobody() -> None:
    for times, clock in ((2.0, Clock.CPU), (5.0, Clock.WALL)):
        samples = [paying_late(number, times=times, clock=clock) for number in range(5)]
        assert decide_time(samples, rule=RULE).verdict is GateVerdict.NOT_SLOWER
    odd = [fork(1.0 + number / 10_000, number) for number in range(5)]
    assert decide_time([*odd, paying_late(5, times=20.0)], rule=RULE).verdict is GateVerdict.NOT_SLOWER


def test_a_finding_is_not_red_before_fresh_forks_show_it_again() -> None:
    found = [fork(1.2 + number / 1000, number) for number in range(5)]
    assert decide_time(found, rule=RULE).need is Need.FRESH
    assert decide_time(found, rule=RULE).verdict is GateVerdict.UNDECIDED
    again = [fork(1.19 + number / 1000, number, is_confirmation=True) for number in range(5, 10)]
    finding = decide_time(found + again, rule=RULE)
    assert (finding.verdict, finding.is_confirmed) == (GateVerdict.SLOWER, True)


def test_a_finding_that_does_not_come_back_is_let_go() -> None:
    found = [fork(1.2 + number / 1000, number) for number in range(5)]
    again = [fork(1.0 + number / 10000, number, is_confirmation=True) for number in range(5, 10)]
    finding = decide_time(found + again, rule=RULE)
    assert finding.verdict is GateVerdict.NOT_SLOWER
    assert "not confirmed" in finding.reason


def test_an_improvement_is_faster() -> None:
    assert decide_time([fork(0.8 + n / 1000, n) for n in range(5)], rule=RULE).verdict is GateVerdict.FASTER


@pytest.mark.parametrize(
    ("ratios", "why"),
    [
        ([1.0], "1 fork, 4 are the least to decide"),
        ([1.0, 1.0], "2 forks, 4 are the least to decide"),
        ([0.86, 1.15, 0.88, 1.16, 1.01], "too close to the line at +1.5 %"),
        ([0.99, 1.03, 0.98, 1.03, 1.02], "too close to the line at +1.5 %, but below +10 %"),
    ],
)
def test_an_undecided_reason_tells_too_few_forks_from_too_close(ratios: list[float], why: str) -> None:
    finding = decide_time([fork(ratio, number) for number, ratio in enumerate(ratios)], rule=RULE)
    assert finding.verdict is GateVerdict.UNDECIDED
    assert finding.reason.endswith(f": {why}")


def test_nothing_measured_decides_nothing() -> None:
    finding = decide_time([], rule=RULE)
    assert (finding.need, finding.verdict) == (Need.MORE, GateVerdict.UNDECIDED)


@pytest.mark.parametrize(
    ("peaks", "verdict"),
    [
        (((100_000, 100_000), (100_000, 100_000)), GateVerdict.NOT_SLOWER),
        (((100_000, 120_000), (100_000, 120_000)), GateVerdict.UNDECIDED),
        (((100_000, 120_000), (100_000, 120_000), (100_000, 120_000)), GateVerdict.SLOWER),
        (((100_000, 120_000), (100_000, 120_000), (100_000, 100_000)), GateVerdict.UNDECIDED),
        (((100_000, 120_000), (100_000, 90_000), *((100_000, 150_000 + n) for n in range(4))), GateVerdict.UNDECIDED),
        (((100_000, 120_000), *((100_000, 100_000 + n) for n in range(5))), GateVerdict.NOT_SLOWER),
        (((100_000, 80_000), (100_000, 80_000)), GateVerdict.FASTER),
        (((100_000, 120_000), (100_000, 100_000)), GateVerdict.UNDECIDED),
        (((1_000, 2_000), (1_000, 2_000)), GateVerdict.NOT_SLOWER),
    ],
)
def test_memory_is_judged_on_exact_peaks(peaks: tuple[tuple[int, int], ...], verdict: GateVerdict) -> None:
    assert decide_memory(_memory_samples(*peaks), rule=RULE, margin_ratio=0.01).verdict is verdict


def test_one_fork_whose_peaks_differ_says_that_it_is_not_enough() -> None:
    seen = decide_memory(_memory_samples((100_000, 100_001)), rule=RULE, margin_ratio=0.01)
    assert (seen.verdict, seen.need) == (GateVerdict.UNDECIDED, Need.MORE)
    assert str(seen.reason).endswith("in 1 fork, 2 are the least to decide")


def _memory_samples(*peaks: tuple[int, int]) -> list[Sample]:
    return [
        Sample(
            workload="t.py::test_x", phase=Pass.MEMORY, fork=number, started_at=datetime(2026, 11, 23, tzinfo=UTC),
            arms=("base", "head"),
            series=(Series("base", Reading.PEAK_BYTES, (base,)), Series("head", Reading.PEAK_BYTES, (head,))),
        )
        for number, (base, head) in enumerate(peaks)
    ]  # fmt: skip


def test_two_stages_keep_the_suites_budget() -> None:
    for count in (1, 8, 50, 1000):
        assert stage_alpha(0.01, count) ** 2 * count <= 0.01 + 1e-12


@pytest.mark.parametrize(("ceiling", "is_below"), [(0.10, True), (0.02, False)])
def test_what_stays_undecided_says_whether_it_is_below_the_ceiling(ceiling: float, is_below: bool) -> None:
    rule = replace(RULE, ceiling_ratio=ceiling)
    samples = [fork(ratio, number) for number, ratio in enumerate([0.99, 1.03, 0.98, 1.03, 1.02])]
    finding = decide_time(samples, rule=rule)
    assert (finding.verdict, finding.is_below_ceiling) == (GateVerdict.UNDECIDED, is_below)
    assert not decide_time(samples[:3], rule=rule).is_below_ceiling


def test_no_ceiling_excuses_what_was_found_slower_once() -> None:
    found = [fork(1.03 + number / 10_000, number) for number in range(4)]
    finding = decide_time(found, rule=RULE)
    assert (finding.need, finding.is_below_ceiling) == (Need.FRESH, False)
    again = [fork(ratio, 4 + number, is_confirmation=True) for number, ratio in enumerate([1.0, 1.02, 1.01, 1.03])]
    assert not decide_time(found + again, rule=RULE).is_below_ceiling


def test_faster_is_pursued_where_it_is_asked_for() -> None:
    samples = [fork(ratio, number) for number, ratio in enumerate([0.970, 0.990, 0.968, 0.975])]
    assert decide_time(samples, rule=RULE).need is Need.NOTHING
    pursuing = replace(RULE, pursues_faster=True)
    finding = decide_time(samples, rule=pursuing)
    assert (finding.need, finding.verdict) == (Need.MORE, GateVerdict.NOT_SLOWER)
    more = [fork(0.97 + number / 10_000, number) for number in range(4, 12)]
    assert decide_time(samples + more, rule=pursuing).verdict is GateVerdict.FASTER
    level = [fork(1 + number / 10_000, number) for number in range(4)]
    assert decide_time(level, rule=pursuing).need is Need.NOTHING


@pytest.mark.parametrize("change", [1.0, 1.0155, 1.02, 0.9])
def test_the_interval_that_is_shown_is_the_one_that_decided(change: float) -> None:
    rng = random.Random(5)
    samples = [fork(change * math.exp(rng.gauss(0, 0.0002)), number) for number in range(4)]
    samples += [
        fork(change * math.exp(rng.gauss(0, 0.0002)), 4 + number, is_confirmation=True) for number in range(4)
    ] if change > 1 else []  # fmt: skip
    finding = decide_time(samples, rule=RULE)
    ratio = finding.comparison.ratio if finding.comparison else None
    assert ratio is not None
    match finding.verdict:
        case GateVerdict.SLOWER:
            assert ratio.low > RULE.line_ratio
        case GateVerdict.NOT_SLOWER:
            assert ratio.high < RULE.line_ratio
        case GateVerdict.FASTER:
            assert ratio.high < 1 / RULE.line_ratio
    if change == 1.0155:
        assert "+1.5 " not in finding.reason.split(")")[0]
