"""What the tool asks of a worker while a test waits in its benchmark."""

from dataclasses import dataclass

from .profile_messages import ProfileOrder


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Make so many calls in a row; answered by `Warmed`."""

    arm: int
    calls: int


@dataclass(frozen=True, slots=True)
class _OfArm:
    arm: int


class UseProcessClock(_OfArm):
    """Count the CPU time of all threads from now on."""


class SetUpEachCall(_OfArm):
    """Give each call a set-up of its own from now on, where the work has one that was made once."""


@dataclass(frozen=True, slots=True)
class TimeBatches:
    """Time `count` batches of so many calls, after `lead` untimed calls; answered by `BatchTimes`."""

    arm: int
    calls: int
    count: int
    lead: int = 0


@dataclass(frozen=True, slots=True)
class TimeCalls:
    """Time so many single calls; answered by `CallTimes`."""

    arm: int
    calls: int


@dataclass(frozen=True, slots=True)
class TimeWalks:
    """Walk through so many answers; answered by `WalkTimes`."""

    arm: int
    count: int


class TraceMemory(_OfArm):
    """Make one call under the tracer; answered by `MemoryTrace`."""


class TakeResident(_OfArm):
    """Make one call and see how the process grows; answered by `Resident`."""


@dataclass(frozen=True, slots=True)
class Release:
    """Let the waiting test go on to its end."""


Order = (
    WarmUp | UseProcessClock | SetUpEachCall
    | TimeBatches | TimeCalls | TimeWalks | TraceMemory | TakeResident | ProfileOrder | Release
)  # fmt: skip
