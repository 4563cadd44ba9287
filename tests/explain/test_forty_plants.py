"""Forty changes to one function of twenty, seen through noise drawn by a seed: how often it is named first."""

import random

from boss_perf.explain.explanation import explain
from boss_perf.explain.source_changes import SourceChanges
from boss_perf.measure.profile_pass import PairProfile
from boss_perf.model.explanations import Explanation
from boss_perf.worker.profile_messages import CallCounts, Function, FunctionTimes, StackSamples

FUNCTIONS = tuple(Function("shop.py", "shop", f"f{number}", 9 * number + 1, True) for number in range(20))
CALLS = {(-1 if number == 0 else (number - 1) // 2, number): 1 for number in range(20)}
ROUNDS, BATCH, OWN_NS, SLOWDOWN_RATIO = 30, 10, 3_000, 2.5
NOTHING = StackSamples(FUNCTIONS, (), (), 0, 1, 1, False, False)


def times(rng: random.Random, own_ns: list[float], calls: dict[tuple[int, int], int]) -> FunctionTimes:
    """What the profiler tells of a batch: a busy neighbour slows all of it, and each function a little by itself."""
    busy_ratio = SLOWDOWN_RATIO * rng.choice((1.0, 1.0, 1.0, 1.3))
    told = [BATCH * each * busy_ratio * rng.gauss(1, 0.06) for each in own_ns]
    edges = tuple((*pair, BATCH * count, round(BATCH * count * own_ns[pair[1]])) for pair, count in calls.items())
    whole = round(sum(told))
    return FunctionTimes(FUNCTIONS, tuple((at, round(ns)) for at, ns in enumerate(told)), edges, whole, whole)


def explained(seed: int, *, planted: str | None, at: int = 0) -> Explanation:
    """A tree in which f`at` takes longer or calls more, and three others were edited without any effect."""
    rng = random.Random(seed)
    base_ns = [OWN_NS * rng.uniform(0.4, 2.0) for _ in FUNCTIONS]
    head_ns, calls = list(base_ns), dict(CALLS)
    if planted == "time":
        head_ns[at] += 0.1 * sum(base_ns)
    elif planted == "calls":
        other = 19 if at != 19 else 18
        calls[at, other] = calls.get((at, other), 0) + 3
        head_ns[other] += 3 * base_ns[other]
    edited = {at, *rng.sample(range(20), 3)}
    rounds = tuple((times(rng, base_ns, CALLS), times(rng, head_ns, calls)) for _ in range(ROUNDS))
    plain = tuple(
        (round(BATCH * sum(base_ns) * rng.gauss(1, 0.03)), round(BATCH * sum(head_ns) * rng.gauss(1, 0.03)))
        for _ in range(ROUNDS)
    )
    counted = tuple(
        CallCounts(FUNCTIONS, tuple((*pair, count * BATCH) for pair, count in each.items()), (), False)
        for each in (CALLS, calls)
    )
    profile = PairProfile(
        calls=BATCH, counted_calls=BATCH, counted=(counted[0], counted[1]), timed=rounds, plain_ns=plain,
        sampled=(NOTHING, NOTHING),
    )  # fmt: skip
    changes = SourceChanges(frozenset(FUNCTIONS[number].key for number in edited))
    return explain(profile, benchmark="t.py::t", sides=("base", "head"), changes=changes, texts=({}, {}))


def test_the_changed_function_is_named_first() -> None:
    found = [
        [each.function for each in explained(seed, planted=("time", "calls")[seed % 2], at=seed % 20).functions][:1]
        == [f"shop.f{seed % 20}"]
        for seed in range(40)
    ]
    assert sum(found) >= 38


def test_without_a_change_of_time_nothing_is_named() -> None:
    named = [seed for seed in range(40) if explained(seed, planted=None, at=seed % 20).functions]
    assert named == []
