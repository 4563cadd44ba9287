"""What the tool and a worker say to each other: a worker reports events; while a test waits it gets orders, and every
order but `Release` is answered by the message whose type the order names before the next is given.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from .orders import Order
from .profile_messages import Profile

UNTIMED = ("trial", "track")
"""Kinds of workloads without a time: a trial is judged by its checks, a track is a number of its own."""


class FailureKind(StrEnum):
    """Why there is no number."""

    RAISED = "raised"
    DISAGREED = "disagreed"
    TIMED_OUT = "timed_out"
    DIED = "died"
    NOT_COLLECTED = "not_collected"
    SKIPPED = "skipped"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no number, in words."""

    kind: FailureKind
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One property that a trial observed."""

    name: str
    is_passed: bool
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class Found:
    """A workload of a suite: its node id, which fixture it uses, where it is, and why its marks skip it if they do.

    `limit_s` is how long the suite itself allows it to take, 0 where it does not say.
    """

    workload: str
    kind: str
    file: str
    line: int
    skip: str = ""
    limit_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a test took in: files and folders relative to its root, and the top-level modules from elsewhere.

    `data` are Python files that were read and not run.
    """

    files: tuple[str, ...]
    data: tuple[str, ...]
    folders: tuple[str, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hello:
    """The first word of a worker."""

    pid: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What pytest found: the workloads, by file what could not be imported, and what is left out there.
    Where nothing is selected: `loaded` are the top-level modules imported by then, `plugins` the modules of installed
    pytest plugins, `plugins_loaded` the top-level modules that come with them, `origins` files of the tree's modules.
    """

    workloads: tuple[Found, ...]
    errors: tuple[tuple[str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    loaded: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    plugins_loaded: tuple[str, ...] = ()
    origins: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The node ids."""
        return tuple(each.workload for each in self.workloads)

    @property
    def timed(self) -> tuple[str, ...]:
        """The node ids of what has a time."""
        return tuple(each.workload for each in self.workloads if each.kind not in UNTIMED)


@dataclass(frozen=True, slots=True)
class Ready:
    """A test waits in its benchmark. `is_one_shot`: it may be called once. `is_lazy`: its answer has to be walked.
    `origins` are the loaded modules of its tree with their files, `addresses` where objects lay before any was loaded.
    """

    workload: str
    arms: tuple[str, ...]
    has_setup: bool = False
    is_one_shot: bool = False
    is_lazy: bool = False
    origins: dict[str, str] = field(default_factory=dict)
    addresses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """A test is over; without a `failure` all its asserts held. `is_trial`: it held a policy against its `checks`.
    `answers` tell the answers to the first inputs, before and after measuring: by type and digest, or a question mark
    and the type where they cannot be looked at; None where nothing was asked.
    `caveats` are pairs of a kind and a sentence. `taken_in` is told by a process that is watched.
    """

    workload: str
    failure: Failure | None = None
    facts: dict[str, float] = field(default_factory=dict)
    is_trial: bool = False
    checks: tuple[Check, ...] = ()
    answers: tuple[str | None, str | None] = (None, None)
    caveats: tuple[tuple[str, str], ...] = ()
    taken_in: TakenIn | None = None


@dataclass(frozen=True, slots=True)
class Bye:
    """pytest has ended."""


@dataclass(frozen=True, slots=True)
class Warmed:
    """What so many calls in a row took: on both clocks, with what surrounds them untimed, and of all threads.
    `left` and `pushed` count how often the thread left its core by itself and was pushed off.
    """

    wall_ns: int
    cpu_ns: int
    whole_ns: int
    process_ns: int
    thread_ns: int
    left: int
    pushed: int


@dataclass(frozen=True, slots=True)
class BatchTimes:
    """Nanoseconds of each batch on both clocks; `left` and `pushed` as of `Warmed`."""

    cpu_ns: tuple[int, ...]
    wall_ns: tuple[int, ...]
    left: int
    pushed: int


@dataclass(frozen=True, slots=True)
class CallTimes:
    """Wall nanoseconds of each call, with the CPU time of all."""

    wall_ns: tuple[int, ...]
    cpu_ns: int


@dataclass(frozen=True, slots=True)
class WalkTime:
    """Nanoseconds of asking for an answer and walking it to its end, on both clocks."""

    cpu_ns: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class MemoryTrace:
    """Exact allocations of one call."""

    tracer: str
    peak_bytes: int
    retained_bytes: int
    allocation_count: int


@dataclass(frozen=True, slots=True)
class Resident:
    """Peak resident bytes of one call above an empty one; None where nothing can tell."""

    resident_bytes: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """There is nothing to tell."""


Event = Hello | Collected | Ready | Finished | Bye
Answer = Warmed | BatchTimes | CallTimes | WalkTime | MemoryTrace | Resident | Done | Profile
Message = Event | Answer | Order
