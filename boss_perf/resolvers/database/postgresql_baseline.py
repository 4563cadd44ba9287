"""PostgreSQL as a framework reaches it at first: a connection per call. BOSS itself has SQLite only."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from ..protocol import Resolver, ResolverMetadata, Task
from .contract import MAX_RESULTS, METADATA, STATEMENT_TIMEOUT_S, affected, statement_of


class BaselinePostgresqlDatabase(Resolver):
    """Connects for every task, commits and closes. Parameters of a free-form query are written `%s`."""

    def __init__(
        self,
        conninfo: str,
        *,
        max_results: int = MAX_RESULTS,
        is_read_only: bool = True,
        timeout_s: float = STATEMENT_TIMEOUT_S,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(metadata)
        self.max_results = max_results
        self.is_read_only = is_read_only
        self._conninfo = conninfo
        self._options = session_options(is_read_only=is_read_only, timeout_s=timeout_s)

    async def answer(self, task: Task) -> dict[str, Any]:
        """The rows, or what a write changed."""
        statement = statement_of(task, "%s", is_read_only=self.is_read_only, max_results=self.max_results)
        connection = await psycopg.AsyncConnection.connect(self._conninfo, options=self._options, row_factory=dict_row)
        async with connection, connection.cursor() as cursor:
            await cursor.execute(statement.sql, statement.parameters or None)
            if cursor.description is None:
                return affected(statement, cursor.rowcount)
            rows = await cursor.fetchmany(self.max_results)
            return {"rows": rows, "count": len(rows)}

    async def health_check(self) -> bool:
        """Whether the server lets us in."""
        try:
            async with await psycopg.AsyncConnection.connect(self._conninfo) as connection:
                await connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    async def close(self) -> None:
        """Nothing is held."""


def session_options(*, is_read_only: bool, timeout_s: float) -> str:
    """What the server is told when a session begins: how long a statement may run, whether it may write."""
    read_only = "on" if is_read_only else "off"
    return f"-c statement_timeout={max(1, round(timeout_s * 1e3))} -c default_transaction_read_only={read_only}"
