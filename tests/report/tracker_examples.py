"""A small project whose targets end in every verdict there is, judged by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from boss_perf.model.estimates import Caveat, CaveatKind, Clock, Comparison, Estimate
from boss_perf.model.history import VerdictRecord
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.runs import Fingerprint, Run, RunKind
from boss_perf.model.samples import Check
from boss_perf.model.targets import (
    Bottleneck,
    Budget,
    CachePolicy,
    Change,
    Evidenced,
    Guideline,
    LoadProfile,
    Location,
    ProgressRow,
    Section,
    Target,
    TargetSet,
    Waiver,
)
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Status, Verdict

NEWEST = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
HOSTILE = "a|b\n# <script>alert(1)</script> {{ 7 * 7 }} [x](https://evil.example) @all *bold* `code`"
P95 = Budget(Metric.LATENCY, Statistic.P95, Comparator.BELOW, 50e6, Unit.NANOSECONDS, "p95 < 50 ms")
RECALL = Budget(Metric.FACT, Statistic.MEAN, Comparator.AT_LEAST, 0.95, Unit.RATIO, "recall >= 0.95", "recall")
FASTER = Change(Metric.LATENCY, 0.4, "latency -60%")
SMALLER = Change(Metric.RETAINED_MEMORY, 0.7, "retained_memory -30%")
MORE = Change(Metric.THROUGHPUT, 1.25, "throughput +25%")
LRU = CachePolicy("lru", 1000, None, 3600.0, "LRU, 1000 entries, 1 hour")
GATED = Evidenced("gate", "gate run")

RUN = Run(
    id="run-2",
    kind=RunKind.BENCH,
    started_at=NEWEST - timedelta(minutes=5),
    finished_at=NEWEST,
    commit="0123456789abcdef",
    is_dirty=False,
    branch="main",
    fingerprint=Fingerprint("m1", "AMD EPYC, 2 cores", ()),
    versions=(("boss-perf", "0.1.0"), ("numpy", "2.4.6")),
    targets_digest="d",
    seed=1,
)
EVIDENCE = Evidence(
    run_id="run-2",
    measured_at=NEWEST,
    commit="0123456789abcdef",
    is_dirty=False,
    machine="m1",
    machine_text="AMD EPYC, 2 cores",
    forks=5,
    count=3000,
)
OLD = replace(EVIDENCE, run_id="run-1", measured_at=NEWEST - timedelta(days=60), is_dirty=True)


def an_estimate(value: float, low: float, high: float, unit: Unit = Unit.NANOSECONDS, *, count: int = 3000) -> Estimate:
    return Estimate(value=value, low=low, high=high, unit=unit, confidence_ratio=0.95, count=count, forks=5)


def a_comparison(ratio: float, baseline: float, unit: Unit = Unit.NANOSECONDS, *, width: float = 0.02) -> Comparison:
    candidate = baseline * ratio
    return Comparison(
        ratio=an_estimate(ratio, ratio * (1 - width), ratio * (1 + width), Unit.RATIO, count=400),
        baseline=an_estimate(baseline, baseline, baseline, unit, count=400),
        candidate=an_estimate(candidate, candidate, candidate, unit, count=400),
        clock=Clock.BYTES if unit is Unit.BYTES else Clock.CPU,
        resolution_ratio=width,
        pairs=400,
        fork_log_ratios=(),
    )


def a_target(target_id: str, section: Section, *expectations: object, **more: object) -> Target:
    more.setdefault("name", target_id.replace("-", " ").title())
    return Target(  # type: ignore[arg-type]
        id=target_id, section=section, location=Location("targets.yaml", 1, 1), expectations=expectations, **more
    )


def judged(target: Target, verdict: Verdict, reason: str, *findings: Finding, **more: object) -> Judgement:
    statuses = {Verdict.MET: Status.COMPLETED, Verdict.UNMEASURED: Status.NOT_STARTED}
    more.setdefault("status", statuses.get(verdict, Status.IN_PROGRESS))
    more.setdefault("evidence", EVIDENCE if findings else None)
    return Judgement(target=target, verdict=verdict, reason=reason, findings=findings, **more)  # type: ignore[arg-type]


def found(expectation: object, verdict: Verdict = Verdict.MET, **more: object) -> Finding:
    return Finding(expectation=expectation, verdict=verdict, reason=more.pop("reason", "as measured"), **more)  # type: ignore[arg-type]


CACHING = a_target(
    "search-caching", Section.OPTIMIZATIONS, FASTER, priority="High", owner="Ada", due=date(2024, 7, 15),
    wording="60% latency reduction", notes="Implement embedding cache", name="VectorSearchResolver Caching",
    why="Over the whole stream at a hit ratio of 0.75; a median would only show the hits.",
)  # fmt: skip
SCHEDULING = a_target("scheduling", Section.OPTIMIZATIONS, MORE, due=date(2024, 11, 30), priority="Medium")
LOOKUP = a_target("lookup", Section.OPTIMIZATIONS, FASTER, due=date(2027, 1, 1))
SEARCH = a_target(
    "search-1k", Section.BUDGETS, P95, RECALL, component="VectorSearchResolver", operation="Vector Search (1K vectors)",
    wording="<50ms", method="p95 latency",
)  # fmt: skip
QUERY = a_target("query", Section.BUDGETS, P95, component="DatabaseTaskResolver", operation="Query Execution")
HOSTILE_BUDGET = a_target(
    "hostile", Section.BUDGETS, P95, component=HOSTILE, operation=HOSTILE, wording=HOSTILE, why=HOSTILE
)
EMBEDDINGS = a_target(
    "embeddings", Section.CACHES, LRU, cache_type="LRU", eviction_wording="Time-based (1 hour)",
    size_wording="1000 entries", notes="Avoids recomputation", name="Vector Embeddings",
)  # fmt: skip
FILES = a_target("files", Section.CACHES, LRU, cache_type="LRU", waiver=Waiver(date(2027, 1, 31), "the disk", "Grace"))
TASKS = a_target("tasks", Section.MEMORY, SMALLER, component="Task Objects", wording="30% reduction")
SERVICE = a_target("service", Section.LOADS, P95, name="Service", load=LoadProfile(50, 10.0, 30.0))
CI = a_target(
    "ci", Section.INFRASTRUCTURE, GATED, name="Continuous Performance Testing", description="Automated testing in CI/CD"
)

TARGETS = TargetSet(
    project="BOSS",
    path="targets.yaml",
    digest="d",
    targets=(
        CACHING,
        SCHEDULING,
        LOOKUP,
        SEARCH,
        QUERY,
        HOSTILE_BUDGET,
        EMBEDDINGS,
        FILES,
        TASKS,
        SERVICE,
        CI,
    ),
    bottlenecks=(
        Bottleneck(
            "Vector similarity search", "High latency", "HNSW, caching", "High", ("search-caching", "search-1k")
        ),
        Bottleneck("Health check system", "High overhead", "Parallel checks", "Low"),
    ),
    guidelines=(Guideline("Measure First", "Always measure before and after optimization"),),
    progress=(ProgressRow("July 2024", "-", 0, 3),),
    title="Performance Optimization Tracker",
    introduction="This document tracks the progress.",
    closing="This document is updated weekly.",
)

JUDGEMENTS = (
    judged(
        CACHING,
        Verdict.MET,
        "latency −65 %, −60 % promised (5 forks)",
        found(
            FASTER,
            comparison=a_comparison(0.35, 10e6),
            side=(("wall time ratio", an_estimate(0.36, 0.3, 0.4, Unit.RATIO)),),
        ),
        caveats=(Caveat(CaveatKind.CONTENDED, "the machine was noisy: ±1.2 %"),),
    ),
    judged(
        SCHEDULING,
        Verdict.MISSED,
        "throughput +11 %, +25 % promised",
        found(MORE, Verdict.MISSED, comparison=a_comparison(0.9, 2e6)),
    ),
    judged(LOOKUP, Verdict.UNMEASURED, "no workload is named that could measure it"),
    judged(
        SEARCH,
        Verdict.UNDECIDED,
        "p95 about 49 ms, between 47 ms and 52 ms: not proven either way",
        found(P95, Verdict.UNDECIDED, estimate=an_estimate(49e6, 47e6, 52e6, count=181)),
        found(RECALL, estimate=an_estimate(0.97, 0.96, 0.98, Unit.RATIO, count=5)),
    ),
    judged(
        QUERY,
        Verdict.STALE,
        "measured on 2026-09-04, 30 days allowed (then: met)",
        found(P95, estimate=an_estimate(42e6, 41.2e6, float("inf"))),
        evidence=OLD,
        caveats=(Caveat(CaveatKind.DIRTY_TREE, "measured with changes that were not committed"),),
    ),
    judged(
        HOSTILE_BUDGET,
        Verdict.FAILED,
        HOSTILE,
        found(P95, Verdict.FAILED),
        caveats=(Caveat(CaveatKind.CONFLICTING, HOSTILE),),
    ),
    judged(
        EMBEDDINGS,
        Verdict.MET,
        "the cache kept to its policy: eviction, expiry",
        found(LRU, checks=(Check("eviction", True, "LRU", "LRU"), Check("expiry", True, "1 h", "1 h"))),
    ),
    judged(
        FILES,
        Verdict.WAIVED,
        "waived until 2027-01-31 by Grace: the disk",
        found(LRU, Verdict.MISSED, checks=(Check("size", False, "1000", "1001"),)),
    ),
    judged(
        TASKS,
        Verdict.MET,
        "retained memory −31 %",
        found(
            SMALLER,
            comparison=a_comparison(0.69, 12.1e6, Unit.BYTES, width=0),
            side=(("resident memory", an_estimate(15.6e6, 15e6, 16e6, Unit.BYTES)),),
        ),
    ),
    judged(SERVICE, Verdict.MET, "p95 ≤ 12 ms", found(P95, estimate=an_estimate(11e6, 10e6, 12e6, count=120_000))),
    judged(
        CI,
        Verdict.MET,
        "the last gate run was on 2026-11-02",
        found(GATED, reason="the last gate run was on 2026-11-02"),
        evidence=None,
    ),
)

RECORDS = tuple(
    VerdictRecord(
        run_id=f"r{number}",
        target_id="search-caching",
        figure_of="latency against baseline",
        verdict=Verdict.MET,
        status=Status.COMPLETED,
        reason="",
        judged_at=NEWEST - timedelta(days=10 - number),
        measured_at=NEWEST - timedelta(days=10 - number),
        evidence_run_id=f"r{number}",
        machine=machine,
        ratio=ratio,
    )
    for number, (ratio, machine) in enumerate([(0.5, "m1"), (9.0, "other"), (0.45, "m1"), (0.4, "m1"), (0.35, "m1")])
)
COMPLETED = {"2026-10": ("search-caching",), "2026-11": ("scheduling", "search-1k")}
