"""A cache whose entries hold only while none of their sources has changed: tables of a query, names of a registry."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

from .bounded import BoundedCache
from .contract import CacheStats, Clock, Policy

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SOURCES_PER_ENTRY = 8


class DependentCache(Generic[K, V]):
    """Changes are counted, and each source remembers which change was its last; an entry remembers the count before it.

    A change costs one addition, whatever the number of entries. A value made while its source changed is never served.
    Only the `SOURCES_PER_ENTRY` sources for each entry of room that changed last are remembered: entries older than the
    last change that was forgotten are stale too.
    """

    def __init__(self, policy: Policy, *, clock: Clock = time.monotonic) -> None:
        self._cells: BoundedCache[K, tuple[V, tuple[Hashable, ...], int]] = BoundedCache(policy, clock=clock)
        self._changed_at: OrderedDict[Hashable, int] = OrderedDict()
        self._room_count = SOURCES_PER_ENTRY * policy.max_entries
        self._change_count = self._forgotten_count = 0
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value, unless it is missing, expired, or made before one of its sources changed."""
        cell = self._cells.get_if(key, self._is_current)
        return None if cell is None else cell[0]

    def fetch(self, key: K, make: Callable[[], V], *, sources: Iterable[Hashable]) -> V:
        """The cached value, or the one `make` gives, which then depends on the sources."""
        cell = self._cells.get_if(key, self._is_current)
        if cell is not None:
            return cell[0]
        count = self._change_count
        value = make()
        if value is not None:
            self._cells.put(key, (value, tuple(sources), count))
        return value

    def changed(self, source: Hashable) -> None:
        """Every entry made from this source is stale from now on."""
        with self._lock:
            self._change_count += 1
            self._changed_at[source] = self._change_count
            self._changed_at.move_to_end(source)
            if len(self._changed_at) > self._room_count:
                self._forgotten_count = self._changed_at.popitem(last=False)[1]

    def stats(self) -> CacheStats:
        """The counts so far."""
        return self._cells.stats()

    def clear(self) -> None:
        """Drop every entry."""
        self._cells.clear()

    def __len__(self) -> int:
        """Entries held, among them any that went stale unnoticed."""
        return len(self._cells)

    def _is_current(self, cell: tuple[V, tuple[Hashable, ...], int]) -> bool:
        _, sources, count = cell
        changed_at = self._changed_at.get
        for source in sources:
            if changed_at(source, 0) > count:
                return False
        return count >= self._forgotten_count
