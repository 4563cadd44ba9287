import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from builders import HOSTILE_NAME, HOSTILE_REASON, comparison, estimate, item, report

from boss_perf.errors import ExitStatus
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateMetric, GateReport, GateVerdict, Side
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.targets import Budget, Change, Location, Section, Target, Waiver
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Finding, Judgement, Status, Verdict


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares with tests/formats/golden; `BOSS_PERF_ACCEPT=1` rewrites the file instead."""

    def check(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("BOSS_PERF_ACCEPT"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        assert text.encode() == path.read_bytes()

    return check


@pytest.fixture
def gate_report() -> GateReport:
    file = "benchmarks/test_search.py"
    items = (
        item(f"{file}::test_steady", GateVerdict.NOT_SLOWER, "the interval lies under the line", 1.002),
        item(
            f"{file}::test_search[1000]",
            GateVerdict.SLOWER,
            "8 forks agree",
            1.082,
            is_confirmed=True,
            location=Location("targets.yaml", 41, 13),
        ),
        item(f"{file}::test_cached", GateVerdict.FASTER, "8 forks agree", 0.41),
        item(f"{file}::test_noisy", GateVerdict.UNDECIDED, "the time budget ran out", 1.021, needs_s=140.0),
        item(f"{file}::test_broken", GateVerdict.FAILED, "ValueError: bad input"),
        item(f"{file}::test_answer", GateVerdict.CHANGED_ANSWER, "base gave 3, head gave 4"),
        item(f"{file}::test_serch", GateVerdict.REMOVED, "not collected on head", hint="did you mean test_search?"),
        item(f"{file}::test_dreamt", GateVerdict.UNMEASURED, "not there, though target a names it"),
        item("search", GateVerdict.WEAKENED, "expect: p95 < 50 ms became p95 < 80 ms", metric=GateMetric.PROMISE),
        item(f"{file}::test_skipped", GateVerdict.SKIPPED, "needs hnswlib"),
        item(f"{file}::test_new", GateVerdict.NEW, "not on base"),
        item(
            f"{file}::test_waived",
            GateVerdict.WAIVED,
            "slower by choice",
            1.2,
            waiver=Waiver(date(2030, 1, 31), "pays for correctness", "Ada"),
            caveats=(Caveat(CaveatKind.CONTENDED, "the processor was contended"),),
        ),
        item(
            f"{file}::test_search[1000]",
            GateVerdict.SLOWER,
            "exact bytes",
            metric=GateMetric.MEMORY,
            comparison=comparison(1.1, unit=Unit.BYTES),
            margin_ratio=0.01,
        ),
    )
    return report(items, exit_status=ExitStatus.MISSED)


@pytest.fixture
def hostile_report() -> GateReport:
    items = (
        item(HOSTILE_NAME, GateVerdict.SLOWER, HOSTILE_REASON, 1.2, hint=HOSTILE_NAME),
        item(HOSTILE_NAME, GateVerdict.UNDECIDED, HOSTILE_REASON, metric=GateMetric.MEMORY, needs_s=float("inf")),
        item("../../etc/passwd::x", GateVerdict.FAILED, HOSTILE_REASON),
        item(
            "x",
            GateVerdict.REMOVED,
            "",
            location=Location("/etc/pass wd,line=1::x\n::error::y", 3, 1),
        ),
    )
    side = Side(HOSTILE_NAME, HOSTILE_REASON)
    texts = (HOSTILE_NAME, HOSTILE_REASON, "::error::evil")
    return report(items, exit_status=ExitStatus.MISSED, base=side, head=side, disturbances=texts, notes=texts)


@pytest.fixture
def empty_report() -> GateReport:
    return report((), exit_status=ExitStatus.UNDECIDED, resolution_ratio=None, disturbances=(), notes=())


@pytest.fixture
def crowded_report() -> GateReport:
    verdicts = (GateVerdict.SLOWER, GateVerdict.UNDECIDED)
    items = tuple(
        item(f"bench/test_x.py::test_{number}[{'&$' * 200}]", verdicts[number % 2], "`$&*" * 200)
        for number in range(3000)
    )
    return report(items, exit_status=ExitStatus.MISSED)


@pytest.fixture
def judgements() -> tuple[Judgement, ...]:
    def judged(name: str, verdict: Verdict, line: int, **more: object) -> Judgement:
        target = Target(
            id=name.lower().replace(" ", "-"),
            section=Section.BUDGETS,
            name=name,
            location=Location("targets.yaml", line, 5),
            waiver=Waiver(date(2030, 1, 31), "later", "Ada"),
        )
        return Judgement(target=target, verdict=verdict, status=Status.IN_PROGRESS, reason="why", **more)  # type: ignore[arg-type]

    budget = Budget(Metric.LATENCY, Statistic.P95, Comparator.BELOW, 50e6, Unit.NANOSECONDS, text="p95 < 50 ms")
    change = Change(Metric.LATENCY, 0.4, "latency -60%")
    met = Finding(
        expectation=budget, verdict=Verdict.MET, reason="proven", estimate=estimate(4.567e6, Unit.NANOSECONDS)
    )
    missed = Finding(expectation=change, verdict=Verdict.MISSED, reason="not enough", comparison=comparison(0.7))
    return (
        judged("Search", Verdict.MET, 3, findings=(met,)),
        judged("Caching", Verdict.MISSED, 4, findings=(met, missed)),
        judged("Parsing", Verdict.UNDECIDED, 5),
        judged("Sorting", Verdict.FAILED, 6),
        judged("Sending", Verdict.UNMEASURED, 7),
        judged("Storing", Verdict.STALE, 8),
        judged("Waiting", Verdict.WAIVED, 9),
    )
