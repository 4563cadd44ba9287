"""A cache whose entries hold only while none of their sources has changed: tables of a query, names of a registry."""

import time
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

from .bounded import BoundedCache
from .contract import CacheStats, Clock, Policy

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_Editions = tuple[tuple[Hashable, int], ...]


class DependentCache(Generic[K, V]):
    """Each source has an edition number; an entry remembers the editions it was made from.

    A change costs one addition, whatever the number of entries. A value made while its source changed is never served.
    """

    def __init__(self, policy: Policy, *, clock: Clock = time.monotonic) -> None:
        self._cells: BoundedCache[K, tuple[V, _Editions]] = BoundedCache(policy, clock=clock)
        self._editions: dict[Hashable, int] = {}
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value, unless it is missing, expired, or made before one of its sources changed."""
        cell = self._cells.get(key, accept=self._is_current)
        return None if cell is None else cell[0]

    def fetch(self, key: K, make: Callable[[], V], *, sources: Iterable[Hashable]) -> V:
        """The cached value, or the one `make` gives, which then depends on the sources."""
        cell = self._cells.get(key, accept=self._is_current)
        if cell is not None:
            return cell[0]
        editions = tuple([(source, self._editions.get(source, 0)) for source in sources])
        value = make()
        if value is not None:
            self._cells.put(key, (value, editions))
        return value

    def changed(self, source: Hashable) -> None:
        """Every entry made from this source is stale from now on."""
        with self._lock:
            self._editions[source] = self._editions.get(source, 0) + 1

    def stats(self) -> CacheStats:
        """The counts so far."""
        return self._cells.stats()

    def clear(self) -> None:
        """Drop every entry."""
        self._cells.clear()

    def __len__(self) -> int:
        """Entries held, among them any that went stale unnoticed."""
        return len(self._cells)

    def _is_current(self, cell: tuple[V, _Editions]) -> bool:
        edition_of = self._editions.get
        for source, edition in cell[1]:  # noqa: SIM110 - a generator would double the cost of a hit
            if edition_of(source, 0) != edition:
                return False
        return True
