"""What every cache here promises: a bound that holds, the least recently used leaves, nothing expired is served."""

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Policy:
    """The bounds of a cache; None is no bound. `ttl_s` is the default where an entry can bring its own."""

    max_entries: int
    ttl_s: float | None = None
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Counts since the cache was made. An entry leaves by eviction (no room), expiry (too old) or invalidation."""

    hit_count: int
    miss_count: int
    eviction_count: int
    expiry_count: int
    invalidation_count: int

    @property
    def hit_ratio(self) -> float:
        """Hits among all lookups; 0 before the first."""
        lookups_count = self.hit_count + self.miss_count
        return self.hit_count / lookups_count if lookups_count else 0.0
