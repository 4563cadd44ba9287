"""The memory pass: exact allocated bytes of one call of each arm, in a state that the same calls have led to.

And for an explanation, a pass of its own: which lines hold memory at the peak.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from boss_perf.measure.arms import Arm
from boss_perf.measure.look import Look, TooLong
from boss_perf.model.samples import Reading, Sample, Series
from boss_perf.worker import orders
from boss_perf.worker.messages import MemoryTrace, Resident
from boss_perf.worker.profile_messages import GrownLines, MemorySites

TRACES = 6
ALIKE_RATIO = 0.001
"""How far two peaks of one arm may lie apart and be of one state: a tenth of the margin by which memory is judged."""
LEAST_GROWN_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryProfile:
    """What each arm holds at its peak, and memory-profiler's lines of the function, in `grown_file`, that grew most.

    That is the function of the last arm that holds most more than the first's, or most where there is one arm only.
    """

    sites: tuple[MemorySites, ...]
    grown: GrownLines | None = None
    grown_file: str = ""


def take_memory_sites(arms: Sequence[Arm], _look: Look) -> MemoryProfile:
    """Which lines hold memory at the peak of one call of each arm, and how those of one function grow."""
    sites = tuple(arm.ask(orders.FindMemorySites(arm.index), MemorySites) for arm in arms)
    place = _grown_most(sites[:-1], sites[-1])
    if place is None:
        return MemoryProfile(sites=sites)
    grown = arms[-1].ask(orders.TakeGrownLines(arms[-1].index, *place), GrownLines)
    return MemoryProfile(sites=sites, grown=grown, grown_file=place[0])


def _grown_most(before: Sequence[MemorySites], after: MemorySites) -> tuple[str, int] | None:
    """The file and line of the function that holds the most bytes more than before, None where none does."""
    grown: Counter[tuple[str, str]] = Counter()
    lines: dict[tuple[str, str], tuple[int, int]] = {}
    for file, name, _, held, _ in (site for each in before for site in each.sites):
        grown[file, name] -= held
    for file, name, line, held, _ in after.sites:
        grown[file, name] += held
        lines[file, name] = max(lines.get((file, name), (0, 0)), (held, line))
    place = max(lines, key=grown.__getitem__, default=None)
    return (place[0], lines[place][1]) if place is not None and grown[place] >= LEAST_GROWN_BYTES else None


def trace_memory(arms: Sequence[Arm], frame: Sample, look: Look) -> Sample:
    """Exact allocated bytes of one call of each arm, and its resident memory if wanted and to be had.

    All arms are traced equally often, in turn, until each has told nearly the same peak twice in a row: the first calls
    fill caches and tables, and how often a call went before is part of what it allocates. TooLong after the first
    where there is no time for as many again.
    """
    began_s = look.left_s()
    traces: list[list[MemoryTrace]] = [[_traced(arm) for arm in arms]]
    took_s = began_s - look.left_s()
    while len(traces) < TRACES and not any(arm.is_one_shot for arm in arms):
        if took_s > look.left_s():
            raise TooLong(took_s * TRACES)
        traces.append([_traced(arm) for arm in arms])
        if all(_is_alike(before, last) for before, last in zip(*traces[-2:], strict=True)):
            break
    series = []
    for arm in arms if look.has_resident else ():
        resident_bytes = arm.ask(orders.TakeResident(arm.index), Resident).resident_bytes
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


def _traced(arm: Arm) -> MemoryTrace:
    return arm.ask(orders.TraceMemory(arm.index), MemoryTrace)


def _is_alike(before: MemoryTrace, last: MemoryTrace) -> bool:
    return abs(last.peak_bytes - before.peak_bytes) <= ALIKE_RATIO * last.peak_bytes
