"""Why a benchmark's figure moved: functions by their responsibility, for a reader; no verdict rests on it."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of head that the change wrote or edited; `share_ratio` is the part of head's time in which it ran."""

    line: int
    text: str
    share_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionShare:
    """What one function contributes. Calls are per call of the benchmark, exact.

    `share_ratio` is the time it adds (below 0: saves), itself or by calls it makes more often, over base's time of the
    whole benchmark; an unknown side of the interval is infinite. `details` are words about what it calls.
    """

    function: str
    file: str
    line: int
    calls_base: float
    calls_head: float
    share_ratio: float
    share_low_ratio: float
    share_high_ratio: float
    is_edited: bool
    details: tuple[str, ...] = ()
    lines: tuple[ChangedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """A call path, outermost first, and how many samples of each arm were taken there."""

    path: tuple[str, ...]
    base_count: int
    head_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationSite:
    """A line that holds memory at the peak, with its bytes and blocks in both arms; None where there is no base."""

    function: str
    file: str
    line: int
    bytes_base: int | None
    bytes_head: int
    blocks_base: int | None
    blocks_head: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLine:
    """A row of memory-profiler's table: what the process grew by while the line ran."""

    line: int
    text: str
    grown_bytes: int
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionCounts:
    """Instructions of one call as valgrind counts them, median of so many hash seeds; the ratios' least and greatest.

    A witness that hears no neighbour and knows no cache: it decides nothing.
    """

    base: float
    head: float
    ratio: float
    ratio_low: float
    ratio_high: float
    seeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole answer for one benchmark; without functions and sites no difference was found.

    `ratio` is head over base as seen in passing, one pair of processes only, NaN where nobody timed them. `notes` say
    what was cut or not seen.
    """

    benchmark: str
    base: str
    head: str
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    functions: tuple[FunctionShare, ...] = ()
    stacks: tuple[Stack, ...] = ()
    sites: tuple[AllocationSite, ...] = ()
    memory_lines: tuple[MemoryLine, ...] = ()
    instructions: InstructionCounts | None = None
    notes: tuple[str, ...] = ()

    def about(self, *, is_memory: bool) -> "Explanation":
        """The part that speaks of memory, or of time."""
        return replace(self, functions=(), stacks=()) if is_memory else replace(self, sites=(), memory_lines=())
