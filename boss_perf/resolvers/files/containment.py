"""Opening what lies below a directory, name by name and following no link: nothing can be swapped in between.

Every function takes descriptors or gives them; whoever gets one closes it.
"""

import errno
import os
import stat
from contextlib import suppress

from ..protocol import TaskRejected
from .contract import Parts, refuse_link

IS_SUPPORTED = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")

_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_BENEATH = _DIRECTORY | getattr(os, "O_NOFOLLOW", 0)
_FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def open_directory(base: str, parts: Parts, *, make: bool = False, is_durable: bool = False) -> int:
    """A descriptor of the directory; those missing on the way are made if asked, durably if asked for that as well."""
    directory = os.open(base, _DIRECTORY)
    for part in parts:
        try:
            inner = _step(directory, part, make=make, is_durable=is_durable)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP) and is_link(directory, part):
                raise refuse_link(parts) from error
            raise
        finally:
            os.close(directory)
        directory = inner
    return directory


def open_regular(directory: int, name: str, flags: int) -> tuple[int, os.stat_result]:
    """A descriptor of a regular file and its state; a pipe is not waited for."""
    try:
        file = os.open(name, flags | _FILE, 0o666, dir_fd=directory)
    except OSError as error:
        if error.errno == errno.ELOOP and is_link(directory, name):
            raise refuse_link((name,)) from error
        if error.errno == errno.ENXIO:
            raise _irregular(name) from error
        raise
    try:
        state = os.fstat(file)
        check_regular(state, name)
    except BaseException:
        os.close(file)
        raise
    return file, state


def state_of(directory: int, name: str) -> os.stat_result | None:
    """The state of an entry, None when there is none; TaskRejected for a link."""
    try:
        state = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(state.st_mode):
        raise refuse_link((name,))
    return state


def check_regular(state: os.stat_result, name: str) -> None:
    """TaskRejected unless it is a regular file."""
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if not stat.S_ISREG(state.st_mode):
        raise _irregular(name)


def is_link(directory: int, name: str) -> bool:
    """Whether an entry is a symbolic link."""
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _step(directory: int, part: str, *, make: bool, is_durable: bool) -> int:
    try:
        return os.open(part, _BENEATH, dir_fd=directory)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):  # another writer may be quicker
        os.mkdir(part, dir_fd=directory)
    if is_durable:
        os.fsync(directory)
    return os.open(part, _BENEATH, dir_fd=directory)


def _irregular(name: str) -> TaskRejected:
    return TaskRejected("not_regular", f"{name[:200]!r} is no regular file")
