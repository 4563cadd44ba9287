"""A history in a team's PostgreSQL, in a schema of its own called `boss_perf`; imports psycopg only when opened."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from boss_perf.errors import StoreError
from boss_perf.store.connection import Database, Result

if TYPE_CHECKING:
    import psycopg

SCHEMA = "boss_perf"
_SCHEMA_LOCK = 0x626F7373  # any fixed number; everyone who changes the schema takes the same
_CONNECT_TIMEOUT_S = 10
_STALL_LIMIT_S = 60.0


class PostgresqlDatabase(Database):
    """The database at `url`. A connection that was lost is opened again at the next statement."""

    blob_type = "BYTEA"

    def __init__(self, url: str) -> None:
        self.where = shown_address(url)
        self._url = url
        try:
            import psycopg
        except ImportError as error:
            raise StoreError(
                "PostgreSQL needs psycopg, which is not installed",
                where=self.where,
                hint="pip install 'boss-perf[postgresql]'",
            ) from error
        self._error = psycopg.Error
        self._watch = _StallWatch(self._cut)
        self._connection = self._connected()

    def write(self, work: Callable[[], Result]) -> Result:
        """`work` inside one transaction, a second time on a new connection when the first was lost."""
        try:
            return self._write_once(work)
        except StoreError:
            if not self._connection.closed:
                raise
        return self._write_once(work)

    def tables(self) -> frozenset[str]:
        """The names of the tables of our schema that are already there."""
        rows = self.query("SELECT table_name FROM information_schema.tables WHERE table_schema = ?", (SCHEMA,))
        return frozenset(str(name) for (name,) in rows)

    def prepare_schema(self) -> None:
        """Wait for others who change the schema, then make sure that it exists."""
        self.query("SELECT pg_advisory_xact_lock(?)", (_SCHEMA_LOCK,))
        if not self.query("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", (SCHEMA,)):
            self.execute(f"CREATE SCHEMA {SCHEMA}")

    def _write_once(self, work: Callable[[], Result]) -> Result:
        with self._explained(), self._live().transaction():
            return work()

    def _live(self) -> psycopg.Connection[Any]:
        if self._connection.closed:
            self._connection = self._connected()
        live: psycopg.Connection[Any] = self._connection
        return live

    def _connected(self) -> psycopg.Connection[Any]:
        import psycopg

        with self._explained():
            return psycopg.connect(
                self._url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S, application_name="boss-perf",
                options=f"-c search_path={SCHEMA}",
            )  # fmt: skip

    @contextmanager
    def _explained(self) -> Iterator[None]:
        with super()._explained(), self._watch:
            yield

    def _store_error(self, error: Exception) -> StoreError:
        return StoreError(
            f"PostgreSQL: {self._first_line(error)}",
            where=self.where,
            hint="keep the run in a local file with --store FILE; `boss-perf history copy` brings it over later",
        )

    def _placed(self, sql: str) -> str:
        """psycopg's placeholders; no statement of the history contains a literal `?` or `%`."""
        return sql.replace("?", "%s")

    def _cut(self) -> None:
        """End the line to a server that says nothing any more: whoever waits for it gets an error."""
        # While the first connection is being made there is none to cut; connecting has a limit of its own.
        with (
            suppress(self._error, OSError, AttributeError),
            socket.socket(fileno=os.dup(self._connection.fileno())) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    def _first_line(self, error: Exception) -> str:
        first = next(iter(str(error).strip().splitlines()), "no reason given")
        try:
            password = urlsplit(self._url).password
        except ValueError:
            return type(error).__name__
        return first.replace(password, "***") if password else first


class _StallWatch:
    """Calls `on_stall` when a server has been silent for too long; each statement of a transaction starts it anew."""

    def __init__(self, on_stall: Callable[[], None]) -> None:
        self._on_stall = on_stall
        self._depth = 0
        self._timer: threading.Timer | None = None

    def __enter__(self) -> None:
        self._depth += 1
        self._start()

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        self._start()

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._depth:
            self._timer = threading.Timer(_STALL_LIMIT_S, self._on_stall)
            self._timer.daemon = True
            self._timer.start()


def shown_address(url: str) -> str:
    """The address without user, password and options: what may stand in a message or a log."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"postgresql://{parts.hostname or 'localhost'}{port}{parts.path}"
    except ValueError:
        return "postgresql://…"
