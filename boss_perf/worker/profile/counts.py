"""What a few calls of the subject come to: every call of theirs, or all their instructions."""

import functools
import inspect
import os
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable
from opcode import opmap
from typing import Any

from ..clocks import CLOCKS
from ..orders import CountCalls, CountInstructions
from ..profile_messages import CallCounts, Instructions
from ..subject import Subject
from .functions import ABOVE, ROWS_LIMIT, FunctionTable, is_whole, take_calls

EVENT_LIMIT = 300_000
COUNT_LIMIT_NS = 150_000_000
SUMMARY = b"summary:"
_SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_C_CALLABLES = (types.BuiltinFunctionType, types.MethodDescriptorType, types.ClassMethodDescriptorType)


def count_calls(subject: Subject, order: CountCalls, table: FunctionTable) -> CallCounts:
    """How often each function calls each other one in so many calls of the subject; of C functions, how often it does.

    Who calls a function of the tree is the nearest of the tree's own, whatever decorators and libraries lie between;
    of library functions those calls are counted that the tree's own make.
    A generator or coroutine counts once, when it starts. `is_cut` when there were more events than can be waited for:
    then the counts are of the beginning only. In threads that were there before, only Python 3.12 and later can look.
    """
    counter = _Counter(table)
    start, stop = counter.with_monitoring() if hasattr(sys, "monitoring") else counter.with_setprofile()
    take_calls(subject, order.calls, start, stop)
    edges: Counter[tuple[int, int]] = Counter()
    for (caller, code), count in counter.calls.items():
        if is_whole(code) and (number := table.number(code)) != ABOVE:
            edges[table.number(caller), number] += count
    builtins: Counter[tuple[int, str]] = Counter()
    for (code, name), count in counter.builtins.items():
        if (number := table.number(code)) != ABOVE:
            builtins[number, name] += count
    return CallCounts(
        functions=table.functions,
        edges=tuple((*pair, count) for pair, count in edges.most_common(ROWS_LIMIT)),
        builtins=tuple((*pair, count) for pair, count in builtins.most_common(ROWS_LIMIT)),
        is_cut=counter.is_cut or len(edges) > ROWS_LIMIT,
    )


def count_instructions(subject: Subject, order: CountInstructions, _table: FunctionTable) -> Instructions:
    """All instructions of a child that makes so many calls and ends, with those of this process until then.

    valgrind counts, and writes them into a file of the child's.
    """
    child = os.fork()
    if child == 0:
        try:
            subject.batch(order.calls)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    try:
        with open(os.path.join(order.folder, str(child)), "rb") as file:
            told = [line.removeprefix(SUMMARY) for line in file if line.startswith(SUMMARY)]
    except OSError:
        return Instructions(0)
    return Instructions(int(told[0].split()[0]) if told else 0)


class _Counter:
    """Counts calls by (caller's code, code), and those of C functions by (caller's code, name), until it is enough."""

    def __init__(self, table: FunctionTable) -> None:
        self._table = table
        self.calls: dict[tuple[types.CodeType | None, types.CodeType], int] = {}
        self.builtins: dict[tuple[types.CodeType, str], int] = {}
        self._left = EVENT_LIMIT
        self._end_ns = CLOCKS.process_ns() + COUNT_LIMIT_NS
        self._stop: Callable[[], None] = lambda: None

    @property
    def is_cut(self) -> bool:
        return self._left <= 0

    def with_setprofile(self) -> tuple[Callable[[], None], Callable[[], None]]:
        def hook(frame: types.FrameType, event: str, argument: Any) -> None:
            if event == "call":
                code = frame.f_code
                if not code.co_flags & _SUSPENDS or frame.f_lasti == _start_of(code):
                    self._count(frame)
            elif event == "c_call":
                self._count_builtin(frame.f_code, argument)

        def start() -> None:
            threading.setprofile(hook)
            sys.setprofile(hook)

        def stop() -> None:
            sys.setprofile(None)
            threading.setprofile(None)

        self._stop = stop
        return start, stop

    def with_monitoring(self) -> tuple[Callable[[], None], Callable[[], None]]:
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        tool = next(each for each in (4, 3, monitoring.PROFILER_ID) if monitoring.get_tool(each) is None)
        events = monitoring.events

        def started(_code: types.CodeType, _offset: int) -> None:
            self._count(sys._getframe(1))

        def called(code: types.CodeType, _offset: int, function: Any, _first: Any) -> None:
            if isinstance(function, _C_CALLABLES):
                self._count_builtin(code, function)

        def start() -> None:
            monitoring.use_tool_id(tool, "boss-perf")
            monitoring.register_callback(tool, events.PY_START, started)
            monitoring.register_callback(tool, events.CALL, called)
            monitoring.set_events(tool, events.PY_START | events.CALL)

        def stop() -> None:
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, events.PY_START, None)
            monitoring.register_callback(tool, events.CALL, None)
            monitoring.free_tool_id(tool)

        self._stop = lambda: monitoring.set_events(tool, 0)
        return start, stop

    def _count(self, frame: types.FrameType) -> None:
        caller, is_between = frame.f_back, self._table.is_library
        if not is_between(frame.f_code):
            while caller is not None and is_between(caller.f_code):
                caller = caller.f_back
        if caller is None or not is_between(caller.f_code):
            key = (caller.f_code if caller is not None else None, frame.f_code)
            self.calls[key] = self.calls.get(key, 0) + 1
        self._one_less()

    def _count_builtin(self, code: types.CodeType, function: Any) -> None:
        key = (code, str(getattr(function, "__qualname__", function)))
        self.builtins[key] = self.builtins.get(key, 0) + 1
        self._one_less()

    def _one_less(self) -> None:
        self._left -= 1
        if self._left % 1024 == 0 and CLOCKS.process_ns() > self._end_ns:
            self._left = 0
        if self._left <= 0:
            self._stop()


@functools.cache
def _start_of(code: types.CodeType) -> int:
    """The offset at which a generator or coroutine runs for the first time."""
    words = code.co_code
    return next((at for at in range(0, len(words), 2) if words[at] == opmap["RESUME"] and words[at + 1] == 0), -1)
