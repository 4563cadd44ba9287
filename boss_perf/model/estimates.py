"""Numbers with their doubt: an estimate has an interval, a comparison a resolution, both carry caveats."""

from dataclasses import dataclass
from enum import StrEnum

from boss_perf.model.units import Unit


class CaveatKind(StrEnum):
    """Doubts that travel with a number, those first that count most."""

    CONFLICTING = "conflicting"
    FORKS_DISAGREE = "forks_disagree"
    AGREES_WITH_ANYTHING = "agrees_with_anything"
    EQUAL_BY_OWN_WORD = "equal_by_own_word"
    ANSWERS_NOT_COMPARED = "answers_not_compared"
    CONSUMED_INPUT = "consumed_input"
    FIRST_CALL = "first_call"
    FACT_DROPPED = "fact_dropped"
    CHILDREN_UNCOUNTED = "children_uncounted"
    LUCKY_RUN = "lucky_run"
    DEPENDENCY_CHANGED = "dependency_changed"
    OTHER_VERSION = "other_version"
    BELOW_BEST = "below_best"
    LOAD_GENERATOR = "load_generator"
    INTERRUPTED = "interrupted"
    OTHER_MACHINE = "other_machine"
    DIRTY_TREE = "dirty_tree"
    CONTENDED = "contended"
    TOO_FEW_FORKS = "too_few_forks"
    TOO_FEW_CALLS = "too_few_calls"
    INEXACT_MEMORY = "inexact_memory"
    TOO_LOOSE = "too_loose"
    HEAPS_DIFFER = "heaps_differ"
    QUICK_LOOK = "quick_look"
    WALL_TIME = "wall_time"
    DRIFTING = "drifting"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Caveat:
    """A doubt and the sentence a reader sees."""

    kind: CaveatKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number in `unit` with a two-sided interval at `confidence_ratio`; `count` observations in `forks` processes.

    An unknown side of the interval is infinite, never equal to the value.
    """

    value: float
    low: float
    high: float
    unit: Unit
    confidence_ratio: float
    count: int
    forks: int
    caveats: tuple[Caveat, ...] = ()


class Clock(StrEnum):
    """Which clock a comparison rests on."""

    CPU = "cpu"
    WALL = "wall"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Candidate over baseline, with both sides beside it.

    `resolution_ratio` is half the width of the ratio's interval relative to it: what this run can see.
    `fork_log_ratios` are the units of the statistics, one per fork in time order.
    """

    ratio: Estimate
    baseline: Estimate
    candidate: Estimate
    clock: Clock
    resolution_ratio: float
    pairs: int
    fork_log_ratios: tuple[float, ...]
