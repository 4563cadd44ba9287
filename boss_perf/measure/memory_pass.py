"""The memory pass: exact allocated bytes of one call of each arm, in a state that the same calls have led to."""

from collections.abc import Sequence
from dataclasses import replace

from boss_perf.measure.arms import Arm
from boss_perf.measure.look import Look
from boss_perf.model.samples import Reading, Sample, Series
from boss_perf.worker.messages import MemoryTrace

TRACES = 6
ALIKE_RATIO = 0.001
"""How far two peaks of one arm may lie apart and be of one state: a tenth of the margin by which memory is judged."""


def trace_memory(arms: Sequence[Arm], frame: Sample, look: Look) -> Sample:
    """Exact allocated bytes of one call of each arm, and its resident memory if wanted and to be had.

    All arms are traced equally often, in turn, until each has told nearly the same peak twice in a row: the first calls
    fill caches and tables, and how often a call went before is part of what it allocates.
    """
    traces: list[list[MemoryTrace]] = [[arm.memory() for arm in arms]]
    while len(traces) < TRACES and not any(arm.is_one_shot for arm in arms):
        traces.append([arm.memory() for arm in arms])
        if all(_is_alike(before, last) for before, last in zip(*traces[-2:], strict=True)):
            break
    series = []
    for arm in arms if look.has_resident else ():
        resident_bytes = arm.resident_bytes()
        if resident_bytes is not None:
            series.append(Series(arm.name, Reading.RESIDENT_BYTES, (resident_bytes,)))
    for arm, trace in zip(arms, traces[-1], strict=True):
        series += [
            Series(arm.name, Reading.PEAK_BYTES, (trace.peak_bytes,)),
            Series(arm.name, Reading.RETAINED_BYTES, (trace.retained_bytes,)),
            Series(arm.name, Reading.ALLOCATION_COUNT, (trace.allocation_count,)),
        ]
    tracers = sorted({trace.tracer for trace in traces[-1]})
    return replace(
        frame,
        arms=tuple(arm.name for arm in arms),
        series=tuple(series),
        conditions=replace(frame.conditions, tracer=" and ".join(tracers)),
    )


def _is_alike(before: MemoryTrace, last: MemoryTrace) -> bool:
    return abs(last.peak_bytes - before.peak_bytes) <= ALIKE_RATIO * last.peak_bytes
