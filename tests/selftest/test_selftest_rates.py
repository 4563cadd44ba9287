"""What an examination counts, on forks whose truth is known."""

import random

import pytest

from boss_perf.judge.decision import DecisionRule, Position
from boss_perf.selftest.rates import OtherRun, Rate, draw_gates, point_rates, stored_rates

RULE = DecisionRule(margin_ratio=0.015, alpha=0.01, fork_limit=30)


def recorded(noise: float) -> list[float]:
    rng = random.Random(7)
    return [rng.gauss(0, noise) for _ in range(60)]


@pytest.mark.slow
def test_drawn_gates_find_what_is_there_and_nothing_else() -> None:
    quiet = recorded(0.006)
    assert draw_gates(quiet, share=0.0, rule=RULE, gates=100, seed=1)[Position.ABOVE] == 0
    slowed = draw_gates(quiet, share=0.05, rule=RULE, gates=100, seed=1)
    assert slowed[Position.ABOVE] > 97
    assert slowed[Position.BELOW] == 0


def test_the_same_seed_draws_the_same_gates() -> None:
    forks = recorded(0.01)
    assert draw_gates(forks, share=0.03, rule=RULE, gates=5, seed=3) == draw_gates(
        forks, share=0.03, rule=RULE, gates=5, seed=3
    )
    assert draw_gates([], share=0.03, rule=RULE, gates=5, seed=3).total() == 0


def run(mean: float, *, condition: str = "as found") -> OtherRun:
    return OtherRun(condition=condition, mean_ns={"w": mean}, min_ns={"w": 90.0}, elapsed_s=1.0)


def test_point_rules_are_counted_both_ways_between_neighbours() -> None:
    runs = [run(100), run(120), run(119)]
    assert point_rates(runs, share=0.0, condition="as found", is_mean=True) == Rate(1, 4)
    assert point_rates(runs, share=0.0, condition="as found", is_mean=False) == Rate(0, 4)
    assert point_rates(runs, share=0.10, condition="as found", is_mean=False) == Rate(4, 4)


def test_a_stored_number_meets_later_runs() -> None:
    assert stored_rates([run(100), run(150, condition="bursts"), run(105, condition="bursts")], share=0.0) == Rate(1, 2)
