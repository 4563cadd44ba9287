"""What the tool asks of a worker while a test waits in its benchmark."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _OfArm:
    arm: int


@dataclass(frozen=True, slots=True)
class _CallsOfArm(_OfArm):
    calls: int


class WarmUp(_CallsOfArm):
    """Make so many calls in a row; answered by `Warmed`."""


class UseProcessClock(_OfArm):
    """Count the CPU time of all threads from now on."""


class SetUpEachCall(_OfArm):
    """Give each call a set-up of its own from now on, where the work has one that was made once."""


@dataclass(frozen=True, slots=True)
class TimeBatches(_CallsOfArm):
    """Time `count` batches of so many calls, after `lead` untimed calls; answered by `BatchTimes`."""

    count: int
    lead: int = 0


class TimeCalls(_CallsOfArm):
    """Time so many single calls; answered by `CallTimes`."""


class TimeWalk(_OfArm):
    """Ask for an answer and walk through it; answered by `WalkTime`."""


class TraceMemory(_OfArm):
    """Make one call under the tracer; answered by `MemoryTrace`."""


class TakeResident(_OfArm):
    """Make one call and see how the process grows; answered by `Resident`."""


class CountCalls(_CallsOfArm):
    """Count every call in so many calls of the subject; answered by `CallCounts`."""


class TimeFunctions(_CallsOfArm):
    """Make so many calls under the interpreter's profiler; answered by `FunctionTimes`."""


@dataclass(frozen=True, slots=True)
class SampleStacks(_CallsOfArm):
    """Make so many batches of so many calls and look at the stacks now and then; answered by `StackSamples`."""

    batches: int
    interval_ns: int


@dataclass(frozen=True, slots=True)
class CountInstructions(_CallsOfArm):
    """Make so many calls in a child process that valgrind counts into a folder; answered by `Instructions`."""

    folder: str


class FindMemorySites(_OfArm):
    """Make one call and see which lines hold memory at its peak; answered by `MemorySites`."""


@dataclass(frozen=True, slots=True)
class TakeGrownLines(_OfArm):
    """Make one call and see how the process grows at each line of the function around a line of a file of the tree.

    Answered by `GrownLines`.
    """

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Release:
    """Let the waiting test go on to its end."""


Order = (
    WarmUp | UseProcessClock | SetUpEachCall
    | TimeBatches | TimeCalls | TimeWalk | TraceMemory | TakeResident
    | CountInstructions | CountCalls | TimeFunctions | SampleStacks | FindMemorySites | TakeGrownLines | Release
)  # fmt: skip
