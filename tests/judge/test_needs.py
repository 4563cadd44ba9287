"""What is measured further, what is confirmed, and what is given up."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from boss_perf.judge.decision import GATE_FORKS, HOPELESS_FORKS, DecisionRule, Need, is_hopeless
from boss_perf.judge.memory_decision import MEMORY_FORK_LIMIT, decide_memory
from boss_perf.judge.needs import (
    affordable,
    gate_need,
    likely_missing,
    promise_need,
)
from boss_perf.model.samples import Pass, Reading, Sample, Series
from boss_perf.model.verdicts import Verdict
from boss_perf.stats.sequential import Errors, forks_needed, interval

RULE = DecisionRule(margin_ratio=0.015, alpha=0.03, fork_limit=30)


def sample(phase: Pass, fork: int, values: dict[Reading, tuple[int, int]], *, is_fresh: bool = False) -> Sample:
    return Sample(
        workload="t.py::t", phase=phase, fork=fork, started_at=datetime(2026, 11, 28, tzinfo=UTC),
        arms=("base", "head"), order=(0,) * 4, is_confirmation=is_fresh,
        series=tuple(
            Series(arm, reading, (value,) * (8 if phase is Pass.PAIRS else 1))
            for reading, pair in values.items()
            for arm, value in zip(("base", "head"), pair, strict=True)
        ),
    )  # fmt: skip


def timed(*log_ratios: float, is_fresh: bool = False) -> list[Sample]:
    clocks = (Reading.CPU_NS, Reading.WALL_NS)
    pairs = [(10**7, round(10**7 * math.exp(each))) for each in log_ratios]
    return [sample(Pass.PAIRS, fork, dict.fromkeys(clocks, pair), is_fresh=is_fresh) for fork, pair in enumerate(pairs)]


def traced(*heads: int, is_fresh: bool = False) -> list[Sample]:
    return [
        sample(Pass.MEMORY, fork, {Reading.PEAK_BYTES: (1_000_000, head)}, is_fresh=is_fresh)
        for fork, head in enumerate(heads)
    ]


def test_time_is_looked_at_until_it_is_decided_and_confirmed_before_it_accuses() -> None:
    assert gate_need([], rule=RULE) is Need.MORE
    assert gate_need(timed(0.0, 0.001, -0.001, 0.0005, -0.0005, 0.0), rule=RULE) is Need.NOTHING
    slower = timed(0.30, 0.31, 0.30, 0.29, 0.305, 0.30)
    assert gate_need(slower, rule=RULE) is Need.FRESH
    again = timed(0.30, 0.31, 0.30, 0.29, 0.305, 0.30, is_fresh=True)
    assert gate_need([*slower, *again], rule=RULE) is Need.NOTHING


def test_what_three_times_the_forks_would_not_decide_is_given_up() -> None:
    wild = timed(*([0.5, -0.47] * HOPELESS_FORKS)[:HOPELESS_FORKS])
    assert gate_need(wild[:-1], rule=RULE) is Need.MORE
    assert gate_need(wild, rule=RULE) is Need.NOTHING
    assert gate_need(wild, rule=replace(RULE, fork_limit=GATE_FORKS)) is Need.MORE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "errors", "most_ratio"),
    [(30, Errors(above=0.01 / 121, below=0.01), 0.01), (GATE_FORKS, Errors(above=0.03, below=0.05), 0.03)],
    ids=["promises of a suite", "a gate"],
)
def test_what_is_given_up_would_hardly_ever_have_been_decided(limit: int, errors: Errors, most_ratio: float) -> None:
    rng, seen, given_up, decided = random.Random(3), limit // 2, 0, 0
    for _ in range(900):
        offset = rng.uniform(-1, 1)
        forks = [0.03 * rng.gauss(offset, 1) for _ in range(limit)]
        ends = [interval(forks[:count], errors=errors, fork_limit=limit) for count in (seen, limit)]
        needed = forks_needed(forks[:seen], line_log=0.0, errors=errors, fork_limit=limit)
        missing = None if needed is None else needed - seen
        if ends[0].low <= 0 <= ends[0].high and is_hopeless(seen, missing, fork_limit=limit):
            given_up += 1
            decided += not ends[1].low <= 0 <= ends[1].high
    assert given_up > 150
    assert decided / given_up <= most_ratio


@pytest.mark.parametrize(
    ("found", "fresh", "need"),
    [
        ((1_000_000,), (), Need.NOTHING),
        ((1_000_008,), (), Need.MORE),
        ((1_000_008, 1_000_008), (), Need.NOTHING),
        ((1_100_000, 1_100_000), (), Need.FRESH),
        ((1_100_000, 1_100_000), (1_100_000,), Need.NOTHING),
        ((1_100_000, 900_000), (), Need.MORE),
        ((1_100_000, 900_000) * (MEMORY_FORK_LIMIT // 2), (), Need.NOTHING),
    ],
)
def test_memory_forks_that_differ_take_more_and_an_accusation_takes_fresh_ones(
    found: tuple[int, ...], fresh: tuple[int, ...], need: Need
) -> None:
    samples = [*traced(*found), *traced(*fresh, is_fresh=True)]
    assert decide_memory(samples, rule=RULE, margin_ratio=0.01).need is need


def judge_by(first: Verdict, second: Verdict) -> object:
    """The finding forks say the first, the fresh ones, looked at by themselves, the second."""

    def judge(samples: list[Sample]) -> Verdict:
        assert not any(each.is_confirmation for each in samples)
        return first if samples[0].calls_per_batch == 1 else second

    return judge


@pytest.mark.parametrize(
    ("first", "second", "fresh_count", "need"),
    [
        (Verdict.MET, Verdict.MET, 0, Need.NOTHING),
        (Verdict.UNDECIDED, Verdict.MET, 0, Need.MORE),
        (Verdict.MISSED, Verdict.UNDECIDED, 0, Need.FRESH),
        (Verdict.MISSED, Verdict.MISSED, 4, Need.FRESH),
        (Verdict.MISSED, Verdict.MISSED, 5, Need.NOTHING),
        (Verdict.MISSED, Verdict.UNDECIDED, 5, Need.FRESH),
        (Verdict.MISSED, Verdict.MET, 5, Need.NOTHING),
        (Verdict.MISSED, Verdict.UNDECIDED, 30, Need.NOTHING),
    ],
)
def test_a_missed_promise_is_confirmed_by_fresh_forks(
    first: Verdict, second: Verdict, fresh_count: int, need: Need
) -> None:
    found = timed(*[0.0] * 5)
    fresh = [replace(each, calls_per_batch=2) for each in timed(*[0.0] * fresh_count, is_fresh=True)]
    judge = judge_by(first, second)
    assert promise_need([*found, *fresh], judge=judge, least_forks=5, fork_limit=30) is need  # type: ignore[arg-type]


def test_the_cheapest_are_decided_first_and_none_starves_the_others() -> None:
    costs = {"long": 500.0, "short": 1.0, "middle": 20.0, "never": math.inf, "new": 0.0}
    assert affordable(costs, left_s=100) == {"short", "middle", "new"}
    too_long = {"long": 500.0, "as long": 900.0, "longer": 1100.0, "never": math.inf}
    assert affordable(too_long, left_s=100) == {"long", "as long"}
    assert affordable({"this": math.inf, "that": math.inf}, left_s=100) == {"this", "that"}


@pytest.mark.parametrize(
    ("forks", "missing", "likely"),
    [(0, 4, 8), (1, 3, 7), (3, 1, 5), (2, 20, 20), (4, 1, 1), (9, 3, 3), (2, None, None), (1, 0, 0)],
)
def test_forks_that_cannot_decide_yet_promise_no_early_decision(
    forks: int, missing: int | None, likely: int | None
) -> None:
    assert likely_missing(forks, missing) == likely
