"""Time, resolution and planted sizes of an examination, on forks whose truth is known."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from boss_perf.judge.decision import DecisionRule, decide_time
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Pass, Reading, Sample, Series
from boss_perf.selftest.rates import (
    LiveGate,
    OtherRun,
    PairedTally,
    Rate,
    other_seconds,
    resolution,
    seconds_per_verdict,
    seen_change,
    smallest_change,
)
from boss_perf.selftest.report import render_gate_evidence

RULE = DecisionRule(margin_ratio=0.015, alpha=0.03, fork_limit=30)
WORKS = ("order", "copy")


def sample(work: str, number: int, ratio: float) -> Sample:
    def times(factor: float) -> tuple[int, ...]:
        return tuple(round(10_000_000 * factor) for _ in range(8))

    return Sample(
        workload=work, phase=Pass.PAIRS, fork=number, started_at=datetime(2026, 11, 23, tzinfo=UTC),
        arms=("base", "head"), calls_per_batch=1, order=(0,) * 4,
        series=tuple(
            Series(arm, reading, times(factor))
            for arm, factor in (("base", 1.0), ("head", ratio))
            for reading in (Reading.CPU_NS, Reading.WALL_NS)
        ),
    )  # fmt: skip


def trial(share: float, *, noise: float = 0.004, condition: str = "as found", seed: int = 1) -> LiveGate:
    rng = random.Random(f"{seed}{share}{condition}")
    samples = {
        work: tuple(sample(work, number, (1 + share) * math.exp(rng.gauss(0, noise))) for number in range(10))
        for work in WORKS
    }
    findings = {work: decide_time(forks, rule=RULE) for work, forks in samples.items()}
    return LiveGate(share=share, condition=condition, findings=findings, samples=samples, elapsed_s=20.0)


def test_time_is_per_piece_of_work_and_the_rival_runs_both_sides() -> None:
    run = OtherRun(condition="as found", mean_ns={"a": 1.0, "b": 1.0}, min_ns={"a": 1.0, "b": 1.0}, elapsed_s=3.0)
    assert seconds_per_verdict([trial(0.0)], share=0.0, condition="as found") == 10.0
    assert other_seconds([run], condition="as found") == 3.0
    assert math.isnan(other_seconds([run], condition="bursts"))


def test_a_planted_share_is_seen_as_what_it_is() -> None:
    assert seen_change([trial(0.05)], share=0.05, work="order") == pytest.approx(0.05, abs=0.005)
    assert math.isnan(seen_change([trial(0.05)], share=0.10, work="order"))


def test_the_intervals_hold_the_truth_and_are_wider_than_the_error() -> None:
    found = resolution([trial(0.0, seed=seed) for seed in range(40)], condition="as found")
    assert found.held.count == 80
    assert found.held.hits >= 0.95 * 80
    assert found.error < found.said < 0.01


def test_more_seconds_and_less_noise_show_smaller_changes() -> None:
    def smallest(noise: float, seconds: float) -> float:
        return smallest_change([trial(0.0, noise=noise)], condition="as found", works=WORKS, seconds=seconds, rule=RULE)

    assert smallest(0.004, 30) < smallest(0.004, 10) < smallest(0.012, 10)
    assert smallest(0.004, 1) == math.inf


def test_a_record_tells_every_figure_and_whether_the_gate_passed() -> None:
    trials = [trial(share, condition=condition) for share in (0.0, 0.10) for condition in ("as found", "bursts")]
    text, is_passed = render_gate_evidence(
        trials, rule=RULE, others=(), machine="a machine", disturbances=("quiet",), seed=1,
        pairs=PairedTally(Rate(0, 100), Rate(99, 100)), drawn_gates=3,
    )  # fmt: skip
    assert not is_passed, "ten forks that only look confirm nothing"
    assert "**0 of 2 live gates over equal trees raised a false alarm; +10% was found in 0 of 4;" in text
    assert "0 of 100 equal twins were called changed at the default margin, 99 of 100 with 5 % more work" in text
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines()]
    assert any(row[1:6] == ["2", "+10%", "bursts", "1", "0 of 2"] for row in rows), "fresh forks are still wanted"
    assert "nan" not in text, "what was not run says so"


def test_a_false_alarm_is_named_with_what_was_said_of_it() -> None:
    quiet, slower = trial(0.0), trial(0.10)
    work, finding = next(iter(slower.findings.items()))
    told = replace(finding, verdict=GateVerdict.SLOWER, reason="+2.0 % (+1.6 ... +2.4)")
    alarm = replace(quiet, findings={**quiet.findings, work: told})
    text, is_passed = render_gate_evidence(
        [alarm, slower], rule=RULE, others=(), machine="a machine", disturbances=(), seed=1, pairs=PairedTally(),
        drawn_gates=0,
    )  # fmt: skip
    assert not is_passed
    assert text.count("False alarm: ") == 1
    assert f"False alarm: {work}, as found: +2.0 % (+1.6 ... +2.4)." in text
