"""Processes that outlive the one that started them, whatever session and environment they were given."""

import contextlib
import os
import signal
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of every orphan below this process (prctl(2)); nothing where the system cannot."""
    with contextlib.suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_children() -> None:
    """Kill and reap what is left below this process; the children of a killed one come to this one in turn."""
    while children := [each for each, parent in _parents().items() if parent == os.getpid()]:
        for child in children:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(OSError):
                os.waitpid(child, 0)


def descendants(process: int) -> frozenset[int]:
    """The processes below this one now; empty where there is no `/proc`."""
    parents = _parents()
    found: set[int] = set()
    reached = {process}
    while reached:
        reached = {each for each, parent in parents.items() if parent in reached} - found
        found |= reached
    return frozenset(found)


def _parents() -> dict[int, int]:
    found = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name in brackets may hold anything, brackets and blanks included (proc(5)).
            fields = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            found[int(place.parent.name)] = int(fields[1])
    return found
