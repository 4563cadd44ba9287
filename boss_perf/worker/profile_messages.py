"""What a look at a subject's calls tells; parts of the messages between tool and worker.

A function is spoken of by its number in `functions` of the same message; -1 is the worker, or nobody.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function as one arm knows it; its file is relative to the measured tree where it `is_ours`."""

    file: str
    module: str
    name: str
    line: int
    is_ours: bool

    @property
    def key(self) -> tuple[str, str]:
        """What it is matched by in the other arm: lines move."""
        return self.file, self.name

    @property
    def label(self) -> str:
        """Its dotted name."""
        return f"{self.module}.{self.name}" if self.module else self.name


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How often (caller, callee) happened, and (caller, C function); `is_cut`: there were too many to see them all."""

    functions: tuple[Function, ...]
    edges: tuple[tuple[int, int, int], ...]
    builtins: tuple[tuple[int, str, int], ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class FunctionTimes:
    """Nanoseconds within each function, and of (caller, callee) how often and what was spent below."""

    functions: tuple[Function, ...]
    self_ns: tuple[tuple[int, int], ...]
    edges: tuple[tuple[int, int, int, int], ...]
    cpu_ns: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class StackSamples:
    """Call paths, outermost first, with how often each was seen, and (function, line) likewise, in so many looks.

    `cpu_ns` and `wall_ns` are of the shortest batch. `is_cut`: some paths were too deep to be seen whole.
    `is_threaded`: code of the tree ran in other threads.
    """

    functions: tuple[Function, ...]
    stacks: tuple[tuple[tuple[int, ...], int], ...]
    lines: tuple[tuple[int, int, int], ...]
    looks: int
    cpu_ns: int
    wall_ns: int
    is_cut: bool
    is_threaded: bool


@dataclass(frozen=True, slots=True)
class MemorySites:
    """What holds memory at the peak of a call: file, function, line, bytes and blocks; and who tells."""

    tracer: str
    sites: tuple[tuple[str, str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class GrownLines:
    """What the process grew by while each line of a function ran: line, bytes, runs."""

    lines: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Instructions:
    """All instructions of a process up to its end, 0 where nothing tells."""

    count: int


Profile = Instructions | CallCounts | FunctionTimes | StackSamples | MemorySites | GrownLines
