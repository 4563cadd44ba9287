"""The seam between the history and a database: one SQL text, `?` for every parameter, two dialects behind it.

Everything a database can refuse comes out as a StoreError with a next step. No address shown here holds a password.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from boss_perf.errors import StoreError

Row = tuple[Any, ...]
Result = TypeVar("Result")


class Database(ABC):
    """One connection; its driver raises `_error`. `where` names it to a user, `blob_type` is its word for bytes."""

    where: str
    blob_type: str
    is_read_only: bool = False
    _error: type[Exception]
    _connection: Any

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a SELECT."""
        with self._explained():
            rows: list[Row] = self._live().execute(self._placed(sql), parameters).fetchall()
            return rows

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """How many rows a statement changed."""
        with self._explained():
            return int(self._live().execute(self._placed(sql), parameters).rowcount)

    def execute_many(self, sql: str, rows: Sequence[Row]) -> int:
        """How many rows a statement changed that is executed once per row of parameters."""
        if not rows:
            return 0
        with self._explained():
            cursor = self._live().cursor()
            cursor.executemany(self._placed(sql), rows)
            return int(cursor.rowcount)

    def close(self) -> None:
        """Let go of the connection; closing twice is harmless."""
        with suppress(self._error):
            self._connection.close()

    @abstractmethod
    def write(self, work: Callable[[], Result]) -> Result:
        """`work` inside one transaction that is kept whole or not at all.

        `work` must be repeatable: it runs a second time when the connection was lost during the first.
        """

    @abstractmethod
    def tables(self) -> frozenset[str]:
        """The names of the tables that are already there."""

    @abstractmethod
    def prepare_schema(self) -> None:
        """Take the lock under which the schema may change; called first inside a `write`."""

    def settle(self) -> None:
        """Make ready for several writers at once; called when the schema is known to be ours."""
        return

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise self._store_error(error) from error

    @abstractmethod
    def _store_error(self, error: Any) -> StoreError: ...

    def _live(self) -> Any:
        return self._connection

    def _placed(self, sql: str) -> str:
        """The statement with the driver's own placeholders."""
        return sql
