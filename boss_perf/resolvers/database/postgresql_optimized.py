"""PostgreSQL through a pool of connections that stay open.

One task is one statement, so the connections are in autocommit: a statement is atomic by itself, and BEGIN and COMMIT
would be two more trips to the server. A read whose connection turns out to be dead (the server was restarted) is
repeated once on a checked pool; a write is not, because it may have been done. A cancelled task cancels its query, and
gives its connection back all the same.
"""

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

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
from .postgresql_baseline import session_options
from .time_limit import TimeLimit
from .to_the_end import behind, to_the_end

Row = dict[str, Any]
Pool = AsyncConnectionPool[psycopg.AsyncConnection[Row]]

CONNECTION_COUNT = 4
"""Fixed: a pool that grows starts server processes just when there is most to do. Two cores gain nothing from more."""


def make_pool(
    conninfo: str,
    *,
    connection_count: int = CONNECTION_COUNT,
    is_read_only: bool = True,
    timeout_s: float = STATEMENT_TIMEOUT_S,
) -> Pool:
    """A pool as the resolver wants it, not yet open; it belongs to the event loop of the first task."""
    return AsyncConnectionPool(
        conninfo,
        connection_class=psycopg.AsyncConnection[Row],
        min_size=connection_count,
        max_size=connection_count,
        timeout=timeout_s,
        open=False,
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "options": session_options(is_read_only=is_read_only, timeout_s=timeout_s),
        },
    )


class OptimizedPostgresqlDatabase(Resolver):
    """Takes a connection from the pool for each task; `timeout_s` bounds waiting for one and the statement together.

    A server that has stopped answering is waited for one second more, in which it might say that it gives up.

    The pool is closed by `close`, whoever made it; its connections must be in autocommit, as those of `make_pool` are.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        max_results: int = MAX_RESULTS,
        is_read_only: bool = True,
        timeout_s: float = STATEMENT_TIMEOUT_S,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(metadata)
        self.max_results = max_results
        self.is_read_only = is_read_only
        self.pool = pool
        self._time_limit = TimeLimit(timeout_s)

    async def answer(self, task: Task) -> dict[str, Any]:
        """The rows, or what a write changed."""
        statement = statement_of(task, "%s", is_read_only=self.is_read_only, max_results=self.max_results)
        try:
            with self._time_limit:
                if self.pool.closed:
                    await self.pool.open()
                try:
                    return await self._run(statement)
                except psycopg.OperationalError as error:
                    if statement.operation is not Operation.SELECT or error.sqlstate not in (None, *SERVER_GONE):
                        raise
                await self.pool.check()
                return await self._run(statement)
        except (TimeoutError, psycopg.errors.QueryCanceled) as error:
            raise TaskRejected("timeout", f"no answer within {self._time_limit.limit_s} s") from error

    async def health_check(self) -> bool:
        """Whether a connection of the pool answers."""
        try:
            with self._time_limit:
                if self.pool.closed:
                    await self.pool.open()
                await self._run(Statement(Operation.SELECT, "SELECT 1", ()))
        except (TimeoutError, psycopg.Error, TaskRejected):
            return False
        return True

    async def close(self) -> None:
        """Close the pool; every later task is answered with an error."""
        await self.pool.close()

    async def _run(self, statement: Statement) -> dict[str, Any]:
        connection = await self.pool.getconn()  # `pool.connection()` would commit besides: nothing, in autocommit
        try:
            if not connection.autocommit:
                raise TaskRejected("no_autocommit", "the pool's connections must be in autocommit, or writes are lost")
            # A prepared statement is a single one: a query cannot smuggle a second past the read-only session.
            is_free_form = statement.operation is Operation.EXECUTE
            cursor = await connection.execute(
                statement.sql,
                statement.parameters or None,
                prepare=True if is_free_form else None,
            )
            if not statement.is_stateless:
                await connection.close()
            elif is_free_form:  # a SELECT may call functions that set the session, or lock for as long as it lasts
                await connection.execute(AS_IT_WAS)
            if cursor.rownumber is None:  # no rows; unlike `description`, this describes no columns
                return affected(statement, cursor.rowcount)
            rows = await cursor.fetchmany(self.max_results)
            return {"rows": rows, "count": len(rows)}
        finally:
            returning = self.pool.putconn(connection)  # mends or replaces one left in the middle of something
            if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                await to_the_end(returning)
            else:
                await behind(returning)


AS_IT_WAS = "RESET ALL; SELECT pg_advisory_unlock_all()"
SERVER_GONE = ("57P01", "57P02", "57P03")
"""admin_shutdown, crash_shutdown, cannot_connect_now: what a session hears when its server stops."""
