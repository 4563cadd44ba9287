"""Which lines hold memory at the peak of one call, and what the process grows by while the lines of a function run."""

import gc
import os
import signal
import sys
import tracemalloc
import types
from collections.abc import Callable, Iterable
from typing import Any

from ..child_process import made_in_child
from ..memory import give_back, settle_memory, tracked
from ..orders import FindMemorySites, TakeGrownLines
from ..profile_messages import GrownLines, MemorySites
from ..subject import Subject
from .functions import WORKER, FunctionTable

Site = tuple[str, str, int, int, int]
Frames = Iterable[tuple[str, str, int]]
"""File, function and line of each, the innermost first."""

SITES_LIMIT = 2_000
STACK_LIMIT = 64
LINES_LIMIT_S = 10
LEAST_GROWN_BYTES = 2**12
"""The system hands out memory by the page, so less than one is nothing."""


def find_memory_sites(subject: Subject, _order: FindMemorySites, table: FunctionTable) -> MemorySites:
    """Lines of the tree with the bytes and blocks they hold at the peak of one call, after one that warms caches.

    A line answers for what library code below it takes. Without memray, tracemalloc tells what the call leaves behind.
    """
    settle_memory()
    subject.answer()
    gc.collect()
    try:
        import memray
    except ImportError:
        return MemorySites("tracemalloc", _traced(subject.answer, table))
    return MemorySites("memray", _tracked(subject.answer, table, memray))


def take_grown_lines(subject: Subject, order: TakeGrownLines, table: FunctionTable) -> GrownLines:
    """memory-profiler's table of the function around a line, empty where it cannot tell.

    It happens in a child born for it, which the system ends when it takes too long: a look at every line is slow.
    """

    def lines() -> tuple[tuple[int, int, int], ...]:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LINES_LIMIT_S)
        return _lines(subject.answer, os.path.realpath(os.path.join(table.root, order.file)), order.line)

    try:
        return GrownLines(made_in_child(lines))
    except RuntimeError:
        return GrownLines(())


def _tracked(call: Callable[[], Any], table: FunctionTable, memray: Any) -> tuple[Site, ...]:
    with tracked(call, memray) as reader:
        records = reader.get_high_watermark_allocation_records(merge_threads=True)
        held = (
            (((file, name, line) for name, file, line in each.stack_trace(STACK_LIMIT)), each.size, each.n_allocations)
            for each in records
        )
        return _largest(held, table)


def _traced(call: Callable[[], Any], table: FunctionTable) -> tuple[Site, ...]:
    tracemalloc.start(STACK_LIMIT)
    try:
        answer = call()
        traces = tracemalloc.take_snapshot().traces
    finally:
        tracemalloc.stop()
    del answer
    held = (
        (((frame.filename, "", frame.lineno) for frame in reversed(trace.traceback)), trace.size, 1) for trace in traces
    )
    return _largest(held, table)


def _place(frames: Frames, table: FunctionTable) -> tuple[str, str, int] | None:
    """The innermost line of the tree's own, None where the worker comes first."""
    for file, name, line in frames:
        if file.startswith(WORKER):
            return None
        relative = table.below_root(file)
        if relative is not None:
            return relative, name, line
    return None


def _largest(allocations: Iterable[tuple[Frames, int, int]], table: FunctionTable) -> tuple[Site, ...]:
    """The lines that hold most, of allocations with their frames, bytes and blocks."""
    sites: dict[tuple[str, str, int], list[int]] = {}
    for frames, size_bytes, blocks in allocations:
        place = _place(frames, table)
        if place is not None:
            site = sites.setdefault(place, [0, 0])
            site[0] += size_bytes
            site[1] += blocks
    rows = [(*place, held, blocks) for place, (held, blocks) in sites.items()]
    return tuple(sorted(rows, key=lambda row: -row[3])[:SITES_LIMIT])


def _lines(call: Callable[[], Any], file: str, line: int) -> tuple[tuple[int, int, int], ...]:
    try:
        from memory_profiler import LineProfiler
    except ImportError:
        return ()
    code = _code_around(file, line)
    if code is None:
        return ()
    give_back()  # or this call would take up what earlier ones freed, and seem to need none
    profiler = LineProfiler()
    profiler.code_map.add(code)
    sys.stdout = sys.stderr  # it prints what it cannot do
    profiler.enable_by_count()
    try:
        call()
    finally:
        profiler.disable_by_count()
    rows = []
    for _, measured in profiler.code_map.items():  # noqa: PERF102 - its items are not those of a dict
        for number, figures in measured:
            # The first line's growth is counted from nothing.
            if figures is not None and number != code.co_firstlineno and figures[0] * 2**20 >= LEAST_GROWN_BYTES:
                rows.append((number, round(figures[0] * 2**20), figures[2]))
    return tuple(rows)


def _code_around(file: str, line: int) -> types.CodeType | None:
    """The code of the innermost function that spans a line of a file."""
    gc.unfreeze()
    codes = {each.__code__ for each in gc.get_objects() if isinstance(each, types.FunctionType)}
    spans = [
        (code.co_firstlineno, code)
        for code in codes
        if code.co_filename.endswith(os.path.basename(file)) and os.path.realpath(code.co_filename) == file
        if code.co_firstlineno <= line <= max((last or 0 for *_, last in code.co_lines()), default=0)
    ]
    return max(spans, key=lambda span: span[0])[1] if spans else None
