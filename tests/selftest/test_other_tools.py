"""The rules of other gates, held against scipy."""

import random
from types import ModuleType

import pytest

from boss_perf.selftest.other_tools import (
    factor_and_rank_rule,
    mann_whitney,
    relabelling_rule,
    student_rule,
)


@pytest.mark.parametrize("seed", range(20))
def test_mann_whitney_agrees_with_scipy(seed: int, stats: ModuleType) -> None:
    rng = random.Random(seed)
    base = [round(rng.gauss(100, 5), rng.choice((0, 3))) for _ in range(12)]
    head = [round(rng.gauss(103, 5), 1) for _ in range(15)]
    expected = stats.mannwhitneyu(base, head, method="asymptotic", use_continuity=True).pvalue
    assert mann_whitney(base, head) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_the_t_rule_agrees_with_scipy(seed: int, stats: ModuleType) -> None:
    rng = random.Random(seed)
    base = [rng.gauss(100, 5) for _ in range(20)]
    head = [rng.gauss(103, 5) for _ in range(20)]
    t, p = stats.ttest_ind(head, base)
    assert student_rule(base, head) is bool(t > 0 and p < 0.05)


def test_relabelling_asks_for_a_difference_beyond_the_floor_and_beyond_chance() -> None:
    rng = random.Random(1)
    base = [rng.gauss(100, 2) for _ in range(13)]
    assert relabelling_rule(base, [value * 1.2 for value in base], relabellings=1000)
    assert not relabelling_rule(base, [value * 1.1 for value in base], relabellings=1000)
    wild = [rng.choice((50.0, 100.0, 150.0)) for _ in range(13)]
    assert not relabelling_rule(wild, [value * 1.2 for value in wild[::-1]], relabellings=1000)


def test_the_other_rules_do_what_they_say() -> None:
    assert factor_and_rank_rule([100.0 + n / 10 for n in range(10)], [120.0 + n / 10 for n in range(10)])
    assert not factor_and_rank_rule([100.0 + n / 10 for n in range(10)], [101.0 + n / 10 for n in range(10)])
    assert mann_whitney([1.0] * 5, [1.0] * 5) == 1.0
