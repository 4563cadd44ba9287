"""One call under a memory tracer: exact allocated bytes, or the resident memory of the whole process.

Exact figures come from memray where it runs, which also sees native allocations, and from tracemalloc elsewhere. The
resident figure comes from memory-profiler; it samples, so it is shown and never judged.
"""

import os
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from gc import collect, freeze, unfreeze
from typing import Any

from .messages import MemoryTrace, Resident

RESIDENT_INTERVAL_S = 0.002


def settle_memory() -> None:
    """Collect what set-up left behind and take the rest out of the collector's sight; collection itself stays on."""
    unfreeze()
    collect()
    freeze()


def trace_call(function: Callable[[], Any], *, is_one_shot: bool = False) -> MemoryTrace:
    """Peak and retained bytes and the number of allocations of one call, after an untraced one that warms caches.

    Retained is what is still allocated while the answer is alive. What may be called once has no untraced call.
    """
    if not is_one_shot:
        function()
    collect()
    try:
        import memray
    except ImportError:
        return _trace_with_tracemalloc(function)
    return _trace_with_memray(function, memray)


def resident_call(function: Callable[[], Any]) -> Resident:
    """Peak resident bytes of one call above those of an empty call; unknown without memory-profiler.

    The call happens in a child born for it: what it frees would otherwise hide what the next call takes, and
    memory-profiler ends all children of its process when the function raises.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            os.write(writer, str(_resident(function)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return Resident(int(told) if told.isdigit() else None)


def _resident(function: Callable[[], Any]) -> int | None:
    try:
        from memory_profiler import memory_usage
    except ImportError:
        return None
    settings = {"interval": RESIDENT_INTERVAL_S, "max_iterations": 1, "max_usage": True, "include_children": True}
    idle_mib = memory_usage((_nothing, (), {}), **settings)
    peak_mib = memory_usage((function, (), {}), **settings)
    return max(0, int((peak_mib - idle_mib) * 2**20))


def _trace_with_memray(function: Callable[[], Any], memray: Any) -> MemoryTrace:
    with tempfile.TemporaryDirectory(prefix=f"boss-perf-memory-{os.getpid()}-") as folder:
        path = os.path.join(folder, "allocations.bin")
        with memray.Tracker(path, trace_python_allocators=True):
            answer = function()
            collect()
        reader = memray.FileReader(path)
        retained = sum(record.size for record in reader.get_leaked_allocation_records(merge_threads=True))
        peak = reader.metadata.peak_memory
        counted = sum(
            record.n_allocations for record in reader.get_high_watermark_allocation_records(merge_threads=True)
        )
        reader.close()
    del answer
    return MemoryTrace("memray", int(peak), int(retained), int(counted))


def _trace_with_tracemalloc(function: Callable[[], Any]) -> MemoryTrace:
    tracemalloc.start(1)
    try:
        before, blocks = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        answer = function()
        collect()
        kept, peak = tracemalloc.get_traced_memory()
        counted = sys.getallocatedblocks() - blocks
    finally:
        tracemalloc.stop()
    del answer
    return MemoryTrace("tracemalloc", max(0, peak - before), max(0, kept - before), max(0, counted))


def _nothing() -> None:
    pass
