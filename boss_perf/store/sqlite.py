"""A history in one SQLite file: written ahead, so that readers and several writers do not stop each other.

A file that cannot be understood is never written to.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from boss_perf.errors import StoreError
from boss_perf.store.connection import Database, Result

BUSY_TIMEOUT_S = 30.0
_MEMORY = ":memory:"
_MESSAGES = (
    ("SQLITE_FULL", "the disk is full", "free some space and start again with --resume; what was saved is kept"),
    (
        "SQLITE_BUSY",
        f"another process kept the history locked for {BUSY_TIMEOUT_S:.0f} s",
        "wait for it to end, or give this run a history of its own with --store FILE",
    ),
    ("SQLITE_LOCKED", "the history is locked", "wait for the other process to end"),
    ("SQLITE_READONLY", "the history cannot be written", "make the file and its directory writable, or use --store"),
    ("SQLITE_CANTOPEN", "the history cannot be opened", "make the directory readable and writable, or use --store"),
    ("SQLITE_IOERR", "the disk failed while the history was read or written", "look at the disk, then try again"),
)


class SqliteDatabase(Database):
    """The file at `path`, made with its directory when `create` says so; read only where it cannot be written."""

    blob_type = "BLOB"
    _error = sqlite3.Error

    def __init__(self, path: str, *, create: bool, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.where = path
        self._path = Path(path)
        is_memory = path == _MEMORY
        if not is_memory:
            self._make_room(create=create)
        with self._explained():
            self._connection = sqlite3.connect(
                _MEMORY if is_memory else self._uri(), uri=not is_memory, timeout=busy_timeout_s, isolation_level=None
            )
        self._busy_timeout_s = busy_timeout_s

    def write(self, work: Callable[[], Result]) -> Result:
        """`work` inside one transaction; the write lock is taken at its start, so it never fails half way for it."""
        self.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            self.execute("COMMIT")
        except BaseException:  # an interrupt must not leave the lock behind either
            with suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise
        return result

    def tables(self) -> frozenset[str]:
        """The names of the tables that are already there."""
        return frozenset(str(name) for (name,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table'"))

    def prepare_schema(self) -> None:
        """Nothing more: `write` already holds the only write lock."""

    def settle(self) -> None:
        """Write ahead from now on. Changing the mode does not wait for other openers by itself, hence the loop."""
        self.execute("PRAGMA foreign_keys = ON")
        if self.is_read_only or self.where == _MEMORY or self.query("PRAGMA journal_mode")[0][0] == "wal":
            return
        deadline_s = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline_s:
                    raise self._store_error(error) from error
                time.sleep(0.02)

    def _make_room(self, *, create: bool) -> None:
        if self._path.is_dir():
            raise StoreError("this is a directory, not a history", where=self.where, hint="name a file inside it")
        if self._path.exists():
            return
        if not create:
            raise StoreError("there is no history yet", where=self.where, hint="run `boss-perf bench` first")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"no directory can be made for the history: {error.strerror or error}",
                where=self.where,
                hint="make the place writable, or keep the history elsewhere with --store FILE",
            ) from error

    def _uri(self) -> str:
        """Read only where the file or its directory cannot be written; frozen where not even a `-shm` can be made."""
        uri = self._path.absolute().as_uri()
        if not self._path.exists():
            return f"{uri}?mode=rwc"
        if os.access(self._path, os.W_OK) and os.access(self._path.absolute().parent, os.W_OK):
            return f"{uri}?mode=rw"
        self.is_read_only = True
        has_log = self._path.with_name(f"{self._path.name}-wal").exists()
        return f"{uri}?mode=ro" if has_log else f"{uri}?mode=ro&immutable=1"

    def _store_error(self, error: sqlite3.Error) -> StoreError:
        name = getattr(error, "sqlite_errorname", "")
        for prefix, message, hint in _MESSAGES:
            if name.startswith(prefix):
                return StoreError(message, where=self.where, hint=hint)
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            return StoreError(
                f"this is not a readable history ({error})",
                where=self.where,
                hint=f"nothing was changed; move it aside and start afresh: mv {self.where} {self.where}.broken",
            )
        return StoreError(f"the history refused a statement: {error}", where=self.where)
