"""The cache under all others: bounded by entries and by bytes, least recently used first out, with time to live.

cachebox keeps the order, in compiled code that locks itself, so that neither a hit nor a plain `put` takes a lock here;
this class adds an expiry and a size for each entry, and counts. An expired entry is never served; it gives its room
back when it is next looked up, evicted or purged.
"""

import math
import time
from collections.abc import Callable, Hashable
from itertools import count
from threading import Lock
from typing import Generic, TypeVar

from cachebox import LRUCache

from .contract import CacheStats, Clock, Policy

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_Cell = tuple[V, float, int]
"""Value, expiry in seconds of the clock, bytes."""


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
        self._room_bytes = math.inf if policy.max_bytes is None else policy.max_bytes
        self._room_count = policy.max_entries
        self._cells: LRUCache[K, _Cell[V]] = LRUCache(
            0
        )  # without a bound of its own: a new entry comes before one leaves
        self._find = self._cells.get
        self._held_bytes = 0
        self._hits, self._evictions, self._expiries = count(), count(), count()
        self._read_count = self._miss_count = self._invalidation_count = 0
        self.edition = 0
        """Counts the calls of `forget` and `clear`: what was begun in an earlier one may come from a changed source."""

    def get(self, key: K) -> V | None:
        """The value, now the most recently used; None when there is none, or it has expired."""
        find, clock = self._find, self._clock  # CPython 3.11 takes 5 ns longer to call what is looked up in an object
        cell = find(key)
        if cell is not None and clock() < cell[1]:
            next(self._hits)
            return cell[0]
        self._missed(key, cell)
        return None

    def get_if(self, key: K, accept: Callable[[V], bool]) -> V | None:
        """The same, but a value that `accept` refuses is dropped: its source has changed."""
        find, clock = self._find, self._clock
        cell = find(key)
        if cell is not None and clock() < cell[1] and accept(cell[0]):
            next(self._hits)
            return cell[0]
        self._missed(key, cell)
        return None

    def put(self, key: K, value: V, *, ttl_s: float | None = None, edition: int | None = None) -> bool:
        """Keep the value for `ttl_s`, or the policy's time; False when it is too large, lives no time or comes late.

        With the `edition` in which its making began, a value comes late when something was forgotten since.
        """
        if value is None:
            raise ValueError("None stands for 'not cached' and cannot be cached")
        lifetime_s = self._lifetime_s if ttl_s is None else ttl_s
        if self._weigh is not None or edition is not None or lifetime_s <= 0:
            return self._put_alone(key, value, lifetime_s, edition)
        now_s, cells = self._clock(), self._cells
        cells[key] = (value, now_s + lifetime_s, 0)
        if len(cells) > self._room_count:
            try:  # as `_evict`, without the call
                next(self._evictions if now_s < cells.popitem()[1][1] else self._expiries)
            except KeyError:
                return True
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
            is_held = self._take_out(key)
            self._invalidation_count += is_held
            return is_held

    def purge(self) -> int:
        """Drop what has expired; how many entries that were."""
        with self._lock:
            now_s = self._clock()
            expired = [key for key, cell in self._cells.items() if now_s >= cell[1]]
            return sum(next(self._expiries) >= 0 for key in expired if self._take_out(key))

    def clear(self) -> None:
        """Drop everything; the counts go on."""
        with self._lock:
            self.edition += 1
            self._invalidation_count += len(self._cells)
            self._cells.clear()
            self._held_bytes = 0

    def held_bytes(self) -> int:
        """The bytes of the values held, as `size_of` counts them; 0 in a cache that does not count them."""
        return self._held_bytes

    def stats(self) -> CacheStats:
        """The counts so far."""
        with self._lock:
            # Reading a counter moves it.
            counted = [next(each) - self._read_count for each in (self._hits, self._evictions, self._expiries)]
            self._read_count += 1
            hit_count, eviction_count, expiry_count = counted
            return CacheStats(hit_count, self._miss_count, eviction_count, expiry_count, self._invalidation_count)

    def __len__(self) -> int:
        """Entries held, among them any that expired unnoticed."""
        return min(len(self._cells), self._room_count)

    def __contains__(self, key: K) -> bool:
        """Whether a lookup would hit; changes neither the order nor the counts."""
        cell = self._cells.peek(key)
        return cell is not None and self._clock() < cell[1]

    def _put_alone(self, key: K, value: V, lifetime_s: float, edition: int | None) -> bool:
        """What has a size, or may come late or not at all, is put while nobody else changes anything."""
        size_bytes = 0 if self._weigh is None else self._weigh(value)
        is_fit = lifetime_s > 0 and size_bytes <= self._room_bytes
        with self._lock:
            if edition is not None and edition != self.edition:
                return False
            if self._weigh is not None or not is_fit:
                self._take_out(key)
            if is_fit:
                now_s = self._clock()
                while self._held_bytes + size_bytes > self._room_bytes:
                    self._evict(now_s)
                self._held_bytes += size_bytes
                self._cells[key] = (value, now_s + lifetime_s, size_bytes)
                if len(self._cells) > self._room_count:
                    self._evict(now_s)
            return is_fit

    def _missed(self, key: K, cell: _Cell[V] | None) -> None:
        """Count it, and drop the cell that was no answer, unless another took its place."""
        with self._lock:
            self._miss_count += 1
            if cell is not None and self._cells.peek(key) is cell and self._take_out(key):
                if self._clock() < cell[1]:
                    self._invalidation_count += 1
                else:
                    next(self._expiries)

    def _take_out(self, key: K) -> bool:
        cell = self._cells.pop(key, None)
        if cell is None:
            return False
        self._held_bytes -= cell[2]
        return True

    def _evict(self, now_s: float) -> None:
        """The least recently used leaves; that of the expired is no loss."""
        try:
            cell = self._cells.popitem()[1]
        except KeyError:  # another thread has cleared it
            return
        self._held_bytes -= cell[2]
        next(self._evictions if now_s < cell[1] else self._expiries)
