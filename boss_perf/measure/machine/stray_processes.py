"""Processes that a measured suite left running, even where they took a session of their own."""

import contextlib
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

from boss_perf.measure.machine.temp_folders import is_running
from boss_perf.worker.orphans import descendants

MARK = "BOSS_PERF_FORK"


def new_mark() -> str:
    """A mark that no other fork has, and that tells whose it is: this process's number comes first."""
    return f"{os.getpid()}-{uuid.uuid4().hex}"


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill its group, and while it lives what is below it in other groups; afterwards it has ended those itself."""
    below = descendants(process.pid) if process.poll() is None else ()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for each in below:
        _end(each)


def end_marked(mark: str) -> None:
    """Kill every process whose environment carries this mark; none where there is no `/proc`."""
    for process, carried in _marked():
        if carried == mark:
            _end(process)


def end_abandoned() -> None:
    """Kill the processes that sessions which are gone left behind; none where there is no `/proc`.

    What belongs to another container is left alone: its numbers mean nothing here.
    """
    ours = _namespace(os.getpid())
    for process, mark in _marked():
        owner = mark.partition("-")[0]
        if owner.isdecimal() and not is_running(int(owner)) and _namespace(process) == ours:
            _end(process)


def _marked() -> Iterator[tuple[int, str]]:
    """The processes that carry a mark, without this one."""
    opening = f"{MARK}=".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            variables = (place / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        mark = next((each for each in variables if each.startswith(opening)), None)
        if mark is not None and int(place.name) != os.getpid():
            yield int(place.name), mark[len(opening) :].decode("ascii", "replace")


def _namespace(process: int) -> Path | None:
    try:
        return Path(f"/proc/{process}/ns/pid").readlink()
    except OSError:
        return None


def _end(process: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, signal.SIGKILL)
