"""Warming a subject up, which also finds out how long a call takes and which clock tells the truth of it."""

import resource
from typing import Any

from .clocks import CLOCKS
from .subject import Subject

SLOW_CALL_NS = 50_000_000


def warm_up(subject: Subject, *, least_ns: int, least_calls: int) -> dict[str, Any]:
    """Call until both minima are reached, a slow callable twice; tells the best time and which clock fits.

    `whole_ns` is the least wall time of a call together with what is done around it untimed, such as a set-up.
    `busy_ratio` is CPU over wall of the least disturbed batch: well below 1 means the subject waits, unless it was
    only ever pushed off the core, which a thread that waits is not: it leaves by itself. Where the process used
    clearly more CPU than the calling thread, the subject has threads and the process clock counts.
    """
    best_wall = best_cpu = best_whole = 0
    done, calls, busy = 0, 1, 0.0
    process_before, thread_before, started = CLOCKS.process_ns(), CLOCKS.thread_ns(), CLOCKS.wall_ns()
    switches_before = _switches()
    while True:
        began = CLOCKS.wall_ns()
        cpu, wall = subject.batch(calls)
        whole = max(1, (CLOCKS.wall_ns() - began) // calls)
        best_whole = min(best_whole or whole, whole)
        done += calls
        if not best_wall or wall / calls < best_wall:
            best_wall, best_cpu = max(1, wall // calls), max(1, cpu // calls)
        busy = max(busy, cpu / max(1, wall))
        elapsed = CLOCKS.wall_ns() - started
        if (elapsed >= least_ns and done >= least_calls) or (done >= 2 and elapsed / done > SLOW_CALL_NS):
            break
        if elapsed / done > SLOW_CALL_NS:
            continue
        calls = max(1, min(calls * 2, least_ns // (4 * best_wall) or 1))
    process_spent_ns = CLOCKS.process_ns() - process_before
    thread_spent_ns = CLOCKS.thread_ns() - thread_before
    if process_spent_ns > 1.2 * thread_spent_ns + 2_000_000:
        subject.use_process_clock()
        busy = process_spent_ns / max(1, CLOCKS.wall_ns() - started)
    left, was_pushed = (after - before for after, before in zip(_switches(), switches_before, strict=True))
    if left <= was_pushed:
        busy = 1.0
    clock = "process" if subject.cpu_ns is CLOCKS.process_ns else "thread"
    return {
        "wall_ns": best_wall,
        "cpu_ns": best_cpu,
        "whole_ns": max(best_whole, best_wall),
        "busy_ratio": min(busy, 1.0),
        "cpu_clock": clock,
    }


def _switches() -> tuple[int, int]:
    """How often this thread left its core by itself, and how often it was pushed off."""
    usage = resource.getrusage(getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF))
    return usage.ru_nvcsw, usage.ru_nivcsw
