"""The seam between the history and a database: one SQL text, `?` for every parameter, two dialects behind it.

Everything a database can refuse comes out as a StoreError with a next step. No address shown here holds a password.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Row = tuple[Any, ...]
Result = TypeVar("Result")


class Database(ABC):
    """One connection. `where` names it to a user, `blob_type` is its word for bytes in a CREATE statement."""

    where: str
    blob_type: str
    is_read_only: bool = False

    @abstractmethod
    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a SELECT."""

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """How many rows a statement changed."""

    @abstractmethod
    def execute_many(self, sql: str, rows: Sequence[Row]) -> int:
        """How many rows a statement changed that is executed once per row of parameters."""

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

    @abstractmethod
    def settle(self) -> None:
        """Make ready for several writers at once; called when the schema is known to be ours."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection; closing twice is harmless."""
