"""Files for people, written whole or not at all: nobody meets half a report, and a failure leaves the old one."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from boss_perf.errors import ReportError


def write_text(path: Path, text: str) -> None:
    """Replace a file's content in one step; makes its directory, keeps the permissions.

    Within a repository a link in its place is replaced, and one on the way that leaves the repository is refused: a
    change may have put it there. Elsewhere links are followed. What is no file, such as a device or a pipe, is written
    to and stays what it is.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        append_text(path, text)
        return
    place = _own_place(path)
    draft = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if place.is_file() and not place.is_symlink():
            shutil.copymode(place, draft)
        draft.replace(place)
    except OSError as error:
        raise _unwritten(path, error) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _own_place(path: Path) -> Path:
    """Where a file is written that was asked for at this path."""
    asked = path.absolute()
    roots = [os.path.realpath(each) for each in asked.parents if (each / ".git").exists()]
    if not roots:
        return Path(os.path.realpath(path))
    folder = Path(os.path.realpath(asked.parent))
    if not all(map(folder.is_relative_to, roots)):
        raise ReportError(
            "leaves the repository through a link", where=str(path), hint="remove the link, or name another file"
        )
    return folder / asked.name


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
