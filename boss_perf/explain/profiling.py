"""Brings both arms to the same test and looks at them there: calls, times, stacks. What it means is not known here."""

import os
import random
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from boss_perf.errors import MeasureError
from boss_perf.explain.allocations import grown_most
from boss_perf.explain.blame import LEAST_ROUNDS
from boss_perf.explain.explanation import Observed, Timed
from boss_perf.measure.arms import Arm, warm_up
from boss_perf.measure.fork import ArmPlace, Fork, ForkOrder
from boss_perf.measure.worker_link import SubjectEnded, WorkerGone, WorkerLink
from boss_perf.worker.messages import Answer, Bye, Collected, Finished, Ready
from boss_perf.worker.orders import Order
from boss_perf.worker.profile_messages import (
    CallCounts,
    CountCalls,
    FindMemorySites,
    FunctionTimes,
    GrownLines,
    MemorySites,
    SampleStacks,
    StackSamples,
    TakeGrownLines,
    TimeFunctions,
)

WARM_NS = 30_000_000
BATCH_NS = 1_000_000
"""Short, so that most batches lie between two turns of a neighbour on the core."""
COUNTED_CALLS = 20
ROUNDS = 40
ROUNDS_S = 0.9
LONG_ROUNDS_S = 2.5
"""When even the rounds that an interval takes are given up, down to one: a call of a second is slow to repeat."""
BUSY_RATIO = 0.95
STACKS_NS = 200_000_000
THREADED_ROUND_NS = 40_000_000
INTERVAL_NS = 700_000

Wanted = TypeVar("Wanted", bound=Answer)


@dataclass(frozen=True, slots=True)
class _Side:
    """One arm as it waits in its test."""

    link: WorkerLink
    index: int
    place: ArmPlace
    timeout_s: float

    @property
    def root(self) -> str:
        return str(self.place.root)

    def order(self, order: Order, wanted: type[Wanted]) -> Wanted:
        return self.link.order(order, wanted, timeout_s=self.timeout_s)

    def counts(self, calls: int) -> CallCounts:
        return self.order(CountCalls(self.index, calls, self.root, self.place.path), CallCounts)

    def times(self, calls: int) -> FunctionTimes:
        return self.order(TimeFunctions(self.index, calls, self.root, self.place.path), FunctionTimes)

    def stacks(self, calls: int, batches: int) -> StackSamples:
        order = SampleStacks(self.index, calls, self.root, self.place.path, batches, INTERVAL_NS)
        return self.order(order, StackSamples)


def observe(
    places: Sequence[ArmPlace],
    benchmarks: Sequence[str],
    *,
    preload: Sequence[str] = (),
    timeout_s: float,
    seed: int,
    with_memory: Collection[str] = (),
) -> Iterator[tuple[str, Observed | str]]:
    """Each benchmark with what was seen of it, or the reason why nothing was; one fork for all.

    With one place its two arms are compared, as a `paired` test has them.
    """
    rng = random.Random(seed)
    order = ForkOrder(
        places=tuple(places), selected=tuple(benchmarks), hash_seed=rng.randrange(1, 2**32), core=_core(),
        birth_order=tuple(rng.sample(range(len(places)), len(places))), preload=tuple(preload),
    )  # fmt: skip
    with Fork(order) as fork:
        try:
            for link in fork.links:
                while not isinstance(event := link.next_event(timeout_s=2 * timeout_s), Collected):
                    if isinstance(event, Bye):
                        raise link.gone("pytest collected nothing")
            for benchmark in benchmarks:
                sides = [(link, place) for link, place in zip(fork.links, places, strict=True)]
                has_memory = benchmark in with_memory
                yield benchmark, _look(benchmark, sides, timeout_s=timeout_s, rng=rng, has_memory=has_memory)
        except WorkerGone as gone:
            raise MeasureError(f"while explaining: {gone.message}", hint=gone.detail[-800:]) from gone


def _look(
    benchmark: str,
    processes: Sequence[tuple[WorkerLink, ArmPlace]],
    *,
    timeout_s: float,
    rng: random.Random,
    has_memory: bool,
) -> Observed | str:
    """What a benchmark shows, or why it shows nothing; then its tests go on to their end."""
    events = [_next_of(benchmark, link, timeout_s=timeout_s) for link, _ in processes]
    observed: Observed | str
    sides = [
        _Side(link, index, place, timeout_s)
        for (link, place), event in zip(processes, events, strict=True)
        if isinstance(event, Ready)
        for index in range(len(event.arms))[-2 if len(processes) == 1 else -1 :]
    ]
    failures = [event.failure.message for event in events if isinstance(event, Finished) and event.failure]
    if not all(isinstance(event, Ready) for event in events):
        observed = failures[0] if failures else "the test measured nothing"
    elif len(sides) != 2:
        observed = "there is one arm only: name a ref to compare with, --against REF"
    elif any(isinstance(event, Ready) and event.is_one_shot for event in events):
        observed = "its subject may be called once only, and every look takes calls of its own"
    else:
        try:
            observed = _observed((sides[0], sides[1]), rng=rng, has_memory=has_memory)
        except SubjectEnded:
            observed = "the benchmark raised while it was explained"
    for (link, _), event in zip(processes, events, strict=True):
        if isinstance(event, Ready):
            link.release()
            while not isinstance(_next_of(benchmark, link, timeout_s=timeout_s), Finished):
                link.release()
    return observed


def _observed(sides: tuple[_Side, _Side], *, rng: random.Random, has_memory: bool) -> Observed:
    arms = [Arm(side.link, side.index, name, side.timeout_s) for side, name in zip(sides, "ab", strict=True)]
    warmths = warm_up(arms, least_ns=WARM_NS, rng=rng)
    calls = max(1, round(BATCH_NS / max(each.wall_ns for each in warmths)))
    counted_calls = min(calls, COUNTED_CALLS)
    counted = (sides[0].counts(counted_calls), sides[1].counts(counted_calls))
    batch_ns = calls * max(each.wall_ns for each in warmths)
    batches = max(1, round(STACKS_NS / batch_ns))
    sampled = (sides[0].stacks(calls, batches), sides[1].stacks(calls, batches))
    is_threaded = any(each.is_threaded for each in sampled)
    is_busy = not is_threaded and not any(each.is_waiting for each in warmths)
    timed: list[tuple[Timed, Timed]] = []
    plain: list[tuple[int, int]] = []
    spoilt: list[tuple[tuple[Timed, Timed], tuple[int, int]]] = []
    began_s = time.monotonic()
    while len(timed) < ROUNDS and not _is_enough(len(timed), len(spoilt), time.monotonic() - began_s):
        first = rng.randrange(2)
        plains = {each: arms[each].batches(calls, count=1)[0] for each in (first, 1 - first)}
        plain_ns = (plains[0][not is_busy], plains[1][not is_busy])
        looks: dict[int, Timed] = {
            each: sides[each].stacks(calls, max(1, round(THREADED_ROUND_NS / batch_ns)))
            if is_threaded
            else sides[each].times(calls)
            for each in (1 - first, first)
        }
        if is_busy and any(isinstance(each, FunctionTimes) and _is_pushed(each) for each in looks.values()):
            spoilt.append(((looks[0], looks[1]), plain_ns))
        else:
            timed.append((looks[0], looks[1]))
            plain.append(plain_ns)
    if len(timed) < LEAST_ROUNDS:
        timed += [pair for pair, _ in spoilt]
        plain += [plain_ns for _, plain_ns in spoilt]
    observed = Observed(
        calls=calls, counted_calls=counted_calls, counted=counted, timed=tuple(timed), plain_ns=tuple(plain),
        sampled=sampled, interval_ns=INTERVAL_NS, is_busy=is_busy,
        notes=_notes(counted, sampled, is_threaded=is_threaded),
    )  # fmt: skip
    return _with_memory(observed, sides) if has_memory else observed


def _with_memory(observed: Observed, sides: tuple[_Side, _Side]) -> Observed:
    """What was seen, with what holds memory at the peak and how the lines of the function that grew most grow."""
    base, head = (side.order(FindMemorySites(side.index, side.root, side.place.path), MemorySites) for side in sides)
    place = grown_most(base.sites, head.sites)
    grown = GrownLines(())
    if place is not None:
        file = str(sides[1].place.root / place[0])
        grown = sides[1].order(TakeGrownLines(sides[1].index, file, place[1]), GrownLines)
    inexact = () if head.tracer == "memray" else ("without memray: what a call leaves behind, not its peak",)
    return replace(
        observed,
        sites=(base.sites, head.sites),
        grown_lines=grown.lines,
        grown_file=place[0] if place is not None else "",
        notes=(*observed.notes, *inexact),
    )


def _is_pushed(times: FunctionTimes) -> bool:
    """Whether the thread was kept from its core meanwhile, which the profiler counts for whoever ran then."""
    return times.cpu_ns < BUSY_RATIO * times.wall_ns


def _is_enough(rounds: int, spoilt: int, elapsed_s: float) -> bool:
    """Time is up; later where the rounds do not yet make an interval, and never before there is one round."""
    return rounds + spoilt > 0 and elapsed_s > (ROUNDS_S if rounds >= LEAST_ROUNDS else LONG_ROUNDS_S)


def _notes(counted: Sequence[CallCounts], sampled: Sequence[StackSamples], *, is_threaded: bool) -> tuple[str, ...]:
    notes = []
    if any(each.is_cut for each in counted):
        notes.append("too many calls to count one by one: the profiler's counts are shown, resumed coroutines included")
    if any(each.is_cut for each in sampled):
        notes.append("stacks are deeper than can be shown: their outer part is cut off")
    if is_threaded:
        notes.append("the benchmark has threads: times are sampled, and less precise than those of a single thread")
    return tuple(notes)


def _next_of(benchmark: str, link: WorkerLink, *, timeout_s: float) -> Ready | Finished:
    """The worker's word that it waits in the benchmark, or that the benchmark's test is over."""
    while True:
        event = link.next_event(timeout_s=timeout_s)
        if isinstance(event, Ready | Finished) and event.workload == benchmark:
            return event
        if isinstance(event, Bye):
            raise link.gone("pytest ended early")


def _core() -> int | None:
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
