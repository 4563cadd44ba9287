"""The cache under all others: bounded by entries and by bytes, least recently used first out, with time to live.

cachetools keeps the order and the sizes; this class adds what it leaves to the caller: a lock, an expiry per entry, and
counts. An expired entry is never served; it gives its room back when it is next looked up, evicted or purged.
"""

import math
import operator
import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import Cache, LRUCache

from .contract import CacheStats, Clock, Policy

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Cells(LRUCache[K, tuple[V, float, int]]):
    """Value, expiry and bytes by key; counts what leaves for want of room. Eviction of the expired is no loss."""

    now_s = 0.0
    eviction_count = 0
    expiry_count = 0

    def popitem(self) -> tuple[K, tuple[V, float, int]]:
        """Remove the least recently used."""
        key, cell = LRUCache.popitem(self)  # super() would cost an eighth of a whole `put`
        if self.now_s < cell[1]:
            self.eviction_count += 1
        else:
            self.expiry_count += 1
        return key, cell


class BoundedCache(Generic[K, V]):
    """Keys to values within a policy. Safe to share between threads; a value may be anything but None."""

    def __init__(
        self, policy: Policy, *, size_of: Callable[[V], int] | None = None, clock: Clock = time.monotonic
    ) -> None:
        """`size_of` tells the bytes of a value, and is needed when the policy bounds them; `clock` counts seconds."""
        if policy.max_entries < 1:
            raise ValueError("a cache needs room for one entry at least")
        if policy.max_bytes is not None and size_of is None:
            raise ValueError("a bound in bytes needs size_of")
        self.policy = policy
        self._clock = clock
        self._lock = Lock()
        self._lifetime_s = math.inf if policy.ttl_s is None else policy.ttl_s
        self._weigh = None if policy.max_bytes is None else size_of
        self._cells: _Cells[K, V] = (
            _Cells(policy.max_entries)
            if policy.max_bytes is None
            else _Cells(policy.max_bytes, getsizeof=operator.itemgetter(2))
        )
        self._hit_count = self._miss_count = self._expiry_count = self._invalidation_count = 0
        self.edition = 0
        """Counts the calls of `forget` and `clear`: what was begun in an earlier one may come from a changed source."""

    def get(self, key: K, *, accept: Callable[[V], bool] | None = None) -> V | None:
        """The value, now the most recently used; None when there is none, it has expired, or `accept` refuses it.

        A refused value is dropped: its source has changed.
        """
        with self._lock:
            try:
                value, expires_s, _ = self._cells[key]
            except KeyError:
                self._miss_count += 1
                return None
            if self._clock() < expires_s:
                if accept is None or accept(value):
                    self._hit_count += 1
                    return value
                self._invalidation_count += 1
            else:
                self._expiry_count += 1
            del self._cells[key]
            self._miss_count += 1
            return None

    def put(self, key: K, value: V, *, ttl_s: float | None = None, edition: int | None = None) -> bool:
        """Keep the value for `ttl_s`, or the policy's time; False when it is too large, lives no time or comes late.

        With the `edition` in which its making began, a value comes late when something was forgotten since.
        """
        if value is None:
            raise ValueError("None stands for 'not cached' and cannot be cached")
        lifetime_s = self._lifetime_s if ttl_s is None else ttl_s
        weigh = self._weigh
        size_bytes = 0 if weigh is None else weigh(value)
        with self._lock:
            cells = self._cells
            if edition is not None and edition != self.edition:
                return False
            if not lifetime_s > 0 or (weigh is not None and size_bytes > cells.maxsize):
                cells.pop(key, None)
                return False
            cells.now_s = now_s = self._clock()
            if weigh is not None and key not in cells:
                while len(cells) >= self.policy.max_entries:
                    cells.popitem()
            cells[key] = (value, now_s + lifetime_s, size_bytes)
            return True

    def fetch(self, key: K, make: Callable[[], V], *, ttl_s: float | None = None) -> V:
        """The cached value, or the one `make` gives, which is then cached; what `make` raises is not.

        Nor is a value while whose making something was forgotten: it may be that of the source before its change.
        """
        cached = self.get(key)
        if cached is not None:
            return cached
        edition = self.edition
        value = make()
        self.put(key, value, ttl_s=ttl_s, edition=edition)
        return value

    def forget(self, key: K) -> bool:
        """Drop one entry because its source changed; whether there was one."""
        with self._lock:
            self.edition += 1
            if key not in self._cells:
                return False
            del self._cells[key]
            self._invalidation_count += 1
            return True

    def purge(self) -> int:
        """Drop what has expired; how many entries that were."""
        with self._lock:
            now_s = self._clock()
            expired = [key for key in self._cells if now_s >= self._expires_s(key)]
            for key in expired:
                del self._cells[key]
            self._expiry_count += len(expired)
            return len(expired)

    def clear(self) -> None:
        """Drop everything; the counts go on."""
        with self._lock:
            self.edition += 1
            self._invalidation_count += len(self._cells)
            self._cells.clear()

    def held_bytes(self) -> int:
        """The bytes of the values held, as `size_of` counts them; 0 in a cache that does not count them."""
        return int(self._cells.currsize) if self._weigh is not None else 0

    def stats(self) -> CacheStats:
        """The counts so far."""
        with self._lock:
            return CacheStats(
                self._hit_count,
                self._miss_count,
                self._cells.eviction_count,
                self._expiry_count + self._cells.expiry_count,
                self._invalidation_count,
            )

    def __len__(self) -> int:
        """Entries held, among them any that expired unnoticed."""
        return len(self._cells)

    def __contains__(self, key: K) -> bool:
        """Whether a lookup would hit; changes neither the order nor the counts."""
        with self._lock:
            return key in self._cells and self._clock() < self._expires_s(key)

    def _expires_s(self, key: K) -> float:
        """Read without making the entry the most recently used."""
        cell: tuple[V, float, int] = Cache.__getitem__(self._cells, key)
        return cell[1]
