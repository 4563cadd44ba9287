"""In which order two arms are asked for their batches, how many, and what is left out of the clock."""

import random
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from boss_perf.measure.arms import Arm
from boss_perf.measure.passes import PAIRS_NS, SLOW_BATCH_NS, Effort, measure_pairs, take_quads, warm_both
from boss_perf.model.samples import Pass, Sample


class Asked:
    """A link that notes the orders of one arm and answers with times that tell them apart."""

    process = None

    def __init__(self, log: list[tuple[str, dict[str, Any]]], side: str) -> None:
        self._log, self._side, self._next = log, side, 0

    def order(self, *, timeout_s: float, **order: Any) -> dict[str, Any]:
        self._log.append((self._side, order))
        times = list(range(self._next, self._next + order["count"]))
        self._next += order["count"]
        return {"cpu_ns": times, "wall_ns": times}


def orders(calls: int) -> list[tuple[str, dict[str, Any]]]:
    log: list[tuple[str, dict[str, Any]]] = []
    arms = tuple(Arm(Asked(log, side), 0, side, timeout_s=1) for side in "ab")  # type: ignore[arg-type]
    order, taken = take_quads((arms[0], arms[1]), calls=calls, quads=50, rng=random.Random(7))
    assert len(order) == 50
    assert [[each[0] for each in side] for side in taken] == [list(range(100))] * 2
    return log


def test_neighbouring_batches_of_an_arm_are_one_order() -> None:
    log = orders(100)
    assert all(before[0] != after[0] for before, after in pairwise(log))
    assert {each["count"] for _, each in log} == {1, 2}


@pytest.mark.parametrize(("calls", "lead"), [(1, 0), (2, 1), (10, 1), (11, 2), (1000, 100)])
def test_a_tenth_of_a_batch_leads_in_unless_it_is_a_single_call(calls: int, lead: int) -> None:
    assert {(each["calls"], each["lead"]) for _, each in orders(calls)} == {(calls, lead)}


class Warmed(Asked):
    """A link whose arm has a time of its own."""

    def order(self, *, timeout_s: float, **order: Any) -> dict[str, Any]:
        self._log.append((self._side, order))
        time_ns = {"a": 100, "b": 200}[self._side]
        return {"wall_ns": time_ns, "cpu_ns": time_ns, "whole_ns": time_ns, "busy_ratio": 1.0, "cpu_clock": "thread"}


def test_neither_arm_is_always_warmed_first() -> None:
    first = []
    for seed in range(40):
        log: list[tuple[str, dict[str, Any]]] = []
        arms = tuple(Arm(Warmed(log, side), 0, side, timeout_s=1) for side in "ab")  # type: ignore[arg-type]
        warmths = warm_both((arms[0], arms[1]), rng=random.Random(seed))
        assert [each.wall_ns for each in warmths] == [100, 200]
        first.append(log[0][0])
    assert 10 < first.count("a") < 30


class SetUp(Asked):
    """A link whose calls take 20 us and their set-up some times as long."""

    set_up_ratio = 0

    def order(self, *, timeout_s: float, **order: Any) -> dict[str, Any]:
        if order["do"] == "warm":
            whole_ns = 20_000 * (1 + self.set_up_ratio)
            return {"wall_ns": 20_000, "cpu_ns": 20_000, "whole_ns": whole_ns, "busy_ratio": 1.0, "cpu_clock": "thread"}
        return super().order(timeout_s=timeout_s, **order)


@pytest.mark.parametrize("ratio", [0, 1, 10, 100, 1000, 100_000])
def test_a_long_set_up_makes_neither_batches_nor_forks_endless(ratio: int) -> None:
    log: list[tuple[str, dict[str, Any]]] = []
    links = [SetUp(log, side) for side in "ab"]
    for each in links:
        each.set_up_ratio = ratio
    arms = tuple(Arm(each, 0, each._side, timeout_s=1) for each in links)  # type: ignore[arg-type]
    frame = Sample(workload="t.py::t", phase=Pass.PAIRS, fork=0, started_at=datetime.now(UTC))
    sample = measure_pairs((arms[0], arms[1]), frame, effort=Effort(), rng=random.Random(7))
    whole_ns = 20_000 * (1 + ratio)
    assert sample.calls_per_batch is not None
    assert sample.calls_per_batch == 1 or sample.calls_per_batch * whole_ns <= 1.1 * SLOW_BATCH_NS
    spent_ns = 4 * len(sample.order) * sample.calls_per_batch * whole_ns
    assert len(sample.order) == 3 or spent_ns <= 3.1 * PAIRS_NS
