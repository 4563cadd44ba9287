"""Which benchmarks are whose, and shares put together as one gate."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.errors import UsageError
from boss_perf.fleet.shards import Shard, known_costs, packed, shard_of


@given(st.dictionaries(st.text(max_size=9), st.floats(0, 1e4), max_size=60), st.integers(1, 9))
def test_each_benchmark_is_in_exactly_one_share(costs: dict[str, float], count: int) -> None:
    shares = packed(costs, count)
    assert len(shares) == count
    assert sorted(name for share in shares for name in share) == sorted(costs)
    assert packed(dict(reversed(costs.items())), count) == shares


def test_thousands_of_benchmarks_on_fifty_machines_end_nearly_together() -> None:
    rng = random.Random(5)
    costs = {f"b{number}": rng.lognormvariate(0.5, 1.2) for number in range(5_000)}
    loads = [sum(costs[name] for name in share) for share in packed(costs, 50)]
    ideal = max(sum(costs.values()) / 50, max(costs.values()))
    assert max(loads) <= 1.15 * ideal


def test_what_nobody_recorded_costs_what_is_usual() -> None:
    assert known_costs("abc", {"a": 4.0, "b": 2.0, "z": 9.0}) == {"a": 4.0, "b": 2.0, "c": 3.0}
    assert known_costs("ab", {}) == {"a": 1.0, "b": 1.0}


@pytest.mark.parametrize(
    ("text", "environment", "shard"),
    [
        ("2/4", {}, Shard(2, 4)),
        ("auto", {"BUILDKITE_PARALLEL_JOB": "0", "BUILDKITE_PARALLEL_JOB_COUNT": "3"}, Shard(1, 3)),
        ("auto", {"CI_NODE_INDEX": "3", "CI_NODE_TOTAL": "3"}, Shard(3, 3)),
        ("auto", {"CIRCLE_NODE_INDEX": "2", "CIRCLE_NODE_TOTAL": "3"}, Shard(3, 3)),
        ("auto", {"JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "2"}, Shard(2, 2)),
        ("auto", {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "5"}, Shard(3, 4)),
    ],
)
def test_a_share_is_written_or_told_by_the_system(text: str, environment: dict[str, str], shard: Shard) -> None:
    assert shard_of(text, environment) == shard


@pytest.mark.parametrize("text", ["0/4", "5/4", "4", "a/b", "-1/2", "1/0", "auto", "", "1/2/3", "٢/٤"])
def test_what_is_no_share_is_a_mistake(text: str) -> None:
    with pytest.raises(UsageError):
        shard_of(text, {"CI_NODE_INDEX": "9", "CI_NODE_TOTAL": "3"})


def test_costs_that_are_no_numbers_do_not_lose_a_benchmark() -> None:
    assert sorted(sum(packed({"a": math.inf, "b": 1.0, "c": math.inf}, 2), ())) == ["a", "b", "c"]
