"""The passes over arms that wait in their test: how much is observed, in which order. Yields raw samples only."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from boss_perf.measure.arms import Arm, Warmth, warm_up
from boss_perf.measure.look import Look, TooLong
from boss_perf.measure.memory_pass import trace_memory
from boss_perf.model.samples import Failure, Pass, Reading, Sample, Series
from boss_perf.stats.location import median
from boss_perf.stats.paired import BUSY_RATIO, DRIFT_RATIO
from boss_perf.worker import orders
from boss_perf.worker.messages import CallTimes, FailureKind, WalkTime

BATCH_NS = 2_500_000
SHORT_BATCH_NS = 500_000
SLOW_BATCH_NS = 10_000_000
LEAD_RATIO = 0.1
QUADS = 160
LEAST_QUADS = 1
CHUNKS = 4
PAIRS_NS = 400_000_000
PAIRS_WARM_NS = 10_000_000
WALK_QUADS = 40
WALKS_NS = 100_000_000
WARM_NS = 60_000_000
BATCHES = 40
BATCHES_NS = 120_000_000
LEAST_BATCHES = 3
CALLS = 1_000
CALLS_NS = 250_000_000
DRIFT_BATCHES = 12

Readings = tuple[list[tuple[int, int]], ...]
"""By arm, the (CPU, wall) nanoseconds of its batches in the order it gave them."""


def take_batches(arms: Sequence[Arm], frame: Sample, look: Look) -> Sample:
    """Batches of the last arm, for a mean; one of one call where it may be called once."""
    arm = arms[-1]
    if arm.is_one_shot:
        return _timed(frame, (arm,), (Warmth(),), (arm.batches(1, count=1),), calls=1)
    warmth = warm_up((arm,), least_ns=WARM_NS, rng=look.rng)[0]
    calls = max(1, round(BATCH_NS / warmth.cost_ns))
    count = _within(BATCHES_NS * look.effort.share / (calls * warmth.cost_ns), LEAST_BATCHES, BATCHES)
    return _timed(frame, (arm,), (warmth,), (arm.batches(calls, count=count),), calls=calls)


def take_calls(arms: Sequence[Arm], frame: Sample, look: Look) -> Sample:
    """Single calls of the last arm, for a tail; one where it may be called once."""
    arm = arms[-1]
    is_waiting, count = False, 1
    if not arm.is_one_shot:
        warmth = warm_up((arm,), least_ns=WARM_NS, rng=look.rng)[0]
        is_waiting = warmth.is_waiting
        count = _within(CALLS_NS * look.effort.share / warmth.cost_ns, look.effort.least_calls, CALLS)
    times = arm.ask(orders.TimeCalls(arm.index, count), CallTimes)
    return replace(
        frame,
        arms=(arm.name,),
        series=(Series(arm.name, Reading.WALL_NS, times.wall_ns),),
        is_waiting=is_waiting,
        conditions=replace(frame.conditions, busy_ratio=_ratio(times.cpu_ns, sum(times.wall_ns))),
    )


def take_pairs(arms: Sequence[Arm], frame: Sample, look: Look) -> Sample:
    """ABBA quads of two arms, each quad's order drawn at random; both arms make the same number of calls a batch.

    Batches are short, so that both halves of a pair mostly fall into one phase of what the neighbours do: a core that
    another tenant's thread shares runs at two speeds, for some ten milliseconds each. What is still getting faster is
    warmed up once more, both arms by the same number of calls, and measured again. Of what may be called once, a fork
    has one pair.
    """
    if len(arms) != 2:
        text = f"a {Pass.PAIRS.value} target needs the `paired` fixture, this workload uses `benchmark`"
        return replace(frame, failure=Failure(FailureKind.UNAVAILABLE, text))
    if any(arm.is_one_shot for arm in arms):
        return _take_once(arms, frame, look)
    warmths = warm_up(arms, least_ns=PAIRS_WARM_NS, rng=look.rng)
    slow, fast = max(each.whole_ns for each in warmths), min(each.wall_ns for each in warmths)
    calls = max(1, min(round(SHORT_BATCH_NS / fast), round(SLOW_BATCH_NS / slow)))
    quad_ns = 2 * calls * sum(each.cost_ns for each in warmths)
    if LEAST_QUADS * quad_ns / 1e9 > look.left_s():
        raise TooLong(LEAST_QUADS * quad_ns / 1e9)
    share, most = look.effort.share, round(QUADS * look.effort.share)
    chunk = max(LEAST_QUADS, _within(PAIRS_NS * share / quad_ns, LEAST_QUADS, most) // CHUNKS)
    order: list[int] = []
    taken: Readings = ([], [])
    more = chunk
    while more > 0:  # what a call costs is known only roughly before: the first are dear, state may grow
        drawn, readings = take_quads(arms, calls=calls, quads=more, rng=look.rng)
        order += drawn
        for side in (0, 1):
            taken[side].extend(readings[side])
        told_ns = sum(wall for each in taken for _, wall in each) / len(order)
        untimed_ratio = sum(each.cost_ns for each in warmths) / sum(each.wall_ns for each in warmths)
        wanted = _within(PAIRS_NS * share / (told_ns * untimed_ratio), LEAST_QUADS, most)
        more = min(chunk, wanted - len(order))
    if settling_ratio(taken) > DRIFT_RATIO:
        for index in look.rng.sample(range(2), 2):
            arms[index].warm_up(2 * len(order) * calls)
        drawn, taken = take_quads(arms, calls=calls, quads=len(order), rng=look.rng)
        order = list(drawn)
    sample = _timed(frame, arms, warmths, taken, calls=calls)
    return replace(sample, order=tuple(order), conditions=replace(sample.conditions, drift_ratio=drift_ratio(taken)))


def _take_once(arms: Sequence[Arm], frame: Sample, look: Look) -> Sample:
    first = look.rng.randrange(2)
    taken = {side: arms[side].batches(1, count=1) for side in (first, 1 - first)}
    sample = _timed(frame, arms, (Warmth(), Warmth()), (taken[0], taken[1]), calls=1)
    return replace(sample, order=(first,))


def take_walks(arms: Sequence[Arm], *, rng: random.Random) -> tuple[Series, ...]:
    """Walks through the lazy answers of both arms in turn, two of each a quad."""
    lasted_ns = sum(max(1, _walk(arm).wall_ns) for arm in arms)
    taken: tuple[list[WalkTime], list[WalkTime]] = ([], [])
    for _ in range(_within(WALKS_NS / (2 * lasted_ns), LEAST_QUADS, WALK_QUADS)):
        first = rng.randrange(2)
        for side in (first, 1 - first, 1 - first, first):
            taken[side].append(_walk(arms[side]))
    series: list[Series] = []
    for arm, times in zip(arms, taken, strict=True):
        series.append(Series(arm.name, Reading.WALK_CPU_NS, tuple(each.cpu_ns for each in times)))
        series.append(Series(arm.name, Reading.WALK_WALL_NS, tuple(each.wall_ns for each in times)))
    return tuple(series)


def _walk(arm: Arm) -> WalkTime:
    return arm.ask(orders.TimeWalk(arm.index), WalkTime)


def take_quads(arms: Sequence[Arm], *, calls: int, quads: int, rng: random.Random) -> tuple[tuple[int, ...], Readings]:
    """So many quads ABBA or BAAB: the arm that opens each, and the readings.

    Neighbouring batches of one arm are one order: asking another process is not little beside a short batch. A tenth
    of a batch leads in: the first calls after the other arm's find cold caches, the same for both, and would make
    every difference look smaller than it is. A batch of one call has none, or it would take twice the time; nor has
    the first, which does not count, where it would give one arm more calls than the other.
    """
    lead = math.ceil(LEAD_RATIO * calls) if calls > 1 else 0
    taken: Readings = ([], [])
    order = [rng.randrange(2) for _ in range(quads)]
    turns = (side for first in order for side in (first, 1 - first, 1 - first, first))
    runs = [(side, len(tuple(run))) for side, run in groupby(turns)]
    for place, (side, count) in enumerate(runs):
        is_odd_one = place == 0 and len(runs) % 2
        taken[side].extend(arms[side].batches(calls, count=count, lead=0 if is_odd_one else lead))
    return tuple(order), taken


def drift_ratio(taken: Readings) -> float:
    """How far an arm's last quarter lies from its first; the largest of all arms."""
    return max((abs(each) for each in _drifts(taken)), default=0.0)


def settling_ratio(taken: Readings) -> float:
    """How much faster than its first quarter the last of an arm is; the most of all arms, 0 when none is."""
    return max((-each for each in _drifts(taken)), default=0.0)


def _drifts(taken: Readings) -> list[float]:
    """By arm, the change from the first quarter to the last on its processor clock; none of too few batches.

    From the least batch of the slower quarter to the median of the faster one: a neighbour slows many batches of a
    quarter down, but hardly all, and batches whose work differs by chance overlap.
    """
    drifts = []
    for batches in taken:
        quarter = len(batches) // 4
        if len(batches) >= DRIFT_BATCHES:
            before, after = ([max(1, cpu) for cpu, _ in part] for part in (batches[:quarter], batches[-quarter:]))
            faster, slower = median(after) / min(before), min(after) / median(before)
            drifts.append(min(0.0, faster - 1) + max(0.0, slower - 1))
    return drifts


PASSES: Mapping[Pass, Callable[[Sequence[Arm], Sample, Look], Sample]] = {
    Pass.BATCHES: take_batches,
    Pass.CALLS: take_calls,
    Pass.PAIRS: take_pairs,
    Pass.MEMORY: trace_memory,
}
"""How each pass is taken over arms that wait in the same test; `frame` is the sample still without observations."""


def _timed(frame: Sample, arms: Sequence[Arm], warmths: Sequence[Warmth], taken: Readings, *, calls: int) -> Sample:
    """The sample of an equal number of batches of each arm."""
    series, is_waiting = [], False
    for arm, warmth, readings in zip(arms, warmths, taken, strict=True):
        cpu, wall = tuple(each[0] for each in readings), tuple(each[1] for each in readings)
        series += [Series(arm.name, Reading.CPU_NS, cpu), Series(arm.name, Reading.WALL_NS, wall)]
        busy_ratio = max(spent / max(1, lasted) for spent, lasted in readings)
        is_waiting |= busy_ratio < BUSY_RATIO and warmth.left + arm.left > warmth.pushed + arm.pushed
    cpu_total, wall_total = (sum(each[clock] for readings in taken for each in readings) for clock in (0, 1))
    return replace(
        frame,
        arms=tuple(arm.name for arm in arms),
        calls_per_batch=calls,
        series=tuple(series),
        is_waiting=is_waiting,
        conditions=replace(frame.conditions, busy_ratio=_ratio(cpu_total, wall_total)),
    )


def _within(wanted: float, least: int, most: int) -> int:
    return max(least, min(most, round(wanted)))


def _ratio(cpu_ns: int, wall_ns: int) -> float:
    return min(1.0, cpu_ns / max(1, wall_ns))
