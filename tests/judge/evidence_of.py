"""Samples and targets of known truth for the judge's tests."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from boss_perf.judge import judge
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.samples import Check, Dependency, DependencyKind, Failure, Pass, Reading, Sample, Series
from boss_perf.model.targets import Budget, Change, Location, RunPolicy, Section, Target
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Evidence

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORKLOAD = "benchmarks/test_search.py::test_search"
ARMS = ("baseline", "optimized")
POLICY = RunPolicy()
EVIDENCE = Evidence(
    run_id="r1",
    measured_at=NOW - timedelta(hours=1),
    commit="abc",
    is_dirty=False,
    machine="m1",
    machine_text="a machine",
    forks=5,
    count=500,
)
P95 = Budget(Metric.LATENCY, Statistic.P95, Comparator.BELOW, 50e6, Unit.NANOSECONDS, "p95 < 50 ms")
MEAN = Budget(Metric.LATENCY, Statistic.MEAN, Comparator.BELOW, 50e6, Unit.NANOSECONDS, "mean < 50 ms")
FASTER = Change(Metric.LATENCY, 0.4, "latency -60%")
LEANER = Change(Metric.PEAK_MEMORY, 0.7, "peak_memory -30%")


def target(*expectations, **fields):
    given = {"workload": WORKLOAD, "section": Section.BUDGETS} | fields
    return Target(
        id="search", name="Search", location=Location("targets.yaml", 3, 5), expectations=expectations, **given
    )


def verdict_of(promise, samples, **fields):
    given = {"evidence": EVIDENCE, "policy": POLICY, "now": NOW} | fields
    return judge(promise, samples, **given)


def _frame(phase, fork, **fields):
    given = {"arms": ("subject",)} | fields
    return Sample(
        workload=WORKLOAD,
        phase=phase,
        fork=fork,
        started_at=NOW - timedelta(hours=1) + timedelta(seconds=fork),
        dependencies_digest="b1",
        **given,
    )


RESTS_ON = (
    Dependency(DependencyKind.FILE, "search.py", "s1"),
    Dependency(DependencyKind.FILE, "benchmarks/words.txt", "w1"),
    Dependency(DependencyKind.SETTINGS, "benchmarks", "i1"),
    Dependency(DependencyKind.DISTRIBUTION, "numpy", "2.4.6"),
)


def dependencies(*found):
    return [replace(_frame(Pass.DEPENDENCIES, 0), dependencies=found or RESTS_ON)]


def calls(centre_ns, *, forks=5, count=200, seed=1, phase=Pass.CALLS, **fields):
    rng = random.Random(seed)
    return [
        replace(
            _frame(phase, fork, **fields),
            series=(
                Series(
                    "subject",
                    Reading.WALL_NS,
                    tuple(round(centre_ns * math.exp(rng.gauss(0, 0.05))) for _ in range(count)),
                ),
            ),
        )
        for fork in range(forks)
    ]


def batches(centre_ns, *, forks=5, **fields):
    return calls(centre_ns, forks=forks, count=20, phase=Pass.BATCHES, **fields)


def pairs(ratio, *, forks=5, seed=1, spread=0.01, wall_ratio=None, **fields):
    rng = random.Random(seed)
    found = []
    for fork in range(forks):
        old, new, wall_new = [], [], []
        for _ in range(40):
            old.append(round(2_500_000 * math.exp(rng.gauss(0, spread))))
            new.append(round(2_500_000 * ratio * math.exp(rng.gauss(0, spread))))
            wall_new.append(round(new[-1] * (wall_ratio or ratio) / ratio))
        series = (
            Series(ARMS[0], Reading.CPU_NS, tuple(old)),
            Series(ARMS[1], Reading.CPU_NS, tuple(new)),
            Series(ARMS[0], Reading.WALL_NS, tuple(old)),
            Series(ARMS[1], Reading.WALL_NS, tuple(wall_new)),
        )
        found.append(replace(_frame(Pass.PAIRS, fork, arms=ARMS, **fields), series=series, calls_per_batch=10))
    return found


def memory(old, new, *, forks=3, **fields):
    readings = (Reading.PEAK_BYTES, Reading.RETAINED_BYTES, Reading.ALLOCATION_COUNT, Reading.RESIDENT_BYTES)
    series = tuple(
        Series(arm, each, (value,)) for arm, value in zip(ARMS, (old, new), strict=True) for each in readings
    )
    return [replace(_frame(Pass.MEMORY, fork, arms=ARMS, **fields), series=series) for fork in range(forks)]


def load(response_ns, *, count=500, failed_count=0, window_s=5.0, **facts):
    starts = [round(k * window_s * 1e9 / (count + failed_count)) for k in range(count + failed_count)]
    given = {"users": 10.0, "users_asked": 10.0, "window_s": window_s, "is_steady": 1.0} | facts
    series = (
        Series("answered", Reading.STARTED_NS, tuple(starts[failed_count:])),
        Series("answered", Reading.WALL_NS, tuple(round(response_ns * (1 + 0.001 * (k % 50))) for k in range(count))),
        Series("failed", Reading.STARTED_NS, tuple(starts[:failed_count])),
        Series("failed", Reading.WALL_NS, (1000,) * failed_count),
    )
    sample = replace(_frame(Pass.LOAD, 0, arms=("failed", "answered")), series=series, facts=tuple(given.items()))
    return [replace(sample, workload="load:search", dependencies_digest="")]


def trials(*passed, forks=2):
    checks = tuple(Check(f"check {k}", each, "1000 entries", "1000 entries" if each else "1001 entries")
                   for k, each in enumerate(passed))  # fmt: skip
    return [replace(_frame(Pass.TRIAL, fork), checks=checks) for fork in range(forks)]


def failed(sample, kind, message="boom"):
    return replace(sample, series=(), facts=(), checks=(), failure=Failure(kind, message))
