"""The same statements over a connection that every thread keeps.

Statements run on the caller's thread: a read by key takes less than handing it to another would. One that runs longer
than `timeout_s` is interrupted. What keeping a connection could get wrong is looked after: a file replaced or removed
on disk is seen before the next write, and by reads within `FILE_CHECK_S`; cursors are closed, so that no read lock
outlives its task; an open transaction is rolled back; a connection whose settings a free-form statement may have
changed is dropped, and so is one of a thread that has ended; the child of a fork opens its own, for SQLite allows it
neither to use nor to close those of its parent.

With `results` the answers of a SELECT are remembered, as MessagePack, until anything in the database changes: SQLite
tells each connection whether another one, of whatever process, has committed. What a view makes of the clock or of
chance is as old as the policy allows.
"""

import os
import sqlite3
import threading
import time
import weakref
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec

from ..caches.queries import QueryCache
from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected
from .contract import (
    MAX_RESULTS,
    METADATA,
    STATEMENT_TIMEOUT_S,
    Operation,
    Statement,
    affected,
    statement_of,
)

_SELECT = Operation.SELECT
STEPS_BETWEEN_CHECKS = 10_000
CACHED_STATEMENTS = 256
FILE_CHECK_S = 0.05
_DATABASE = "the whole database"
"""The source of all remembered results: what triggers change besides a table is nobody's guess."""
_PLAIN = {str, int, float, bytes, bool, type(None)}
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode


class OptimizedSqliteDatabase(Resolver):
    """Keeps one connection per thread until `close`. A missing file is an error, not a new database.

    `timeout_s` bounds the wait for a lock and, apart from it, the running time of a statement.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_results: int = MAX_RESULTS,
        is_read_only: bool = True,
        timeout_s: float = STATEMENT_TIMEOUT_S,
        results: QueryCache | None = None,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(metadata)
        self.results = results
        self.max_results = max_results
        self.is_read_only = is_read_only
        self.timeout_s = timeout_s
        absolute = path.absolute()
        self._path = str(absolute)
        self._uri = f"{absolute.as_uri()}?mode={'ro' if is_read_only else 'rw'}"
        self._keep_none()
        _forkable.add(self)

    def _keep_none(self) -> None:
        self._of_thread = threading.local()
        self._all: dict[threading.Thread, _Kept] = {}
        self._lock = threading.Lock()

    @property
    def connection_count(self) -> int:
        """How many connections are open now, over all threads."""
        with self._lock:
            return len(self._all)

    async def answer(self, task: Task) -> dict[str, Any]:
        """The rows, or what a write changed."""
        statement = statement_of(task, "?", is_read_only=self.is_read_only, max_results=self.max_results)
        now_s = time.monotonic()
        kept = self._connection(now_s, is_write=statement.operation is not _SELECT)
        kept.deadline_s, kept.was_interrupted = now_s + self.timeout_s, False
        try:
            with kept.lock:
                if self.results is None:
                    return self._run(kept.connection, statement)
                return self._recalled(kept, statement, self.results)
        except sqlite3.OperationalError as error:
            if kept.was_interrupted:
                raise TaskRejected("timeout", f"the statement ran longer than {self.timeout_s} s") from error
            raise
        finally:
            if not statement.is_stateless:
                self._drop(kept)

    async def health_check(self) -> bool:
        """Whether the file answers a query."""
        try:
            kept = self._connection(time.monotonic(), is_write=True)
            with kept.lock:
                kept.connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except (OSError, sqlite3.Error):
            return False
        return True

    async def close(self) -> None:
        """Close the connections of all threads, each after its present statement; a later task opens new ones."""
        with self._lock:
            kept, self._all = list(self._all.values()), {}
        self._of_thread = threading.local()
        for each in kept:
            each.close()

    def _run(self, connection: sqlite3.Connection, statement: Statement) -> dict[str, Any]:
        try:
            cursor = connection.execute(statement.sql, statement.parameters)
            try:
                description = cursor.description
                if description is None:
                    return affected(statement, cursor.rowcount, cursor.lastrowid)
                rows = cursor.fetchmany(self.max_results)
            finally:
                cursor.close()
        finally:
            if connection.in_transaction:
                connection.rollback()
        names = [column[0] for column in description]
        return {"rows": [*map(dict, map(zip, repeat(names), rows))], "count": len(rows)}

    def _recalled(self, kept: "_Kept", statement: Statement, results: QueryCache) -> dict[str, Any]:
        """The answer from memory, where nothing was committed since it was made."""
        data_version = kept.connection.execute("PRAGMA data_version").fetchone()[0]
        if data_version != kept.data_version:
            kept.data_version = data_version
            results.wrote(_DATABASE)
        if statement.operation is not _SELECT or not set(map(type, statement.parameters)) <= _PLAIN:
            try:
                return self._run(kept.connection, statement)
            finally:
                if not self.is_read_only:
                    results.wrote(_DATABASE)

        def run() -> tuple[bytes]:
            return (_pack(self._run(kept.connection, statement)),)

        # By their spelling: 1, 1.0 and True are equal, and may be different texts to the database.
        (remembered,) = results.rows(statement.sql, (repr(statement.parameters),), tables=(_DATABASE,), run=run)
        output: dict[str, Any] = _unpack(remembered)
        return output

    def _connection(self, now_s: float, *, is_write: bool) -> "_Kept":
        kept: _Kept | None = getattr(self._of_thread, "kept", None)
        if kept is not None and not is_write and now_s < kept.next_check_s:
            return kept
        found = os.stat(self._path)  # noqa: PTH116 - Path.stat costs as much again
        if kept is not None:
            if kept.inode == found.st_ino and kept.device == found.st_dev:
                kept.next_check_s = now_s + FILE_CHECK_S
                return kept
            self._drop(kept)
        kept = _Kept(self._uri, found, timeout_s=self.timeout_s)
        kept.next_check_s = now_s + FILE_CHECK_S
        with self._lock:
            ended = [(thread, each) for thread, each in self._all.items() if not thread.is_alive()]
            for thread, each in ended:
                del self._all[thread]
                each.close()
            self._all[threading.current_thread()] = kept
        self._of_thread.kept = kept
        return kept

    def forked(self) -> None:
        """Leave the parent's connections alone; called in the child of a fork."""
        _inherited.extend(self._all.values())
        self._keep_none()

    def _drop(self, kept: "_Kept") -> None:
        self._of_thread.kept = None
        with self._lock:
            self._all.pop(threading.current_thread(), None)
        kept.close()


class _Kept:
    """A connection, the file it was opened on, and when its present statement must be done.

    Whoever uses or closes the connection holds `lock`: one closed under a running statement crashes the process.
    """

    __slots__ = (
        "connection",
        "data_version",
        "deadline_s",
        "device",
        "inode",
        "lock",
        "next_check_s",
        "was_interrupted",
    )

    def __init__(self, uri: str, found: os.stat_result, *, timeout_s: float) -> None:
        self.inode, self.device = found.st_ino, found.st_dev
        self.deadline_s = self.next_check_s = 0.0
        self.was_interrupted = False
        self.data_version: int | None = None
        self.lock = threading.Lock()
        self.connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=timeout_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.set_progress_handler(self._is_late, STEPS_BETWEEN_CHECKS)

    def close(self) -> None:
        with self.lock:
            self.connection.close()

    def _is_late(self) -> bool:
        self.was_interrupted = time.monotonic() > self.deadline_s
        return self.was_interrupted


_forkable: "weakref.WeakSet[OptimizedSqliteDatabase]" = weakref.WeakSet()
_inherited: list[_Kept] = []
"""Held, so that none is closed for want of a reference."""


def _after_fork() -> None:
    for each in list(_forkable):
        each.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
