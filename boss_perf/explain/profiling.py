"""Brings both arms to the same test and looks at them there: calls, times, stacks. What it means is not known here."""

import os
import random
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from boss_perf.errors import MeasureError
from boss_perf.explain.allocations import grown_most
from boss_perf.explain.blame import LEAST_ROUNDS
from boss_perf.explain.explanation import Observed, Pair
from boss_perf.measure.arms import WAITING_BELOW_RATIO
from boss_perf.measure.fork import ArmPlace, Fork, ForkOrder
from boss_perf.measure.worker_link import SubjectEnded, WorkerGone, WorkerLink

WARM_NS = 30_000_000
BATCH_NS = 1_000_000
"""Short, so that most batches lie between two turns of a neighbour on the core."""
ROUNDS = 40
ROUNDS_S = 0.9
LONG_ROUNDS_S = 2.5
"""When even the rounds that an interval takes are given up, down to one: a call of a second is slow to repeat."""
BUSY_RATIO = 0.95
STACKS_NS = 200_000_000
THREADED_ROUND_NS = 40_000_000
INTERVAL_NS = 700_000


@dataclass(frozen=True, slots=True)
class _Arm:
    """One side as it waits in its test."""

    link: WorkerLink
    index: int
    place: ArmPlace
    timeout_s: float

    def order(self, name: str, **details: Any) -> dict[str, Any]:
        return self.link.order(
            timeout_s=self.timeout_s, do=name, arm=self.index, root=str(self.place.root), path=list(self.place.path),
            **details,
        )  # fmt: skip


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
        birth_order=(0, 1) if rng.random() < 0.5 else (1, 0), preload=tuple(preload),
    )  # fmt: skip
    with Fork(order) as fork:
        try:
            for link in fork.links:
                _until(link, "collected", timeout_s=2 * timeout_s)
            for benchmark in benchmarks:
                has_memory = benchmark in with_memory
                yield (
                    benchmark,
                    _look(benchmark, fork.links, places, timeout_s=timeout_s, rng=rng, has_memory=has_memory),
                )
        except WorkerGone as gone:
            raise MeasureError(f"while explaining: {gone.message}", hint=gone.detail[-800:]) from gone


def _look(
    benchmark: str,
    links: Sequence[WorkerLink],
    places: Sequence[ArmPlace],
    *,
    timeout_s: float,
    rng: random.Random,
    has_memory: bool,
) -> Observed | str:
    waiting = [_until(link, "ready", timeout_s=timeout_s, benchmark=benchmark) for link in links]
    for event in waiting:
        if event.get("event") != "ready":
            for link, other in zip(links, waiting, strict=True):
                if other.get("event") == "ready":
                    link.release()
                    _until(link, "finished", timeout_s=timeout_s, benchmark=benchmark)
            return str((event.get("failure") or {}).get("message") or "the test measured nothing")
    reason = ""
    if len(links) == 1 and len(waiting[0]["arms"]) != 2:
        reason = "there is one arm only: name a ref to compare with, --against REF"
    elif any(event.get("is_one_shot") for event in waiting):
        reason = "its subject may be called once only, and every look takes calls of its own"
    if reason:
        for link in links:
            link.release()
            _until(link, "finished", timeout_s=timeout_s, benchmark=benchmark)
        return reason
    arms = (
        (_Arm(links[0], 0, places[0], timeout_s), _Arm(links[0], 1, places[0], timeout_s))
        if len(links) == 1
        else tuple(
            _Arm(link, len(event["arms"]) - 1, place, timeout_s)
            for link, event, place in zip(links, waiting, places, strict=True)
        )
    )
    try:
        observed: Observed | str = _observed((arms[0], arms[1]), rng=rng)
        if has_memory and isinstance(observed, Observed):
            observed = _with_memory(observed, (arms[0], arms[1]))
    except SubjectEnded:
        observed = "the benchmark raised while it was explained"
    for link in links:
        link.release()
        _until(link, "finished", timeout_s=timeout_s, benchmark=benchmark)
    return observed


def _observed(arms: tuple[_Arm, _Arm], *, rng: random.Random) -> Observed:
    warm = [arm.order("warm", least_ns=WARM_NS, least_calls=3) for arm in arms]
    slowest_ns = max(each["wall_ns"] for each in warm)
    calls = max(1, round(BATCH_NS / max(1, slowest_ns)))
    counted_calls = max(1, min(calls, 20))
    counted = _both(arms, "count_calls", calls=counted_calls)
    sampled = _both(arms, "sample_stacks", calls=calls, for_ns=STACKS_NS, interval_ns=INTERVAL_NS)
    is_threaded = any(each["is_threaded"] for each in sampled)
    timed: list[Pair] = []
    plain: list[tuple[int, int]] = []
    is_busy = all(each["busy_ratio"] >= WAITING_BELOW_RATIO for each in warm) and not is_threaded
    reading = "cpu_ns" if is_busy else "wall_ns"
    spoilt: list[tuple[Pair, tuple[int, int]]] = []
    began_s = time.monotonic()
    while len(timed) < ROUNDS and not _is_enough(len(timed), len(spoilt), time.monotonic() - began_s):
        first = rng.randrange(2)
        batches = {each: arms[each].order("batches", calls=calls, count=1, lead=0) for each in (first, 1 - first)}
        plain_ns = (batches[0][reading][0], batches[1][reading][0])
        if is_threaded:
            details = {"for_ns": THREADED_ROUND_NS, "interval_ns": INTERVAL_NS}
            pair = _both(arms, "sample_stacks", first=1 - first, calls=calls, **details)
        else:
            pair = _both(arms, "time_functions", first=1 - first, calls=calls)
        if is_busy and any(each["cpu_ns"] < BUSY_RATIO * each["wall_ns"] for each in pair):
            spoilt.append((pair, plain_ns))
        else:
            timed.append(pair)
            plain.append(plain_ns)
    if len(timed) < LEAST_ROUNDS:
        timed += [pair for pair, _ in spoilt]
        plain += [plain_ns for _, plain_ns in spoilt]
    return Observed(
        calls=calls, counted_calls=counted_calls, counted=counted, timed=tuple(timed), plain_ns=tuple(plain),
        sampled=sampled, interval_ns=INTERVAL_NS, is_busy=is_busy,
        notes=_notes(counted, sampled, is_threaded=is_threaded),
    )  # fmt: skip


def _with_memory(observed: Observed, arms: tuple[_Arm, _Arm]) -> Observed:
    """What was seen, with what holds memory at the peak and how the lines of the function that grew most grow."""
    answers = _both(arms, "memory_sites")
    sites = (answers[0]["sites"], answers[1]["sites"])
    place = grown_most(*sites)
    lines = arms[1].order("memory_lines", file=place[0], line=place[1])["lines"] if place is not None else []
    is_exact = answers[1]["tracer"] == "memray"
    return replace(
        observed,
        sites=sites,
        grown_lines=tuple((line, grown, runs) for line, grown, runs in lines),
        grown_file=place[0] if place is not None else "",
        notes=observed.notes
        if is_exact
        else (*observed.notes, "without memray: what a call leaves behind, not its peak"),
    )


def _is_enough(rounds: int, spoilt: int, elapsed_s: float) -> bool:
    """Time is up; later where the rounds do not yet make an interval, and never before there is one round."""
    return rounds + spoilt > 0 and elapsed_s > (ROUNDS_S if rounds >= LEAST_ROUNDS else LONG_ROUNDS_S)


def _both(arms: tuple[_Arm, _Arm], name: str, *, first: int = 0, **details: Any) -> Pair:
    answers = {each: arms[each].order(name, **details) for each in (first, 1 - first)}
    return answers[0], answers[1]


def _notes(counted: Pair, sampled: Pair, *, is_threaded: bool) -> tuple[str, ...]:
    notes = []
    if any(each["is_cut"] for each in counted):
        notes.append("too many calls to count one by one: the profiler's counts are shown, resumed coroutines included")
    if any(each["is_cut"] for each in sampled):
        notes.append("stacks are deeper than can be shown: their outer part is cut off")
    if is_threaded:
        notes.append("the benchmark has threads: times are sampled, and less precise than those of a single thread")
    return tuple(notes)


def _until(link: WorkerLink, name: str, *, timeout_s: float, benchmark: str | None = None) -> dict[str, Any]:
    """The worker's next event of that name; while waiting to be ready also the end of the test, which then raised."""
    while True:
        event = link.next_event(timeout_s=timeout_s)
        kind = event.get("event")
        if kind == name or (kind == "finished" and event.get("workload") == benchmark):
            return event
        if kind == "ready":  # a test that serves twice
            link.release()
        if kind == "bye":
            raise WorkerGone("died", "pytest ended early", link.log_tail())


def _core() -> int | None:
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
