"""Files for people, written whole or not at all: nobody meets half a report, and a failure leaves the old one."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from boss_perf.errors import ReportError


def write_text(path: Path, text: str) -> None:
    """Replace a file's content in one step; makes its directory, follows a link, keeps the permissions.

    What is no file, such as a device or a pipe, is written to and stays what it is.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        append_text(path, text)
        return
    place = Path(os.path.realpath(path))
    draft = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            if place.exists():
                shutil.copymode(place, draft)
            draft.replace(place)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritten(path, error) from error


def append_text(path: Path, text: str) -> None:
    """Add to the end of a file that belongs to someone else, as CI systems ask for."""
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise _unwritten(path, error) from error


def is_current(path: Path, text: str) -> bool:
    """True when the file holds exactly this text; a missing file does not."""
    try:
        return path.read_bytes() == text.encode("utf-8")
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ReportError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def _unwritten(path: Path, error: OSError) -> ReportError:
    return ReportError(
        f"cannot be written: {error.strerror or error}",
        where=str(path),
        hint="nothing was changed; make the place writable or free some space, or name another file",
    )
