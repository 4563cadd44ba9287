"""The floor of a benchmark: the fastest commit that enough runs confirmed, and who speaks for a better one."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Witness:
    """One run that found a commit faster than the floor."""

    commit: str
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Floor:
    """The commit HEAD must not be slower than, and the runs in a row, oldest first, that were faster than it."""

    commit: str
    faster: tuple[Witness, ...] = ()
