"""One start of the tool that measured something: when, on what, of which code."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RunKind(StrEnum):
    """What a run did; the infrastructure rows of a tracker rest on these."""

    BENCH = "bench"
    QUICK = "quick"
    GATE = "gate"
    LOAD = "load"
    DASHBOARD = "dashboard"
    MEMORY_PROFILER = "memory_profiler"


DISTRIBUTED, PROVISIONED = "distributed", "provisioned"
"""What the note of a run says before its kind, where it is more than any run of that kind."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A machine and its software as (field, value) pairs, None where the system does not say.

    `digest` identifies what makes numbers comparable (processor, cores, memory, kernel, interpreter); a field that is
    absent is part of the identity.
    """

    digest: str
    text: str
    fields: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The frame around samples. `finished_at` is None while it measures, and for good when it was killed."""

    id: str
    kind: RunKind
    started_at: datetime
    finished_at: datetime | None
    commit: str | None
    is_dirty: bool
    branch: str | None
    fingerprint: Fingerprint
    versions: tuple[tuple[str, str], ...]
    targets_digest: str
    seed: int
    note: str = ""
