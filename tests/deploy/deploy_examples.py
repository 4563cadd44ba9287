"""Judgements, a gate, a load run and a history as the tool would have them, for Prometheus and PostgreSQL to read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from boss_perf.model.estimates import Caveat, CaveatKind, Clock, Comparison, Estimate
from boss_perf.model.gate import GateItem, GateMetric, GateReport, GateVerdict, Side
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.runs import Fingerprint, Run, RunKind
from boss_perf.model.samples import Failure, Pass, Reading, Sample, Series
from boss_perf.model.targets import Budget, CachePolicy, Change, Location, Section, Target, Waiver
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Status, Verdict
from boss_perf.report.grafana import read_dashboards

DEPLOY = Path(__file__).parents[2] / "deploy"
Panel = dict[str, Any]
NOW = datetime.now(UTC).replace(microsecond=0)
HOSTILE = 'a "name"\\ with\nlines, {braces} ünï ☃ \ud800 <b>'
MACHINE = Fingerprint("m1", "Example CPU, 2 cores", (("cpu", "Example CPU"),))


def panels(name: str) -> list[Panel]:
    found: list[Panel] = read_dashboards()[name]["panels"]
    return found


def estimate(value: float, unit: Unit) -> Estimate:
    return Estimate(
        value=value, low=value * 0.9, high=value * 1.1, unit=unit, confidence_ratio=0.95, count=500, forks=5
    )


def judged(name: str, verdict: Verdict, *, finding: Finding | None, **more: Any) -> Judgement:
    target = Target(
        id=name, section=Section.BUDGETS, name=f"Target {name}", location=Location("targets.yaml", 1, 1), component="C",
        waiver=Waiver(date(2030, 1, 1), "later", "Ada") if verdict is Verdict.WAIVED else None,
    )  # fmt: skip
    evidence = Evidence(
        run_id="run-1", measured_at=NOW - timedelta(minutes=5), commit="c0ffee", is_dirty=False, machine="m1",
        machine_text="Example CPU", forks=5, count=500,
    )  # fmt: skip
    done = {Verdict.MET: Status.COMPLETED, Verdict.UNMEASURED: Status.NOT_STARTED}
    return Judgement(
        target=target, verdict=verdict, status=done.get(verdict, Status.IN_PROGRESS), reason="because",
        findings=(finding,) if finding else (), evidence=evidence if finding else None, **more,
    )  # fmt: skip


def examples() -> tuple[Judgement, ...]:
    """One of every verdict, of every unit, and a name that breaks careless writers."""
    time_budget = Budget(Metric.LATENCY, Statistic.P95, Comparator.BELOW, 50e6, Unit.NANOSECONDS, "p95 < 50 ms")
    memory = Budget(Metric.PEAK_MEMORY, Statistic.MEAN, Comparator.BELOW, 1e7, Unit.BYTES, "peak_memory < 10 MB")
    rate = Budget(Metric.THROUGHPUT, Statistic.MEAN, Comparator.ABOVE, 100, Unit.PER_SECOND, "throughput > 100 /s")
    change = Change(Metric.LATENCY, 0.4, "latency -60%")
    sides = estimate(1e6, Unit.NANOSECONDS)
    compared = Comparison(
        ratio=estimate(0.3, Unit.RATIO), baseline=sides, candidate=sides, clock=Clock.CPU, resolution_ratio=0.01,
        pairs=80, fork_log_ratios=(-1.2, -1.3),
    )  # fmt: skip

    def found(expectation: Any, verdict: Verdict, **number: Any) -> Finding:
        return Finding(expectation=expectation, verdict=verdict, reason="because", **number)

    unbounded = replace(estimate(9e6, Unit.NANOSECONDS), low=float("-inf"), high=float("inf"))
    too_much = found(memory, Verdict.MISSED, estimate=estimate(2e7, Unit.BYTES))
    doubt = (Caveat(CaveatKind.CONTENDED, "noisy"),)
    return (
        judged("met", Verdict.MET, finding=found(time_budget, Verdict.MET, estimate=estimate(4e6, Unit.NANOSECONDS))),
        judged("missed", Verdict.MISSED, finding=too_much, caveats=doubt),
        judged("compared", Verdict.MET, finding=found(change, Verdict.MET, comparison=compared)),
        judged("undecided", Verdict.UNDECIDED, finding=found(time_budget, Verdict.UNDECIDED, estimate=unbounded)),
        judged("rate", Verdict.STALE, finding=found(rate, Verdict.MET, estimate=estimate(150, Unit.PER_SECOND))),
        judged("failed", Verdict.FAILED, finding=None),
        judged("policy", Verdict.WAIVED, finding=found(CachePolicy("LRU", 10, None, None, "LRU"), Verdict.MISSED)),
        judged(HOSTILE, Verdict.UNMEASURED, finding=None),
    )  # fmt: skip


def a_gate() -> GateReport:
    ratio = estimate(1.1, Unit.RATIO)
    sides = estimate(1e6, Unit.NANOSECONDS)
    compared = Comparison(
        ratio=ratio, baseline=sides, candidate=sides, clock=Clock.CPU, resolution_ratio=0.01, pairs=80,
        fork_log_ratios=(0.1, 0.1),
    )  # fmt: skip
    slower = GateItem(
        benchmark=HOSTILE, metric=GateMetric.TIME, verdict=GateVerdict.SLOWER, reason="", margin_ratio=0.03,
        comparison=compared,
    )  # fmt: skip
    return GateReport(
        base=Side("main", "a" * 40), head=Side("HEAD", None), items=(slower, slower), fingerprint=MACHINE,
        resolution_ratio=0.004, disturbances=(), false_alarm_ratio=0.01, elapsed_s=9.0, exit_status=3,
    )  # fmt: skip


def a_load() -> Sample:
    series = (
        Series("answered", Reading.WALL_NS, tuple(range(1_000_000, 2_000_000, 10_000))),
        Series("answered", Reading.STARTED_NS, tuple(range(100))),
    )
    facts = (("users", 20.0), ("throughput", 100.0), ("failures", 0.01), ("generator_busy_ratio", 0.3))
    return Sample(
        workload="locustfile.py", phase=Pass.LOAD, fork=0, started_at=NOW, arms=("failed", "answered"), series=series,
        facts=facts,
    )  # fmt: skip


def save_examples(history: Any, name: str, started_at: datetime) -> None:
    run = Run(
        id=name, kind=RunKind.BENCH, started_at=started_at, finished_at=started_at + timedelta(minutes=3),
        commit="c0ffee" * 6, is_dirty=False, branch="main", fingerprint=MACHINE, versions=(), targets_digest="d",
        seed=1,
    )  # fmt: skip
    history.save_run(run)
    pair = Sample(
        workload="test_x.py::test_pair", phase=Pass.PAIRS, fork=0, started_at=started_at,
        arms=("baseline", "optimized"),
        series=(Series("baseline", Reading.WALL_NS, (10, 20)), Series("optimized", Reading.WALL_NS, (5, 6))),
    )  # fmt: skip
    history.save_sample(name, pair)
    broken = replace(pair, workload="test_x.py::test_broken", arms=(), series=(), failure=Failure("raised", "no"))
    history.save_sample(name, broken)
    history.save_verdicts(name, examples())
