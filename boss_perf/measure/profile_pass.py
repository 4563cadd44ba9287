"""Looks for an explanation at arms that wait in the same test: what they call, what that takes, their instructions."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from boss_perf.measure.arms import Arm, warm_up
from boss_perf.measure.look import Look
from boss_perf.measure.memory_pass import MemoryProfile, take_memory_sites
from boss_perf.model.samples import Failure, Pass
from boss_perf.worker import orders
from boss_perf.worker.messages import FailureKind
from boss_perf.worker.profile_messages import CallCounts, FunctionTimes, Instructions, StackSamples

WARM_NS = 30_000_000
BATCH_NS = 1_000_000
"""Short, so that most batches lie between two turns of a neighbour on the core."""
COUNTED_CALLS = 20
ROUNDS = 30
LEAST_ROUNDS = 8
"""Fewer rounds have no interval at 99 %: 2 / 2^8 is the first below 1 %."""
ROUNDS_S = 0.6
LONG_ROUNDS_S = 2.5
"""When even the rounds that an interval takes are given up, down to one: a call of a second is slow to repeat."""
BUSY_RATIO = 0.95
STACKS_NS = 150_000_000
SAMPLED_ROUND_NS = 40_000_000
INTERVAL_NS = 700_000
INSTRUCTIONS_WARM_CALLS = 5
FEW_NS = 300_000_000
FEW_CALLS = 100
MANY = 4
"""Instructions are counted of few calls, and of so many times as many."""

Timed = FunctionTimes | StackSamples
_Round = tuple[tuple[Timed, Timed], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairProfile:
    """What both arms showed, each as (first, second) as the workers sent it.

    `counted` covers `counted_calls`, each of the `timed` rounds `calls`, and so does `profiled`, which there is where
    there were too many calls to count; `plain_ns` are batches of as many, one in
    each round: processor time, or wall time where the benchmark waits.
    """

    calls: int
    counted_calls: int
    counted: tuple[CallCounts, CallCounts]
    timed: tuple[tuple[Timed, Timed], ...]
    plain_ns: tuple[tuple[int, int], ...]
    sampled: tuple[StackSamples, StackSamples]
    profiled: tuple[FunctionTimes, FunctionTimes] | None = None
    is_busy: bool = True


def take_profile(arms: Sequence[Arm], look: Look) -> PairProfile:
    """Counts, stacks, then rounds of plain and profiled batches in turn.

    A round in which an arm was kept from its core counts where there are too few others only.
    """
    base, head = arms
    warmths = warm_up(arms, least_ns=WARM_NS, rng=look.rng)
    slowest_ns = max(each.wall_ns for each in warmths)
    calls = max(1, round(BATCH_NS / slowest_ns))
    counted_calls = min(calls, COUNTED_CALLS)
    counted = _counted(base, counted_calls), _counted(head, counted_calls)
    batches = max(1, round(STACKS_NS / (calls * slowest_ns)))
    sampled = tuple(_sampled(arm, calls, batches) for arm in arms)
    is_threaded, is_cut = any(each.is_threaded for each in sampled), any(each.is_cut for each in counted)
    profiled = (_profiled(base, calls), _profiled(head, calls)) if is_cut else None
    is_sampled = is_threaded or is_cut  # the profiler sees one thread, and takes too long for so many calls
    is_busy = not any(each.is_waiting for each in warmths)
    sound: list[_Round] = []
    spoilt: list[_Round] = []
    began_s = time.monotonic()
    while len(sound) < ROUNDS and not _is_enough(len(sound), len(spoilt), time.monotonic() - began_s):
        first = look.rng.randrange(2)
        if is_sampled:
            batches = max(1, round(SAMPLED_ROUND_NS / (calls * slowest_ns)))
            sound.append(_sampled_round(arms, calls, batches, first=first, is_busy=is_busy))
        else:
            timed, plain_ns = _profiled_round(arms, calls, first=first, is_busy=is_busy)
            (spoilt if is_busy and any(map(_is_pushed, timed)) else sound).append((timed, plain_ns))
    rounds = sound if len(sound) >= LEAST_ROUNDS else [*sound, *spoilt]
    return PairProfile(
        calls=calls, counted_calls=counted_calls, counted=counted, timed=tuple(timed for timed, _ in rounds),
        plain_ns=tuple(plain for _, plain in rounds), sampled=(sampled[0], sampled[1]), profiled=profiled,
        is_busy=is_busy,
    )  # fmt: skip


def _sampled_round(arms: Sequence[Arm], calls: int, batches: int, *, first: int, is_busy: bool) -> _Round:
    """Both arms looked at now and then; what that adds is little, and both have it."""
    seen = {side: _sampled(arms[side], calls, batches) for side in (first, 1 - first)}
    plain_ns = {side: each.cpu_ns if is_busy else each.wall_ns for side, each in seen.items()}
    return (seen[0], seen[1]), (plain_ns[0], plain_ns[1])


def _profiled_round(
    arms: Sequence[Arm], calls: int, *, first: int, is_busy: bool
) -> tuple[tuple[FunctionTimes, FunctionTimes], tuple[int, int]]:
    """Both arms as they are, then both under the profiler."""
    plain_ns = {side: arms[side].batches(calls, count=1)[0][not is_busy] for side in (first, 1 - first)}
    timed = {side: _profiled(arms[side], calls) for side in (1 - first, first)}
    return (timed[0], timed[1]), (plain_ns[0], plain_ns[1])


def _counted(arm: Arm, calls: int) -> CallCounts:
    return arm.ask(orders.CountCalls(arm.index, calls), CallCounts)


def _profiled(arm: Arm, calls: int) -> FunctionTimes:
    return arm.ask(orders.TimeFunctions(arm.index, calls), FunctionTimes)


def _sampled(arm: Arm, calls: int, batches: int) -> StackSamples:
    return arm.ask(orders.SampleStacks(arm.index, calls, batches, INTERVAL_NS), StackSamples)


def _is_pushed(times: FunctionTimes) -> bool:
    """Whether the thread was kept from its core meanwhile, which the profiler counts for whoever ran then."""
    return times.cpu_ns < BUSY_RATIO * times.wall_ns


def _is_enough(rounds: int, spoilt: int, elapsed_s: float) -> bool:
    """Time is up; twice as late where only spoilt rounds would make an interval, and much later where none would.

    Never before there is one round.
    """
    if rounds + spoilt < LEAST_ROUNDS:
        return rounds + spoilt > 0 and elapsed_s > LONG_ROUNDS_S
    return elapsed_s > (ROUNDS_S if rounds >= LEAST_ROUNDS else 2 * ROUNDS_S)


@dataclass(frozen=True, slots=True)
class PairInstructions:
    """Instructions of one call of each arm, under one hash seed."""

    first: float
    second: float


def take_instructions(arms: Sequence[Arm], look: Look) -> PairInstructions | Failure:
    """Of each arm, (I(many) - I(few)) / (many - few), each count that of a child process that makes so many calls.

    valgrind's cachegrind counts: a second witness, whom no neighbour disturbs. What the process did before is in both
    counts. Both arms make equally many calls.
    """
    call_ns = max(arm.warm_up(INSTRUCTIONS_WARM_CALLS).whole_ns for arm in arms) / INSTRUCTIONS_WARM_CALLS
    few = max(1, min(FEW_CALLS, round(FEW_NS / call_ns)))
    counts = []
    for arm in arms:
        asked = [orders.CountInstructions(arm.index, calls, look.counts_folder) for calls in (few, MANY * few)]
        answers = [arm.ask(each, Instructions).count for each in asked]
        if not all(answers):
            return Failure(FailureKind.UNAVAILABLE, "valgrind left no count")
        counts.append((answers[1] - answers[0]) / ((MANY - 1) * few))
    return PairInstructions(*counts)


Shown = PairProfile | MemoryProfile | PairInstructions | Failure
LOOKS: Mapping[Pass, Callable[[Sequence[Arm], Look], Shown]] = {
    Pass.PROFILE: take_profile,
    Pass.MEMORY_SITES: take_memory_sites,
    Pass.INSTRUCTIONS: take_instructions,
}
"""How each look for an explanation is taken over arms that wait in the same test."""


def take_look(phase: Pass, arms: Sequence[Arm], look: Look) -> Shown:
    """What a look shows, or why it cannot be taken: time is told of two arms only."""
    if phase is not Pass.MEMORY_SITES and len(arms) != 2:
        return Failure(FailureKind.UNAVAILABLE, "there is one arm only: name a ref to compare with, --against REF")
    if any(arm.is_one_shot for arm in arms):
        return Failure(FailureKind.UNAVAILABLE, "its subject may be called once only, and every look takes calls")
    return LOOKS[phase](arms, look)
