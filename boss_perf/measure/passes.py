"""The passes over a ready workload: how much of what is observed, and in which order. Yields raw samples only."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from boss_perf.measure.arms import Arm, Warmth
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.samples import Pass, Reading, Sample, Series

BATCH_NS = 2_500_000
SHORT_BATCH_NS = 500_000
SLOW_BATCH_NS = 10_000_000
LEAD_RATIO = 0.1
QUADS = 160
LEAST_QUADS = 3
PAIRS_NS = 400_000_000
PAIRS_WARM_NS = 10_000_000
WALK_QUADS = 40
WALKS_NS = 100_000_000
BATCHES = 40
BATCHES_NS = 120_000_000
LEAST_BATCHES = 3
CALLS = 1_000
CALLS_NS = 250_000_000
LEAST_CALLS = 20


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: `share` scales the work of one fork, less or more; `least_calls` is per fork."""

    share: float = 1.0
    least_calls: int = LEAST_CALLS


def measure_batches(arm: Arm, frame: Sample, *, effort: Effort) -> Sample:
    """Batches of one arm, for a mean; one of one call where it may be called once."""
    if arm.is_one_shot:
        (only,) = arm.batches(1, count=1)
        return _batches_sample(arm, frame, calls=1, taken=[only])
    warmth = arm.warm()
    calls = max(1, round(BATCH_NS / warmth.cost_ns))
    count = _within(BATCHES_NS * effort.share / (calls * warmth.cost_ns), LEAST_BATCHES, BATCHES)
    sample = _batches_sample(arm, frame, calls=calls, taken=arm.batches(calls, count=count))
    return replace(sample, is_waiting=warmth.is_waiting)


def _batches_sample(arm: Arm, frame: Sample, *, calls: int, taken: Sequence[tuple[int, int]]) -> Sample:
    cpu, wall = tuple(each[0] for each in taken), tuple(each[1] for each in taken)
    return replace(
        frame,
        phase=Pass.BATCHES,
        arms=(arm.name,),
        calls_per_batch=calls,
        series=(Series(arm.name, Reading.CPU_NS, cpu), Series(arm.name, Reading.WALL_NS, wall)),
        conditions=replace(frame.conditions, busy_ratio=_ratio(sum(cpu), sum(wall))),
    )


def measure_calls(arm: Arm, frame: Sample, *, effort: Effort) -> Sample:
    """Single calls of one arm, for a tail; one where it may be called once."""
    if arm.is_one_shot:
        is_waiting, count = False, 1
    else:
        warmth = arm.warm()
        is_waiting = warmth.is_waiting
        count = _within(CALLS_NS * effort.share / warmth.cost_ns, effort.least_calls, CALLS)
    answer = arm.calls(count)
    wall = tuple(answer["wall_ns"])
    return replace(
        frame,
        phase=Pass.CALLS,
        arms=(arm.name,),
        series=(Series(arm.name, Reading.WALL_NS, wall),),
        is_waiting=is_waiting,
        conditions=replace(
            frame.conditions,
            busy_ratio=_ratio(answer["cpu_ns"], sum(wall)),
            involuntary_switches=answer["involuntary_switches"],
        ),
    )


def measure_pairs(arms: tuple[Arm, Arm], frame: Sample, *, effort: Effort, rng: random.Random) -> Sample:
    """ABBA quads of two arms, each quad's order drawn at random; both arms make the same number of calls a batch.

    Batches are short, so that both halves of a pair mostly fall into one phase of what the neighbours do: a core that
    another tenant's thread shares runs at two speeds, for some ten milliseconds each. Of what may be called once, a
    fork has one pair.
    """
    if arms[0].is_one_shot or arms[1].is_one_shot:
        return _measure_once(arms, frame, rng=rng)
    warmths = warm_both(arms, rng=rng)
    slow, fast = max(each.whole_ns for each in warmths), min(each.wall_ns for each in warmths)
    calls = max(1, min(round(SHORT_BATCH_NS / fast), round(SLOW_BATCH_NS / slow)))
    quad_ns = 2 * calls * (warmths[0].cost_ns + warmths[1].cost_ns)
    quads = _within(PAIRS_NS * effort.share / quad_ns, LEAST_QUADS, round(QUADS * effort.share))
    order, taken = take_quads(arms, calls=calls, quads=quads, rng=rng)
    is_waiting = any(each.is_waiting for each in warmths)
    return pairs_sample(arms, frame, is_waiting=is_waiting, calls=calls, order=order, taken=taken)


def warm_both(arms: tuple[Arm, Arm], *, rng: random.Random) -> tuple[Warmth, Warmth]:
    """Warm both arms and settle on one CPU clock for both; what is left of warming up cancels within the pairs.

    A coin says which comes first: the system's pages are handed out in that order, and of two equal arms that copy
    8 MB the one warmed first stays slower by 1 to 3 %.
    """
    first = rng.randrange(2)
    warmed = {each: arms[each].warm(least_ns=PAIRS_WARM_NS) for each in (first, 1 - first)}
    warmths = (warmed[0], warmed[1])
    if any(each.cpu_clock == "process" for each in warmths):
        for arm in arms:
            arm.use_process_clock()
    return warmths


def take_quads(
    arms: tuple[Arm, Arm], *, calls: int, quads: int, rng: random.Random
) -> tuple[tuple[int, ...], tuple[list[tuple[int, int]], list[tuple[int, int]]]]:
    """So many quads ABBA or BAAB; the (cpu, wall) readings of each arm in the order that arm gave them.

    Neighbouring batches of one arm are one order: asking another process is not little beside a short batch. A tenth
    of a batch leads in: the first calls after the other arm's find cold caches, the same for both, and would make
    every difference look smaller than it is. A batch of one call has none, or it would take twice the time.
    """
    lead = math.ceil(LEAD_RATIO * calls) if calls > 1 else 0
    taken: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    order = [rng.randrange(2) for _ in range(quads)]
    turns = (side for first in order for side in (first, 1 - first, 1 - first, first))
    for side, run in groupby(turns):
        taken[side].extend(arms[side].batches(calls, count=len(tuple(run)), lead=lead))
    return tuple(order), taken


def _measure_once(arms: tuple[Arm, Arm], frame: Sample, *, rng: random.Random) -> Sample:
    first = rng.randrange(2)
    taken = {side: arms[side].batches(1, count=1) for side in (first, 1 - first)}
    return pairs_sample(arms, frame, is_waiting=False, calls=1, order=(first,), taken=(taken[0], taken[1]))


def take_walks(arms: tuple[Arm, Arm], *, rng: random.Random) -> tuple[Series, ...]:
    """Walks through the lazy answers of both arms in turn, two of each a quad."""
    lasted_ns = sum(max(1, arm.walks(1)[0][1]) for arm in arms)
    taken: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for _ in range(_within(WALKS_NS / (2 * lasted_ns), LEAST_QUADS, WALK_QUADS)):
        first = rng.randrange(2)
        for side in (first, 1 - first, 1 - first, first):
            taken[side].extend(arms[side].walks(1))
    return tuple(
        Series(arm.name, reading, tuple(each[place] for each in readings))
        for arm, readings in zip(arms, taken, strict=True)
        for place, reading in enumerate((Reading.WALK_CPU_NS, Reading.WALK_WALL_NS))
    )


def pairs_sample(
    arms: tuple[Arm, Arm],
    frame: Sample,
    *,
    is_waiting: bool,
    calls: int,
    order: tuple[int, ...],
    taken: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> Sample:
    """The sample of a fork's quads."""
    series = []
    for arm, readings in zip(arms, taken, strict=True):
        series.append(Series(arm.name, Reading.CPU_NS, tuple(each[0] for each in readings)))
        series.append(Series(arm.name, Reading.WALL_NS, tuple(each[1] for each in readings)))
    cpu_total = sum(each[0] for side in taken for each in side)
    wall_total = sum(each[1] for side in taken for each in side)
    return replace(
        frame,
        phase=Pass.PAIRS,
        arms=(arms[0].name, arms[1].name),
        calls_per_batch=calls,
        order=order,
        series=tuple(series),
        is_waiting=is_waiting,
        conditions=replace(frame.conditions, busy_ratio=_ratio(cpu_total, wall_total)),
    )


def measure_memory(arms: Sequence[Arm], frame: Sample, *, has_resident: bool = False) -> Sample:
    """Exact allocated bytes of one call of each arm, and its resident memory if wanted and to be had."""
    series, tracers = [], set()
    for arm in arms if has_resident else ():
        resident = arm.resident()
        if resident.get("available"):
            series.append(Series(arm.name, Reading.RESIDENT_BYTES, (int(resident["resident_bytes"]),)))
    for arm in arms:
        traced = arm.memory()
        tracers.add(str(traced["tracer"]))
        series += [
            Series(arm.name, Reading.PEAK_BYTES, (traced["peak_bytes"],)),
            Series(arm.name, Reading.RETAINED_BYTES, (traced["retained_bytes"],)),
            Series(arm.name, Reading.ALLOCATION_COUNT, (traced["allocation_count"],)),
        ]
    return replace(
        frame,
        phase=Pass.MEMORY,
        arms=tuple(arm.name for arm in arms),
        series=tuple(series),
        conditions=replace(frame.conditions, tracer=" and ".join(sorted(tracers))),
    )


def frame_of(ready: dict[str, Any], frame: Sample) -> Sample:
    """The frame of a sample, filled with what the worker said of itself when it was ready."""
    return replace(
        frame,
        workload=str(ready["workload"]),
        arms=tuple(ready["arms"]),
    )


def with_answers(sample: Sample, said: Sequence[dict[str, Any]]) -> Sample:
    """A sample with what its processes, one or one per arm, said of their answers at the test's end."""
    asked = [event.get("answers", (None, None)) for event in said]
    caveats = [Caveat(CaveatKind(kind), str(text)) for event in said for kind, text in event.get("caveats", ())]
    return replace(
        sample,
        answer_digests=tuple(first for first, _ in asked),
        later_digests=tuple(later for _, later in asked),
        caveats=tuple(dict.fromkeys(caveats)),
    )


def _within(wanted: float, least: int, most: int) -> int:
    return max(least, min(most, round(wanted)))


def _ratio(cpu_ns: int, wall_ns: int) -> float:
    return min(1.0, cpu_ns / max(1, wall_ns))
