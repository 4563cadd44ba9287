"""Raw observations as they arrive: integers in nanoseconds or bytes, in time order, with how they were come by."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from boss_perf.model.estimates import Caveat
from boss_perf.worker.messages import Check as Check
from boss_perf.worker.messages import Failure as Failure


class Pass(StrEnum):
    """Separate passes over a workload; tracing slows what it watches, so time and memory never share one.

    DEPENDENCIES observes what the workload takes in. PROFILE and INSTRUCTIONS look where the time goes, MEMORY_SITES
    what holds memory, for an explanation, and make no sample.
    """

    BATCHES = "batches"
    CALLS = "calls"
    PAIRS = "pairs"
    MEMORY = "memory"
    TRIAL = "trial"
    LOAD = "load"
    DEPENDENCIES = "dependencies"
    PROFILE = "profile"
    INSTRUCTIONS = "instructions"
    MEMORY_SITES = "memory_sites"


class Reading(StrEnum):
    """What the integers of a series are; STARTED_NS is when each call began, counted from the sample's start.

    WALK: asking for a lazy answer and walking it to its end, one value an answer.
    """

    WALL_NS = "wall_ns"
    STARTED_NS = "started_ns"
    CPU_NS = "cpu_ns"
    PEAK_BYTES = "peak_bytes"
    RETAINED_BYTES = "retained_bytes"
    ALLOCATION_COUNT = "allocation_count"
    RESIDENT_BYTES = "resident_bytes"
    WALK_CPU_NS = "walk_cpu_ns"
    WALK_WALL_NS = "walk_wall_ns"


@dataclass(frozen=True, slots=True)
class Series:
    """One arm's readings in time order. PAIRS and BATCHES hold whole batches: divide by `Sample.calls_per_batch`."""

    arm: str
    reading: Reading
    values: tuple[int, ...]


class DependencyKind(StrEnum):
    """What a workload can rest on; SETTINGS are pytest's, for the test files of a folder.

    DATA is a Python file that is read and not run, so that each of its bytes counts.
    """

    FILE = "file"
    DATA = "data"
    FOLDER = "folder"
    SETTINGS = "settings"
    DISTRIBUTION = "distribution"


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something a workload takes in, and the state it was in: a digest, or the version of an installed distribution.

    `name` is a path relative to the project's root, or the distribution's name.
    """

    kind: DependencyKind
    name: str
    state: str


POLICY_SOURCE = "policy"


@dataclass(frozen=True, slots=True)
class ArmSource:
    """What else an arm was: a trial has a POLICY_SOURCE, whose digest is the text of the terms it was held to."""

    arm: str
    digest: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """What surrounded a sample; None where the system does not say.

    `stalled_ratio` is the share of the time in which some task waited for a processor (PSI `some`),
    `busy_ratio` is CPU over wall time of the measured calls: below 0.9 the subject waits, or was made to.
    `drift_ratio` is how far the last quarter of the batches lies from the first.
    `host` is the machine, None the one that ran the tool.
    `is_heap_shared` tells of two trees whether new objects lay alike in both before anything of either was imported.
    """

    core: int | None = None
    hash_seed: int | None = None
    stalled_ratio: float | None = None
    busy_ratio: float | None = None
    tracer: str | None = None
    drift_ratio: float | None = None
    is_heap_shared: bool | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one fork observed of one workload in one pass.

    `workload` is the pytest node id. PAIRS: `arms` are (baseline, optimized) or (base, head), each series holds one
    value per batch in the order it was taken by that arm, two per quad: quad k is batches 2k and 2k+1 of both arms,
    taken ABBA or BAAB as `order[k]` says (0 = first arm opens). A sample with a failure has no series.
    `dependencies` are those of a DEPENDENCIES pass; the other passes have the digest of their states at that moment.
    One batch per arm: the work may be called once. `answer_digests` are of the arms' first answers where two trees are
    compared, `later_digests` of the same question asked after measuring: the type and a digest, a question mark and the
    type for what cannot be looked at. `caveats` are the measured processes' own.
    """

    workload: str
    phase: Pass
    fork: int
    started_at: datetime
    arms: tuple[str, ...] = ()
    calls_per_batch: int = 1
    order: tuple[int, ...] = ()
    series: tuple[Series, ...] = ()
    sources: tuple[ArmSource, ...] = ()
    conditions: Conditions = field(default_factory=Conditions)
    facts: tuple[tuple[str, float], ...] = ()
    checks: tuple[Check, ...] = ()
    failure: Failure | None = None
    is_confirmation: bool = False
    is_waiting: bool = False
    dependencies: tuple[Dependency, ...] = ()
    dependencies_digest: str = ""
    answer_digests: tuple[str | None, ...] = ()
    later_digests: tuple[str | None, ...] = ()
    caveats: tuple[Caveat, ...] = ()

    @property
    def calls_per_time(self) -> int:
        """How many calls one of its times is of."""
        return self.calls_per_batch if self.phase in (Pass.PAIRS, Pass.BATCHES) else 1

    def values(self, arm: str, reading: Reading) -> tuple[int, ...]:
        """The readings of one arm, empty when the pass did not take them."""
        for series in self.series:
            if series.arm == arm and series.reading is reading:
                return series.values
        return ()
