"""Temporary folders that carry their owner's process, so that the next session can clear what a killed one left."""

import functools
import os
import re
import shutil
import tempfile
import threading
from pathlib import Path

_MAKING = threading.Lock()
_NAME = re.compile(r"boss-perf-[a-z]+-(\d+)-\w+")


def folder_prefix(kind: str) -> str:
    """How the names of this process's temporary folders begin; `kind` is a word in small letters."""
    return f"boss-perf-{kind}-{os.getpid()}-"


def temp_folder(kind: str) -> "tempfile.TemporaryDirectory[str]":
    """A temporary folder of this process, which goes with the block."""
    return tempfile.TemporaryDirectory(prefix=folder_prefix(kind), ignore_cleanup_errors=True)


def process_folder(kind: str) -> str:
    """The temporary folder that this process has for one purpose; it goes when the process ends."""
    with _MAKING:  # two threads that ask at once get the same
        return _made(kind).name


_made = functools.cache(temp_folder)


def is_abandoned(folder: Path) -> bool:
    """True when the name tells an owner that is no longer running."""
    told = _NAME.fullmatch(folder.name)
    return told is not None and not is_running(int(told[1]))


def own_folder_around(path: Path) -> Path | None:
    """The tree in a temporary folder of this process in which a path lies, or which it is; None where there is none."""
    for place in (path, *path.parents):
        told = _NAME.fullmatch(place.parent.name)
        if told is not None and int(told[1]) == os.getpid():
            return place
    return None


def clear_abandoned_folders() -> None:
    """Remove the temporary folders of ended sessions; only for the holder of the machine's lock.

    A session in another container has processes unseen here, but it cannot measure at the same time.
    """
    for folder in Path(tempfile.gettempdir()).glob("boss-perf-*-*"):
        if not folder.is_symlink() and is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def is_running(process: int) -> bool:
    """Whether a process of this number exists, whoever owns it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
