"""Runs, samples and judgements as the tool would save them, each with the one thing a test wants different."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from boss_perf.model.estimates import Caveat, CaveatKind, Clock, Comparison, Estimate
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.runs import Fingerprint, Run, RunKind
from boss_perf.model.samples import (
    ArmSource,
    Check,
    Conditions,
    Dependency,
    DependencyKind,
    Failure,
    Pass,
    Reading,
    Sample,
    Series,
)
from boss_perf.model.targets import Budget, Change, Location, Section, Target
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Status, Verdict

START = datetime(2026, 11, 3, 10, 0, 0, 123456, tzinfo=UTC)
SEARCH = "benchmarks/test_search.py::test_one_thousand"
CACHE = "benchmarks/test_search.py::test_cache[größe-1 µs]"


def a_run(run_id: str = "r1", *, hours: float = 0, kind: RunKind = RunKind.BENCH, machine: str = "m1") -> Run:
    return Run(
        id=run_id,
        kind=kind,
        started_at=START + timedelta(hours=hours),
        finished_at=None,
        commit="0123abc",
        is_dirty=True,
        branch="main",
        fingerprint=Fingerprint(machine, "AMD EPYC, 2 cores", (("cpu", "AMD EPYC"), ("governor", None))),
        versions=(("boss-perf", "0.1.0"), ("numpy", "2.4.6")),
        targets_digest="d" * 64,
        seed=2**64 - 1,
        note="",
    )


def a_sample(workload: str = SEARCH, *, fork: int = 0, phase: Pass = Pass.CALLS, minutes: float = 0) -> Sample:
    return Sample(
        workload=workload,
        phase=phase,
        fork=fork,
        started_at=START + timedelta(minutes=minutes),
        arms=("subject",),
        series=(Series("subject", Reading.WALL_NS, (52_000, 50_000, 51_000)),),
        dependencies_digest="b1",
    )


def a_pair_sample(*, fork: int = 0) -> Sample:
    """Every field filled, so that a round trip that loses one is seen."""
    return Sample(
        workload=CACHE,
        phase=Pass.PAIRS,
        fork=fork,
        started_at=START,
        arms=("baseline", "optimized"),
        calls_per_batch=10,
        order=(0, 1),
        series=(
            Series("baseline", Reading.WALL_NS, (1000, 1010, 990, 1005)),
            Series("baseline", Reading.CPU_NS, (999, 1009, 989, 1004)),
            Series("optimized", Reading.WALL_NS, (400, 410, 390, -(2**63))),
            Series("optimized", Reading.CPU_NS, (399, 409, 389, 2**63 - 1)),
        ),
        sources=(ArmSource("baseline", "s1"), ArmSource("optimized", "s2")),
        conditions=Conditions(core=1, hash_seed=7, stalled_ratio=0.02, busy_ratio=0.99),
        facts=(("hit_ratio", 0.75), ("lost", float("inf"))),
        checks=(Check("eviction", True, "LRU", "LRU"),),
        is_confirmation=True,
        is_waiting=True,
        dependencies=(Dependency(DependencyKind.FILE, "größe.txt", "d1"),),
        dependencies_digest="b2",
        answer_digests=("a1", None),
        later_digests=("a1", "a2"),
        caveats=(Caveat(CaveatKind.CONSUMED_INPUT, "the list is empty"),),
    )


def a_failed_sample(workload: str = SEARCH, *, fork: int = 0) -> Sample:
    return replace(
        a_sample(workload, fork=fork), arms=(), series=(), failure=Failure("raised", "ValueError: no", "Traceback …")
    )


def an_estimate(value: float, *, unit: Unit = Unit.NANOSECONDS, width: float = 0.02) -> Estimate:
    return Estimate(
        value=value,
        low=value * (1 - width),
        high=value * (1 + width),
        unit=unit,
        confidence_ratio=0.95,
        count=3000,
        forks=5,
    )


def a_judgement(
    target_id: str = "search-1k",
    *,
    verdict: Verdict = Verdict.MET,
    status: Status = Status.COMPLETED,
    run: Run | None = None,
    is_change: bool = False,
) -> Judgement:
    run = run or a_run()
    expectation = (
        Change(Metric.LATENCY, 0.4, "latency -60%")
        if is_change
        else Budget(Metric.LATENCY, Statistic.P95, Comparator.BELOW, 50e6, Unit.NANOSECONDS, "p95 < 50 ms")
    )
    comparison = Comparison(
        ratio=an_estimate(0.35, unit=Unit.RATIO),
        baseline=an_estimate(1000.0),
        candidate=an_estimate(350.0),
        clock=Clock.CPU,
        resolution_ratio=0.004,
        pairs=400,
        fork_log_ratios=(-1.05, -1.04, -1.06, -1.05, -1.05),
    )
    finding = Finding(
        expectation=expectation,
        verdict=verdict,
        reason="as measured",
        estimate=None if is_change else an_estimate(42e6),
        comparison=comparison if is_change else None,
    )
    return Judgement(
        target=Target(
            id=target_id,
            section=Section.BUDGETS,
            name=target_id,
            location=Location("targets.yaml", 1, 1),
            expectations=(expectation,),
        ),
        verdict=verdict,
        status=status,
        reason="as measured",
        findings=(finding,),
        evidence=Evidence(
            run_id=run.id,
            measured_at=run.started_at,
            commit=run.commit,
            is_dirty=run.is_dirty,
            machine=run.fingerprint.digest,
            machine_text=run.fingerprint.text,
            forks=5,
            count=3000,
        ),
    )
