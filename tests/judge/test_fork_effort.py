"""How much of a whole fork the next one does."""

import math
from datetime import UTC, datetime

import pytest

from boss_perf.judge.decision import DecisionRule, Stage
from boss_perf.judge.fork_effort import FIRST_SHARE, LEAST_SHARE, MOST_SHARE, fork_share
from boss_perf.model.samples import Pass, Reading, Sample, Series

RULE = DecisionRule(margin_ratio=0.015, alpha=0.03, fork_limit=30)


def forks(*log_ratios: float, is_confirmation: bool = False) -> list[Sample]:
    def times(ratio: float) -> tuple[int, ...]:
        return tuple(round(10_000_000 * ratio) for _ in range(8))

    return [
        Sample(
            workload="t.py::test_x", phase=Pass.PAIRS, fork=number, started_at=datetime(2026, 11, 23, tzinfo=UTC),
            arms=("base", "head"), calls_per_batch=1, order=(0,) * 4, is_confirmation=is_confirmation,
            series=tuple(
                Series(arm, reading, times(ratio))
                for arm, ratio in (("base", 1.0), ("head", math.exp(log_ratio)))
                for reading in (Reading.CPU_NS, Reading.WALL_NS)
            ),
        )
        for number, log_ratio in enumerate(log_ratios)
    ]  # fmt: skip


def share(samples: list[Sample], stage: Stage, companions: int = 50) -> float:
    return fork_share(samples, stage=stage, rule=RULE, companions=companions)


def test_forks_look_lightly_until_twelve_could_not_decide() -> None:
    assert share([], Stage.SCREENING) == FIRST_SHARE
    assert share(forks(*[0.01, 0.02, 0.0] * 3), Stage.SCREENING) == FIRST_SHARE
    assert share(forks(*[0.01, 0.02, 0.0] * 4), Stage.SCREENING) == pytest.approx(1.0, abs=0.05)


def test_a_benchmark_left_alone_uses_the_fork_that_is_paid_for_anyway() -> None:
    assert share(forks(*[0.01, 0.02, 0.0] * 4), Stage.SCREENING, companions=1) == MOST_SHARE


def test_what_seems_slower_is_looked_at_as_hard_as_its_distance_from_the_line_asks() -> None:
    assert share(forks(0.30, 0.31, 0.30), Stage.SCREENING) == LEAST_SHARE
    assert share(forks(0.03, 0.04, 0.02), Stage.SCREENING) > 0.9
    assert share(forks(0.30, 0.31), Stage.SCREENING) == FIRST_SHARE


def test_what_seems_equal_is_never_looked_at_less() -> None:
    assert share(forks(-0.30, -0.31, -0.30), Stage.SCREENING) == FIRST_SHARE


def test_a_clear_finding_is_confirmed_cheaply_and_a_close_one_with_care() -> None:
    clear = share(forks(0.30, 0.31, 0.30, 0.29, 0.30), Stage.CONFIRMING)
    close = share(forks(0.03, 0.04, 0.02, 0.03, 0.035), Stage.CONFIRMING)
    assert clear == LEAST_SHARE
    assert close > 0.9


def test_only_the_forks_that_looked_say_how_hard_to_confirm() -> None:
    looked = forks(0.30, 0.31, 0.30, 0.29, 0.30)
    wild = forks(0.5, -0.5, is_confirmation=True)
    assert share(looked + wild, Stage.CONFIRMING) == share(looked, Stage.CONFIRMING)
