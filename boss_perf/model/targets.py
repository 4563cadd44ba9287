"""Promises as data: what `targets.yaml` says once it has been checked."""

import math
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.units import Unit


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file a user can open; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Section(StrEnum):
    """The tables of the tracker that hold targets, by their key in `targets.yaml`."""

    OPTIMIZATIONS = "optimizations"
    BUDGETS = "budgets"
    CACHES = "caches"
    MEMORY = "memory"
    LOADS = "loads"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Budget:
    """An absolute promise: `p95 < 50 ms`, `peak_memory < 10 MB`, `recall >= 0.95`; `fact` names the reported number."""

    metric: Metric
    statistic: Statistic
    comparator: Comparator
    bound: float
    unit: Unit
    text: str
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A relative promise, optimized against baseline: `latency -60%` is limit_ratio 0.4, `throughput +25%` is 1.25."""

    metric: Metric
    limit_ratio: float
    text: str

    @property
    def is_rate(self) -> bool:
        """True where a rate is promised while comparisons are of cost: its new over old is the inverse of theirs."""
        return self.metric is Metric.THROUGHPUT

    @property
    def cost_limit_ratio(self) -> float:
        """The most that new over old of the cost may be: of time, of bytes, of time per call for a throughput."""
        return 1 / self.limit_ratio if self.is_rate else self.limit_ratio


def as_promised(cost_ratio: tuple[float, float, float], promise: object) -> tuple[float, float, float]:
    """A cost's ratio with its low and high side in the terms of the promise: the rate's where a rate is promised."""
    if not (isinstance(promise, Change) and promise.is_rate):
        return cost_ratio
    value, low, high = cost_ratio
    if low < 0:  # unknown on this side, and so on the other
        return 1 / value if value > 0 else math.inf, -math.inf, math.inf
    rate, most, least = (1 / each if each > 0 else math.inf for each in (value, low, high))
    return rate, least, most


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """A cache's declared policy; the workload's trial must hold the cache to it. None means not promised."""

    eviction: str
    max_entries: int | None
    max_bytes: int | None
    ttl_s: float | None
    text: str

    @property
    def terms(self) -> tuple[tuple[str, object], ...]:
        """What a trial is told."""
        return tuple((each.name, getattr(self, each.name)) for each in fields(self) if each.name != "text")


def terms_text(terms: tuple[tuple[str, object], ...]) -> str:
    """`eviction LRU, max_entries 1000, ttl_s 3600.0`: the terms that say something, equal only for equal terms."""
    return ", ".join(f"{name} {term}" for name, term in terms if term is not None)


@dataclass(frozen=True, slots=True)
class Evidenced:
    """A promise that a run of this kind exists and is fresh: `bench`, `distributed load`, `memory`, `gate`, ..."""

    run_kind: str
    text: str


Expectation = Budget | Change | CachePolicy | Evidenced


@dataclass(frozen=True, slots=True)
class Waiver:
    """What excuses a target's verdicts, in lower case, until a date (inclusive); a name answers for the reason."""

    until: date
    reason: str
    approver: str
    excuses: tuple[str, ...] = ("slower", "missed")

    def objection(self, verdict: str, *, today: date) -> str | None:
        """Why it does not excuse a verdict, None where it does; what may be slower or missed may also be undecided."""
        if self.until < today:
            return f"its waiver ended on {self.until}"
        named = {verdict.lower()} if verdict != "UNDECIDED" else {"undecided", "slower", "missed"}
        return f"its waiver excuses {' and '.join(self.excuses)} only" if named.isdisjoint(self.excuses) else None


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """How hard a load target pushes: concurrent users, how fast they arrive, for how long, with which locust file."""

    users: int
    spawn_rate_per_s: float
    duration_s: float
    locustfile: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One promise. `wording` is what the people wrote before it was made checkable; `why` explains the difference."""

    id: str
    section: Section
    name: str
    location: Location
    expectations: tuple[Expectation, ...] = ()
    component: str | None = None
    operation: str | None = None
    workload: str | None = None
    priority: str | None = None
    owner: str | None = None
    due: date | None = None
    wording: str | None = None
    method: str | None = None
    notes: str | None = None
    why: str | None = None
    margin_ratio: float | None = None
    waiver: Waiver | None = None
    load: LoadProfile | None = None
    cache_type: str | None = None
    eviction_wording: str | None = None
    size_wording: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A known slow place and the ids of the targets that remove it."""

    name: str
    impact: str = ""
    approach: str = ""
    priority: str = ""
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guideline:
    """A rule the project works by."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the tracker's legend."""

    status: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """A month of the progress table as people wrote it, kept beside the months that history adds."""

    month: str
    completed: str = "-"
    total_completed: int = 0
    total_remaining: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPolicy:
    """How strict this project is; ratios, days and seconds. `tolerate` lists verdicts that do not close the gate.

    `environment` names variables that measured processes get although they are named like secrets.
    """

    margin_ratio: float = 0.015
    memory_margin_ratio: float = 0.01
    ceiling_ratio: float = 0.10
    false_alarm_ratio: float = 0.01
    confidence_ratio: float = 0.95
    stale_after_days: float = 30.0
    time_budget_s: float = 300.0
    tolerate: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    ratchet_after: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSet:
    """All promises of a project and the prose of its tracker, in the file's order. `digest` is the file's SHA-256."""

    project: str
    path: str
    digest: str
    policy: RunPolicy = field(default_factory=RunPolicy)
    targets: tuple[Target, ...] = ()
    bottlenecks: tuple[Bottleneck, ...] = ()
    guidelines: tuple[Guideline, ...] = ()
    legend: tuple[LegendEntry, ...] = ()
    progress: tuple[ProgressRow, ...] = ()
    title: str | None = None
    introduction: str | None = None
    closing: str | None = None

    def in_section(self, section: Section) -> tuple[Target, ...]:
        """The targets of one table, in the file's order."""
        return tuple(target for target in self.targets if target.section is section)
