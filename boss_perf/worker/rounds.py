"""How long the calls of a subject took."""

from array import array
from collections.abc import Iterable

CAPACITY = 4096


class Rounds:
    """Seconds of a call in everything that was timed, the first `CAPACITY` of them; `first_s` took the first answer.

    All room is taken at the start: a list that grows while time is measured moves what the subject allocates, in one
    arm sooner than in the other.
    """

    def __init__(self) -> None:
        self._seconds = array("d", bytes(8 * CAPACITY))
        self._count = 0
        self.first_s = 0.0

    def add(self, wall_ns: Iterable[int], *, calls: int = 1) -> None:
        """Keep batches of so many calls each, as far as there is room."""
        for each_ns in wall_ns:
            if self._count == CAPACITY:
                return
            self._seconds[self._count] = each_ns / calls / 1e9
            self._count += 1

    def seconds(self) -> list[float]:
        """What was kept, in the order it was timed."""
        return self._seconds[: self._count].tolist()
