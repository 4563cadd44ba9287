"""How a pass looks at arms: how hard, and within what time."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from boss_perf.plan import LEAST_CALLS


class TooLong(Exception):
    """Even the shortest look takes longer than there is time: so many seconds."""

    def __init__(self, needs_s: float) -> None:
        self.needs_s = needs_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard to look: `share` scales the work of one fork, less or more; `least_calls` is per fork."""

    share: float = 1.0
    least_calls: int = LEAST_CALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a pass is taken: how hard, with whose chance, within what time.

    `has_resident`: it sees how the process grows. `counts_folder` is where valgrind writes, where it runs.
    """

    effort: Effort
    rng: random.Random
    has_resident: bool = False
    counts_folder: str = ""
    left_s: Callable[[], float] = lambda: math.inf
