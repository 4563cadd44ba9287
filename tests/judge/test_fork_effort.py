"""How much of a whole fork the next one does."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from boss_perf.judge.decision import DecisionRule
from boss_perf.judge.fork_effort import (
    FIRST_S,
    LEAST_SHARE,
    MOST_SHARE,
    TURNING_S,
    WHOLE_FORK_S,
    fork_share,
    turning_s,
    work_s,
)
from boss_perf.model.estimates import Clock
from boss_perf.model.samples import Pass, Reading, Sample, Series

RULE = DecisionRule(margin_ratio=0.015, alpha=0.03, fork_limit=30)
BATCH_NS = 500_000


def forks(
    *centres: float, within: float = 0.02, pairs: int = 120, seed: int = 1, is_confirmation: bool = False
) -> list[Sample]:
    """Forks around these centres whose pairs scatter by `within`; each looks for 0.12 s."""
    rng = random.Random(seed)
    samples = []
    for number, centre in enumerate(centres):
        head = tuple(round(BATCH_NS * math.exp(rng.gauss(centre, within))) for _ in range(pairs))
        times = {"base": (BATCH_NS,) * pairs, "head": head}
        samples.append(
            Sample(
                workload="t.py::test_x", phase=Pass.PAIRS, fork=number, started_at=datetime(2026, 11, 23, tzinfo=UTC),
                arms=("base", "head"), calls_per_batch=1, order=(0,) * (pairs // 2), is_confirmation=is_confirmation,
                series=tuple(
                    Series(arm, reading, values)
                    for arm, values in times.items()
                    for reading in (Reading.CPU_NS, Reading.WALL_NS)
                ),
            )
        )  # fmt: skip
    return samples


def share(samples: list[Sample], overhead_s: float = 0.05, most_s: float = math.inf) -> float:
    return fork_share(samples, rule=RULE, overhead_s=overhead_s, most_s=most_s)


def test_the_first_fork_is_long_enough_to_show_a_drift_and_the_next_are_light() -> None:
    assert share([]) == FIRST_S / WHOLE_FORK_S
    assert share(forks(0.0)) == pytest.approx(math.sqrt(0.05 * TURNING_S) / WHOLE_FORK_S)


def test_what_starts_at_great_cost_looks_longer() -> None:
    assert share(forks(0.0), overhead_s=0.8) == pytest.approx(4 * share(forks(0.0), overhead_s=0.05))


def test_where_forks_differ_they_are_light_and_where_a_fork_scatters_within_itself_it_looks_long() -> None:
    rng = random.Random(3)
    between = forks(*[rng.gauss(0, 0.05) for _ in range(12)], within=0.01)
    inside = forks(*[0.0] * 12, within=0.10)
    assert share(between) < 0.5 * share(inside)
    assert LEAST_SHARE <= share(between) <= share(inside) <= MOST_SHARE


def test_the_turning_point_is_where_both_parts_are_alike() -> None:
    """Centres scatter by 1 % beside what the pairs explain, which is 5 % over the square root of 118 pairs."""
    rng = random.Random(7)
    samples = forks(*[rng.gauss(0, 0.01) for _ in range(200)], within=0.05, seed=2)
    expected_s = math.pi / 3 * 0.05**2 / 118 * work_s(samples[0]) / 0.01**2
    assert turning_s(samples, clock=Clock.CPU) == pytest.approx(expected_s, rel=0.35)


def test_what_a_collection_adds_to_some_of_few_calls_asks_for_a_longer_look() -> None:
    rng = random.Random(7)
    samples = []
    for number in range(12):
        times = tuple(round(BATCH_NS * (1.6 if rng.random() < 0.15 else 1)) for _ in range(12))
        steady = forks(0.0, within=0.001, pairs=20, seed=number)[0]
        series = tuple(replace(each, values=times) if each.arm == "head" else each for each in steady.series)
        samples.append(replace(steady, series=series))
    between = forks(*[rng.gauss(0, 0.03) for _ in range(12)], within=0.001, pairs=20)
    assert turning_s(samples, clock=Clock.CPU) > 3 * turning_s(between, clock=Clock.CPU)


def test_the_time_that_is_left_makes_a_look_half_as_long_at_most() -> None:
    assert share(forks(0.0), most_s=0.06) == pytest.approx(0.06 / WHOLE_FORK_S)
    assert share(forks(0.0), most_s=-3) == pytest.approx(share(forks(0.0)) / 2)


def test_a_clear_finding_is_confirmed_cheaply() -> None:
    assert share(forks(0.30, 0.31, 0.30, 0.29, 0.30)) == LEAST_SHARE
    assert share(forks(0.02, 0.05, 0.0, 0.03, 0.04), overhead_s=0.3) > 2 * LEAST_SHARE


def test_only_the_forks_that_found_say_how_hard_to_look() -> None:
    found = forks(0.30, 0.31, 0.30, 0.29, 0.30)
    wild = forks(0.5, -0.5, is_confirmation=True)
    assert share(found + wild) == share(found)
