"""Where memory happens to lie, drawn anew while time is measured.

The same call can be a quarter slower for the offset at which its temporary memory lies to that of its inputs, and it
keeps that offset as long as nothing else is allocated. Two trees that differ in one harmless constant then differ by
the same few per cent in every fork, which no number of forks takes away (Mytkowicz et al., "Producing wrong data
without doing anything obviously wrong!", 2009). Re-randomising the heap during a run makes such an accident an average
(Curtsinger and Berger, "Stabilizer", 2013).
"""

import random

_BLOCKS = 24
_BYTES = (480, 4000)
_SHAKES = 100


class Layout:
    """The heap of this process; `shake` it between batches. Draws come from `rng`, never from the suite's `random`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._sizes: list[tuple[int, ...]] = []
        self._turn = 0
        self._held: list[bytes] = []

    def shake(self) -> None:
        """Allocate blocks of random sizes, let go of those held so far and of half of the new ones.

        All are the system allocator's. Blocks of the interpreter's own heap would leave the order of its free lists
        behind for the rest of the process, which adds scatter between forks and takes no bias away.
        """
        if not self._sizes:  # drawn ahead: a draw takes longer than an allocation
            self._sizes = [tuple(self._rng.randrange(*_BYTES) for _ in range(_BLOCKS)) for _ in range(_SHAKES)]
        blocks = [bytes(size) for size in self._sizes[self._turn % _SHAKES]]
        self._turn += 1
        self._held = [block for block in blocks if len(block) % 2]
