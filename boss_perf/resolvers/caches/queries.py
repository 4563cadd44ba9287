"""Rows of queries already run, until a write touches one of their tables."""

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from .contract import Clock, Policy
from .dependent import DependentCache

Rows = tuple[Any, ...]
POLICY = Policy(max_entries=500, ttl_s=300)


class QueryCache:
    """Rows by statement and parameters. It sees the writes it is told of; others show after five minutes at most."""

    def __init__(self, policy: Policy = POLICY, *, clock: Clock = time.monotonic) -> None:
        self.entries: DependentCache[tuple[str, Hashable], Rows] = DependentCache(policy, clock=clock)

    def rows(
        self, statement: str, parameters: Sequence[Hashable], *, tables: Iterable[str], run: Callable[[], Iterable[Any]]
    ) -> Rows:
        """What the statement answers; `run` is called only when that is not held."""
        key = (statement, tuple(parameters))
        return self.entries.fetch(key, lambda: tuple(run()), sources=[table.casefold() for table in tables])

    def held(self, statement: str, parameters: Sequence[Hashable]) -> Rows | None:
        """The rows if they are held and current."""
        return self.entries.get((statement, tuple(parameters)))

    def wrote(self, *tables: str) -> None:
        """Rows from these tables are stale from now on; call it once the write is committed."""
        for table in tables:
            self.entries.changed(table.casefold())
