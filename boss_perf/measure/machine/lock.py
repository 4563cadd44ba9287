"""One measuring session at a time on a machine; a second one is told who holds it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.machine.stray_processes import end_abandoned
from boss_perf.measure.machine.temp_folders import clear_abandoned_folders


def lock_path() -> Path:
    """The lock's place, one for the whole machine, wherever a session keeps its temporary files.

    BOSS_PERF_LOCK names another one, for sessions that share no core.
    """
    if named := os.environ.get("BOSS_PERF_LOCK"):
        return Path(named)
    shared = Path("/tmp")  # noqa: S108 - every session must find the same one; a link there is refused
    return (shared if shared.is_dir() else Path(tempfile.gettempdir())) / "boss-perf.lock"


@contextmanager
def machine_lock(purpose: str, *, path: Path | None = None) -> Iterator[None]:
    """Hold the machine for the time of the block; the system lets go of it even when the holder is killed.

    What killed sessions left is cleared first: their processes, and their folders among the temporary files.

    Raises MeasureError when another session measures, with its process, purpose and start.
    """
    try:
        import fcntl
    except ImportError as error:
        raise MeasureError("measuring needs a POSIX system", hint="use Linux, macOS or WSL") from error
    place = path or lock_path()
    try:
        descriptor = _open(place)
    except OSError as error:
        raise MeasureError(f"cannot open the machine's lock: {error.strerror}", where=str(place)) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 500, 0).decode("utf-8", "replace").strip() or "another session"
            raise MeasureError(
                f"this machine is being measured by {holder}",
                hint="two sessions would disturb each other; wait for it, or stop it",
            ) from error
        _write(descriptor, f"process {os.getpid()} ({purpose}) since {datetime.now().astimezone():%H:%M:%S}\n")
        end_abandoned()
        clear_abandoned_folders()
        try:
            yield
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def _open(place: Path) -> int:
    """The lock as a descriptor; one that another user made can only be read, which is enough to hold it."""
    try:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except PermissionError:
        return os.open(place, os.O_RDONLY | os.O_NOFOLLOW)
    with contextlib.suppress(PermissionError):
        os.fchmod(descriptor, 0o644)
    return descriptor


def _write(descriptor: int, said: str) -> None:
    with contextlib.suppress(OSError):  # another user's lock
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, said.encode(), 0)
