"""One call under a memory tracer: exact allocated bytes, or the resident memory of the whole process.

Exact figures come from memray where it runs, which also sees native allocations, and from tracemalloc elsewhere. The
resident figure comes from memory-profiler; it samples, so it is shown and never judged.
"""

import json
import os
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from gc import collect, freeze, unfreeze
from typing import Any

RESIDENT_INTERVAL_S = 0.002


def settle_memory() -> None:
    """Collect what set-up left behind and take the rest out of the collector's sight; collection itself stays on."""
    unfreeze()
    collect()
    freeze()


def trace_call(function: Callable[[], Any], *, is_one_shot: bool = False) -> dict[str, Any]:
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


def resident_call(function: Callable[[], Any]) -> dict[str, Any]:
    """Peak resident bytes of one call above those of an empty call; `available` is false without memory-profiler.

    The call happens in a child born for it: what it frees would otherwise hide what the next call takes, and
    memory-profiler ends all children of its process when the function raises.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            os.write(writer, json.dumps(_resident(function)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return dict(json.loads(told)) if told else {"available": False}


def _resident(function: Callable[[], Any]) -> dict[str, Any]:
    try:
        from memory_profiler import memory_usage
    except ImportError:
        return {"available": False}
    settings = {"interval": RESIDENT_INTERVAL_S, "max_iterations": 1, "max_usage": True, "include_children": True}
    idle_mib = memory_usage((_nothing, (), {}), **settings)
    peak_mib = memory_usage((function, (), {}), **settings)
    return {"available": True, "resident_bytes": max(0, round((peak_mib - idle_mib) * 2**20))}


def _trace_with_memray(function: Callable[[], Any], memray: Any) -> dict[str, Any]:
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
    return {"tracer": "memray", "peak_bytes": peak, "retained_bytes": retained, "allocation_count": counted}


def _trace_with_tracemalloc(function: Callable[[], Any]) -> dict[str, Any]:
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
    return {
        "tracer": "tracemalloc",
        "peak_bytes": max(0, peak - before),
        "retained_bytes": max(0, kept - before),
        "allocation_count": max(0, counted),
    }


def _nothing() -> None:
    pass
