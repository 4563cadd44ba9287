"""Dashboards of every size: a team's fifty targets with two hundred runs each, an empty project, and a hostile one."""

import math
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from builders import explanation

from boss_perf.model.estimates import Caveat, CaveatKind, Clock, Comparison, Estimate
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.runs import Fingerprint, Run, RunKind
from boss_perf.model.samples import Check, Conditions, Pass, Reading, Sample, Series
from boss_perf.model.targets import Budget, CachePolicy, Change, Location, Section, Target, Waiver
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Status, Verdict
from boss_perf.report.dashboard import DashboardData

COMMIT = "c0ffee0123456789" + 24 * "0"
AS_OF = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MACHINE = Fingerprint("m1", "Example CPU, 2 cores, Linux 6.1", (("cpu", "Example CPU"), ("governor", None)))
HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> {{ 7 * 7 }} "
    "'\"><svg onload=alert(1)> \u2028\u2029 \x00\x1b[31m \u202e \ud800 <!-- ]]> & javascript:alert(1)"
)
P95 = Budget(Metric.LATENCY, Statistic.P95, Comparator.BELOW, 50e6, Unit.NANOSECONDS, "p95 < 50 ms")
FASTER = Change(Metric.LATENCY, 0.4, "latency -60%")
LEANER = Change(Metric.RETAINED_MEMORY, 0.7, "retained_memory -30%")
LRU = CachePolicy("LRU", 1000, None, 3600.0, "LRU, 1000 entries, 1 hour")
STATUS = {Verdict.MET: Status.COMPLETED, Verdict.UNMEASURED: Status.NOT_STARTED}


def estimate(value: float, unit: Unit, spread: float = 0.03) -> Estimate:
    return Estimate(
        value=value, low=value * (1 - spread), high=value * (1 + spread), unit=unit, confidence_ratio=0.95, count=900,
        forks=6,
    )  # fmt: skip


def compared(ratio: float, base: float, unit: Unit) -> Comparison:
    return Comparison(
        ratio=estimate(ratio, Unit.RATIO), baseline=estimate(base, unit), candidate=estimate(base * ratio, unit),
        clock=Clock.CPU, resolution_ratio=0.01, pairs=100,
        fork_log_ratios=tuple(math.log(ratio) + 0.02 * step for step in range(-3, 3)),
    )  # fmt: skip


def target(name: str, section: Section, **more: Any) -> Target:
    return Target(id=more.pop("id", name.lower().replace(" ", "-")), section=section, name=name,
                  location=Location("targets.yaml", 1, 1), **more)  # fmt: skip


def judged(promise: Target, verdict: Verdict, *findings: Finding, **more: Any) -> Judgement:
    evidence = Evidence(
        run_id="r", measured_at=AS_OF, commit="c0ffee0123456789", is_dirty=True, machine="m1",
        machine_text=MACHINE.text, forks=6, count=900,
    )  # fmt: skip
    return Judgement(
        target=promise, verdict=verdict, status=STATUS.get(verdict, Status.IN_PROGRESS),
        reason=findings[0].reason if findings else "no workload proves it", findings=findings,
        evidence=evidence if findings else None, **more,
    )  # fmt: skip


def found(expectation: Any, verdict: Verdict, reason: str = "", **number: Any) -> Finding:
    return Finding(
        expectation=expectation, verdict=verdict, reason=reason or f"{expectation.text}: {verdict}", **number
    )


def records(
    promise: Target,
    runs: int,
    *,
    level: float,
    unit: Unit,
    is_ratio: bool,
    step_at: int | None = None,
    of: Any = None,
) -> list[VerdictRecord]:
    rng = random.Random(repr(promise.id))
    made = []
    name = figure_of(of or (FASTER if is_ratio else P95))
    for run in range(runs):
        value = level * rng.lognormvariate(0, 0.02) * (1.25 if step_at is not None and run >= step_at else 1.0)
        at = AS_OF - timedelta(hours=6 * (runs - 1 - run))
        sides = {"ratio": value, "ratio_low": value * 0.97, "ratio_high": value * 1.03} if is_ratio else {}
        plain = value * 1e6 if is_ratio else value
        made.append(
            VerdictRecord(
                run_id=f"r{run}", target_id=promise.id, figure_of=name,
                verdict=Verdict.MET if run % 9 else Verdict.UNDECIDED,
                status=Status.COMPLETED, reason="", judged_at=at, measured_at=at, evidence_run_id=f"r{run}",
                machine="m1", unit=unit, value=plain, low=plain * 0.97,
                high=plain * 1.03 if run % 20 else math.inf, forks=6, count=900, **sides,
            )
        )  # fmt: skip
    return made


def pair_samples(forks: int = 5) -> tuple[Sample, ...]:
    rng = random.Random(7)
    return tuple(
        Sample(
            workload="w", phase=Pass.PAIRS, fork=fork, started_at=AS_OF + timedelta(seconds=9 * fork),
            arms=("baseline", "optimized"), calls_per_batch=10,
            series=(
                Series("baseline", Reading.WALL_NS, tuple(round(rng.lognormvariate(17, 0.2)) for _ in range(60))),
                Series("optimized", Reading.WALL_NS, tuple(round(rng.lognormvariate(16, 0.2)) for _ in range(60))),
            ),
            conditions=Conditions(stalled_ratio=0.02 * fork),
        )
        for fork in range(forks)
    )  # fmt: skip


def load_sample() -> Sample:
    rng = random.Random(3)
    starts = tuple(range(0, 10_000_000_000, 5_000_000))
    return Sample(
        workload="load", phase=Pass.LOAD, fork=0, started_at=AS_OF, arms=("failed", "answered"),
        series=(
            Series("answered", Reading.STARTED_NS, starts),
            Series("answered", Reading.WALL_NS, tuple(round(rng.lognormvariate(15, 0.4)) for _ in starts)),
            Series("failed", Reading.STARTED_NS, (4_000_000_000, 4_100_000_000)),
            Series("failed", Reading.WALL_NS, (1000, 1000)),
        ),
        facts=(("window_s", 10.0), ("users", 20.0)),
    )  # fmt: skip


def team_dashboard(targets: int = 50, runs: int = 200) -> DashboardData:
    judgements: list[Judgement] = []
    history: list[VerdictRecord] = []
    samples: dict[str, tuple[Sample, ...]] = {}
    verdicts = list(Verdict)
    for number in range(targets):
        verdict = verdicts[number % len(verdicts)] if number % 3 else Verdict.MET
        kind = number % 5
        if kind == 0:
            promise = target(f"Vector Search {number}", Section.BUDGETS, component="VectorSearchResolver", owner="ada")
            findings = (
                found(
                    P95,
                    verdict,
                    "p95 ≤ 4.12 ms at 95 % confidence, 50 ms allowed",
                    estimate=estimate(4e6, Unit.NANOSECONDS),
                ),
            )
            history += records(promise, runs, level=4e6, unit=Unit.NANOSECONDS, is_ratio=False, step_at=runs // 2)
            samples[promise.id] = pair_samples(2)
        elif kind == 1:
            promise = target(
                f"Response Caching {number}", Section.OPTIMIZATIONS, due=date(2024, 7, 15), notes="embedding cache"
            )
            findings = (
                found(FASTER, verdict, "−65 %, −60 % promised", comparison=compared(0.35, 8e6, Unit.NANOSECONDS)),
            )
            history += records(promise, runs, level=0.35, unit=Unit.NANOSECONDS, is_ratio=True)
            samples[promise.id] = pair_samples()
        elif kind == 2:
            promise = target(f"Task Objects {number}", Section.MEMORY)
            findings = (found(LEANER, verdict, "−41 % exact bytes", comparison=compared(0.59, 14_191_000, Unit.BYTES)),)
            history += records(promise, runs, level=0.59, unit=Unit.BYTES, is_ratio=True, of=LEANER)
        elif kind == 3:
            promise = target(f"Embeddings {number}", Section.CACHES)
            checks = (
                Check("eviction", True, "LRU", "LRU"),
                Check("expires", number % 2 == 0, "1 hour", "2 hours"),
            )
            findings = (found(LRU, verdict, "all properties held", checks=checks),)
        else:
            promise = target(f"Service under load {number}", Section.LOADS)
            findings = (found(P95, verdict, "p95 ≤ 8.1 ms", estimate=estimate(8e6, Unit.NANOSECONDS)),)
            history += records(promise, runs, level=8e6, unit=Unit.NANOSECONDS, is_ratio=False)
            samples[promise.id] = (load_sample(),)
        doubts = (Caveat(CaveatKind.CONTENDED, "the machine was busy for 12 % of the time"),) if number % 4 == 0 else ()
        judgements.append(
            judged(promise, verdict, *(findings if verdict is not Verdict.UNMEASURED else ()), caveats=doubts)
        )
    return DashboardData(
        project="BOSS", as_of=AS_OF, judgements=judgements, history=history, samples=samples, fingerprint=MACHINE,
        disturbances=("load 3.1 on 2 cores",), runs=measured_runs(runs),
        subjects={COMMIT: "Search is faster"}, commit_url="https://github.com/acme/boss/commit/",
    )  # fmt: skip


def measured_runs(count: int) -> tuple[Run, ...]:
    return tuple(
        Run(
            id=f"r{run}", kind=RunKind.BENCH, started_at=AS_OF, finished_at=AS_OF, commit=COMMIT, is_dirty=False,
            branch="main", fingerprint=MACHINE, versions=(), targets_digest="", seed=1,
        )
        for run in range(count)
    )  # fmt: skip


def hostile_dashboard() -> DashboardData:
    promise = target(
        HOSTILE, Section.BUDGETS, id=HOSTILE, component=HOSTILE, owner=HOSTILE, notes=HOSTILE, wording=HOSTILE,
        waiver=Waiver(date(2030, 1, 1), HOSTILE, HOSTILE),
    )  # fmt: skip
    budget = Budget(Metric.LATENCY, Statistic.P95, Comparator.BELOW, 5e7, Unit.NANOSECONDS, HOSTILE)
    finding = found(
        budget, Verdict.MISSED, HOSTILE, estimate=estimate(6e7, Unit.NANOSECONDS),
        checks=(Check(HOSTILE, False, HOSTILE, HOSTILE),),
    )  # fmt: skip
    sample = Sample(
        workload=HOSTILE, phase=Pass.CALLS, fork=0, started_at=AS_OF, arms=(HOSTILE,),
        series=(Series(HOSTILE, Reading.WALL_NS, (5, 6, 7)),),
    )  # fmt: skip
    judgement = judged(promise, Verdict.MISSED, finding, caveats=(Caveat(CaveatKind.CONTENDED, HOSTILE),))
    return DashboardData(
        project=HOSTILE, as_of=AS_OF, judgements=(judgement,),
        history=records(promise, 12, level=6e7, unit=Unit.NANOSECONDS, is_ratio=False),
        samples={promise.id: (sample,)}, fingerprint=Fingerprint(HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),)),
        disturbances=(HOSTILE,),
        explanations=({promise.id: explanation(HOSTILE, base=HOSTILE, head=HOSTILE, name=HOSTILE)},),
    )  # fmt: skip


def empty_dashboard() -> DashboardData:
    return DashboardData(project="New", as_of=AS_OF, judgements=())
