"""Where memory happens to lie, drawn anew while time is measured.

The same call can be a quarter slower for the offset at which its temporary memory lies to that of its inputs, and it
keeps that offset as long as nothing else is allocated. Two trees that differ in one harmless constant then differ by
the same few per cent in every fork, which no number of forks takes away (Mytkowicz et al., "Producing wrong data
without doing anything obviously wrong!", 2009). Re-randomising the heap during a run makes such an accident an average
(Curtsinger and Berger, "Stabilizer", 2013).

Small objects lie in the interpreter's own pools, each for one size. A call whose first object of a size is the first of
its pool takes a new pool and gives it back every time, which costs up to a tenth of it.
"""

import random
import sys
from typing import Any

_BLOCKS = 24
_BYTES = (480, 4000)
_SHAKES = 100
_POOL_BYTES = 16_384
_POOLED_BYTES = tuple(range(32, 513, 16))
_HEAD_BYTES = sys.getsizeof(b"")
_SMALL, _LARGE = 257, 1 << 20
"""Below the one no integer is an object of its own; from the other on each is, of 32 bytes."""


class Layout:
    """The heap of this process; `shake` it between batches. Draws come from `rng`, never from the suite's `random`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._sizes: list[tuple[int, ...]] = []
        self._turn = 0
        self._held: list[bytes] = []
        self._pooled: list[list[Any]] = [[] for _ in _POOLED_BYTES]
        self._pool = 0

    def shake(self) -> None:
        """Allocate blocks of random sizes, let go of those held so far and of half of the new ones.

        These are the system allocator's. Of the pools' sizes the next two get another number of blocks.
        """
        if not self._sizes:  # drawn ahead: a draw takes longer than an allocation
            self._sizes = [tuple(self._rng.randrange(*_BYTES) for _ in range(_BLOCKS)) for _ in range(_SHAKES)]
            for _ in _POOLED_BYTES:
                self._refill()
        self._refill()
        self._refill()
        blocks = [bytes(size) for size in self._sizes[self._turn]]
        self._turn = (self._turn + 1) % _SHAKES
        self._held = [block for block in blocks if len(block) % 2]

    def _refill(self) -> None:
        """Hold a random number of blocks of the next size, fewer than a pool has room for.

        The last is let go of first: any other order of a pool's free blocks would stay, and scatter between forks.
        Nothing else may be allocated before and let go of after, for its place would be the next to be taken.
        """
        size = _POOLED_BYTES[self._pool]
        count = self._rng.randrange(min(_SMALL, _POOL_BYTES // size))
        self._pooled[self._pool].clear()  # from its end
        self._pooled[self._pool] = _blocks(size, count)
        self._pool = (self._pool + 1) % len(_POOLED_BYTES)


def _blocks(size_bytes: int, count: int) -> list[Any]:
    """So many blocks of a size, with no list that grows and no iterator beside."""
    if size_bytes < _HEAD_BYTES:
        return list(range(_LARGE, _LARGE + count))
    blocks: list[Any] = [None] * count
    place, room = 0, size_bytes - _HEAD_BYTES
    while place < count:
        blocks[place] = bytes(room)
        place += 1
    return blocks
