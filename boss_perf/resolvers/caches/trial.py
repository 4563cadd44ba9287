"""The trial a cache stands: its declared policy, tried entry by entry with a clock that is moved by hand.

A trial reaches a cache through numbered entries, so that one body tries all six. Nothing here measures time.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .contract import Clock, Policy

TRACE_COUNT = 3_000
DISTINCT_PER_ENTRY = 5
ENTRIES_OF_FULL_SIZE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A cache seen as numbered entries; None where it lacks the notion."""

    store: Callable[[int], object]
    """Have the entry kept, the way a miss does in use."""
    holds: Callable[[int], bool]
    """Look the entry up; a hit makes it the most recently used."""
    entries_count: Callable[[], int]
    held_bytes: Callable[[], int] | None = None
    store_sized: Callable[[int, int], object] | None = None
    """Store an entry of so many bytes."""
    store_for: Callable[[int, float], object] | None = None
    """Store an entry that brings its own time to live, in seconds."""
    change_source: Callable[[int], object] | None = None
    """Change what the entry was made from, and tell the cache what its user would tell it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One property of the policy, in words a reader can compare."""

    name: str
    passed: bool
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What the trial found."""

    checks: tuple[Check, ...]
    hit_ratio: float


class HandClock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        """The moment it stands at."""
        return self.now_s


def run_trial(make_cache: Callable[[Clock], Subject], declared: Policy) -> TrialReport:
    """Try a fresh cache on each property of the declared policy. The cache is made with its own bounds, not these."""
    clock = HandClock()
    checks = [_entries_bound(make_cache(clock), declared), _recency(make_cache(clock), declared)]
    if declared.max_bytes is not None:
        checks.append(_bytes_bound(make_cache(clock), declared.max_bytes))
    if declared.ttl_s is not None:
        checks.append(_expiry(make_cache(clock), clock, declared.ttl_s))
    cache = make_cache(clock)
    if cache.store_for is not None:
        checks.append(_expiry_per_entry(cache, cache.store_for, clock))
    cache = make_cache(clock)
    if cache.change_source is not None:
        checks.append(_invalidation(cache, cache.change_source))
    trace_check, hit_ratio = _trace(make_cache(clock), declared.max_entries)
    return TrialReport((*checks, trace_check), hit_ratio)


def _entries_bound(cache: Subject, declared: Policy) -> Check:
    stored_count = declared.max_entries + declared.max_entries // 10 + 1
    most_count = 0
    for number in range(stored_count):
        cache.store(number)
        most_count = max(most_count, cache.entries_count())
    return Check(
        "holds its bound in entries",
        most_count == declared.max_entries,
        f"{declared.max_entries} entries at most, and that many when full",
        f"{most_count} entries at most after {stored_count} were stored",
    )


def _recency(cache: Subject, declared: Policy) -> Check:
    for number in range(declared.max_entries):
        cache.store(number)
    cache.holds(0)
    cache.store(declared.max_entries)
    left = [number for number in range(min(declared.max_entries, 3)) if not cache.holds(number)]
    return Check(
        "the least recently used leaves first",
        left == [1],
        "entry 1 leaves, entry 0 was used since",
        f"of the first three left: {left or 'none'}",
    )


def _bytes_bound(cache: Subject, max_bytes: int) -> Check:
    entry_bytes, most_bytes = max_bytes // ENTRIES_OF_FULL_SIZE, 0
    for number in range(ENTRIES_OF_FULL_SIZE + 2):
        if cache.store_sized is None or cache.held_bytes is None:
            break
        cache.store_sized(number, entry_bytes)
        most_bytes = max(most_bytes, cache.held_bytes())
    kept_count = cache.entries_count()
    return Check(
        "holds its bound in bytes",
        most_bytes <= max_bytes and kept_count == ENTRIES_OF_FULL_SIZE,
        f"{max_bytes} bytes at most, {ENTRIES_OF_FULL_SIZE} entries of a tenth of that",
        f"{most_bytes} bytes at most, {kept_count} entries",
    )


def _expiry(cache: Subject, clock: HandClock, ttl_s: float) -> Check:
    cache.store(0)
    clock.now_s += ttl_s - 0.001
    is_held_before = cache.holds(0)
    clock.now_s += 0.001
    is_held_after = cache.holds(0)
    return Check(
        "expires after its time",
        is_held_before and not is_held_after,
        f"held 1 ms before {ttl_s:g} s, not at {ttl_s:g} s",
        f"held before: {is_held_before}, after: {is_held_after}",
    )


def _expiry_per_entry(cache: Subject, store_for: Callable[[int, float], object], clock: HandClock) -> Check:
    store_for(0, 30)
    store_for(1, 90)
    clock.now_s += 60
    observed = (cache.holds(0), cache.holds(1))
    return Check(
        "each entry expires after its own time",
        observed == (False, True),
        "after 60 s the entry of 30 s is gone, that of 90 s is held",
        f"held: {observed[0]} and {observed[1]}",
    )


def _invalidation(cache: Subject, change_source: Callable[[int], object]) -> Check:
    cache.store(0)
    cache.store(1)
    change_source(0)
    observed = (cache.holds(0), cache.holds(1))
    return Check(
        "a changed source is seen at once",
        observed == (False, True),
        "the changed entry is gone, its neighbour is held",
        f"held: {observed[0]} and {observed[1]}",
    )


def _trace(cache: Subject, max_entries: int) -> tuple[Check, float]:
    """Zipf(1.0) over five keys per entry of room, warmed up with as many lookups; an ordered dict is the reference."""
    trace = zipf_trace(2 * TRACE_COUNT, distinct_count=DISTINCT_PER_ENTRY * max_entries)
    reference: OrderedDict[int, None] = OrderedDict()
    hit_count = reference_count = 0
    for position, number in enumerate(trace):
        is_hit, is_reference_hit = cache.holds(number), number in reference
        if not is_hit:
            cache.store(number)
        reference[number] = None
        reference.move_to_end(number)
        if len(reference) > max_entries:
            reference.popitem(last=False)
        if position >= TRACE_COUNT:
            hit_count += is_hit
            reference_count += is_reference_hit
    keys_count = DISTINCT_PER_ENTRY * max_entries
    check = Check(
        "hits as a plain LRU of its size does",
        hit_count == reference_count,
        f"{reference_count / TRACE_COUNT:.3f} of {TRACE_COUNT} Zipf lookups over {keys_count} keys",
        f"{hit_count / TRACE_COUNT:.3f}",
    )
    return check, hit_count / TRACE_COUNT


def zipf_trace(length: int, *, distinct_count: int, exponent: float = 1.0, seed: int = 1949) -> list[int]:
    """Keys 0 .. distinct_count-1, key k drawn in proportion to (k + 1) ** -exponent; exponent 0 is uniform."""
    weights = np.arange(1, distinct_count + 1, dtype=np.float64) ** -exponent
    drawn: list[int] = (
        np.random.default_rng(seed).choice(distinct_count, size=length, p=weights / weights.sum()).tolist()
    )
    return drawn
