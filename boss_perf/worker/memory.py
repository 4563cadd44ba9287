"""One call under a memory tracer: exact allocated bytes, or the resident memory of the whole process.

Exact figures come from memray where it runs, which also sees native allocations, and from tracemalloc elsewhere. The
resident figure is the kernel's; what an allocator keeps for later counts in it, so it is shown and never judged.
"""

import contextlib
import ctypes
import os
import resource
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from gc import collect, freeze, unfreeze
from typing import Any

from .messages import MemoryTrace, Resident
from .orphans import descendants

RESET_PEAK = "5"
_pid, _usage = os.getpid, resource.getrusage  # bound before a suite can replace them


def settle_memory() -> None:
    """Collect what set-up left behind and take the rest out of the collector's sight; collection itself stays on."""
    unfreeze()
    collect()
    freeze()


def trace_call(function: Callable[[], Any]) -> MemoryTrace:
    """Peak and retained bytes and the number of allocations of one call.

    Retained is what is still allocated while the answer is alive.
    """
    collect()
    try:
        import memray
    except ImportError:
        return _trace_with_tracemalloc(function)
    return _trace_with_memray(function, memray)


def resident_call(function: Callable[[], Any]) -> Resident:
    """The peak of this process's resident memory during one call, above what it held before; None where that is hidden.

    The kernel keeps the peak, so nothing samples it; what earlier calls freed is given back first, for a call that
    takes it again would seem to take nothing. A call that fails here has no figure, and fails nothing.
    """
    try:
        give_back()
        before = _status_bytes("VmRSS", "self")
        with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
            peak.write(RESET_PEAK)
        function()
        return Resident(max(0, _status_bytes("VmHWM", "self") - before))
    except Exception:  # noqa: BLE001 - a figure beside the others is never worth a failure
        return Resident(None)


def children_peak_bytes(function: Callable[[], Any]) -> tuple[Any, int]:
    """A call's answer, and the largest resident peak of a process below this one that it waited for or that still runs.

    0 where there is none, or nothing tells.
    """
    before = _usage(resource.RUSAGE_CHILDREN)
    answer = function()
    after = _usage(resource.RUSAGE_CHILDREN)
    peaks = [after.ru_maxrss * 1024 if after.ru_minflt > before.ru_minflt else 0]
    with contextlib.suppress(Exception):
        peaks += [_status_bytes("VmHWM", str(each)) for each in descendants(_pid())]
    return answer, max(peaks)


def _status_bytes(name: str, process: str) -> int:
    with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(f"{name}:"))


def give_back() -> None:
    """Return free memory to the system, where the C library can."""
    collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextlib.contextmanager
def tracked(function: Callable[[], Any], memray: Any) -> Iterator[Any]:
    """memray's reader of what one call allocated; the answer was alive to the end of what it saw."""
    with tempfile.TemporaryDirectory(prefix=f"boss-perf-memory-{os.getpid()}-") as folder:
        path = os.path.join(folder, "allocations.bin")
        # Added up as it goes: reading every allocation afterwards takes as long as the traced call.
        with memray.Tracker(path, trace_python_allocators=True, file_format=memray.FileFormat.AGGREGATED_ALLOCATIONS):
            answer = function()
            collect()
        del answer
        with memray.FileReader(path) as reader:
            yield reader


def _trace_with_memray(function: Callable[[], Any], memray: Any) -> MemoryTrace:
    with tracked(function, memray) as reader:
        retained = sum(record.size for record in reader.get_leaked_allocation_records(merge_threads=True))
        held = reader.get_high_watermark_allocation_records(merge_threads=True)
        counted = sum(record.n_allocations for record in held)
        return MemoryTrace("memray", int(reader.metadata.peak_memory), int(retained), int(counted))


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
