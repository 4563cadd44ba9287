import math
from dataclasses import replace

import pytest

from boss_perf.errors import ExitStatus
from boss_perf.judge.gate.summary import gate_exit_status, gate_resolution, merged_report
from boss_perf.model.estimates import Clock, Comparison, Estimate
from boss_perf.model.gate import FailOn, GateItem, GateMetric, GateReport, GateVerdict, Side
from boss_perf.model.runs import Fingerprint
from boss_perf.model.units import Unit


def item(
    resolution_ratio: float | None,
    verdict: GateVerdict = GateVerdict.NOT_SLOWER,
    metric: GateMetric = GateMetric.TIME,
) -> GateItem:
    one = Estimate(value=1, low=1, high=1, unit=Unit.RATIO, confidence_ratio=0.95, count=1, forks=8)
    comparison = resolution_ratio and Comparison(
        ratio=one, baseline=one, candidate=one, clock=Clock.CPU, resolution_ratio=resolution_ratio, pairs=9,
        fork_log_ratios=(),
    )  # fmt: skip
    return GateItem(
        benchmark="t.py::t", metric=metric, verdict=verdict, reason="", margin_ratio=0.03, comparison=comparison or None
    )


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], None),
        ([item(None), item(math.inf)], None),
        ([item(0.01), item(0.02), item(0.04)], 0.02),
        ([item(0.01), item(0.02)], 0.015),
        ([item(0.01), item(0.001, metric=GateMetric.MEMORY), item(math.inf)], 0.01),
        ([item(0.01), item(0.08, GateVerdict.SLOWER), item(0.09, GateVerdict.FASTER)], 0.01),
        ([item(0.08, GateVerdict.SLOWER)], 0.08),
    ],
)
def test_what_the_machine_could_see(items: list[GateItem], expected: float | None) -> None:
    assert gate_resolution(items) == expected


def report(*items: GateItem, base: str = "a" * 40, exit_status: int = 0) -> GateReport:
    return GateReport(
        base=Side("floor", base), head=Side("HEAD", "f" * 40), items=items,
        fingerprint=Fingerprint(digest="d", text="m", fields=()),
        resolution_ratio=0.5, disturbances=("load 3",), false_alarm_ratio=0.005, elapsed_s=10.0,
        exit_status=exit_status, notes=(),
    )  # fmt: skip


def test_gates_against_several_bases_are_as_closed_as_the_worst_of_them() -> None:
    slower = replace(item(0.02, GateVerdict.SLOWER), benchmark="t.py::u")
    merged = merged_report([report(item(0.01)), report(slower, base="b" * 40, exit_status=3)], name="floor")
    assert merged.items == (item(0.01), slower)
    assert merged.base == Side("floor", None)
    assert (merged.exit_status, merged.elapsed_s, merged.false_alarm_ratio) == (ExitStatus.MISSED, 20.0, 0.01)
    assert merged.resolution_ratio == 0.01
    assert merged.disturbances == ("load 3",)


def test_one_base_keeps_its_name_and_an_interruption_its_status() -> None:
    assert merged_report([report(item(0.01))], name="floor").base.commit == "a" * 40
    cut = merged_report([report(item(0.01)), replace(report(), is_interrupted=True)], name="floor")
    assert cut.exit_status == ExitStatus.INTERRUPTED


def test_what_every_gate_says_of_one_file_is_said_once() -> None:
    broken = GateItem(
        benchmark="t.py", metric=GateMetric.TIME, verdict=GateVerdict.FAILED, reason="no", margin_ratio=0.03
    )
    assert merged_report([report(broken), report(broken)], name="floor").items == (broken,)


NOTHING = GateVerdict.UNDECIDED
BELOW = replace(item(0.01, NOTHING), is_below_ceiling=True)


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (GateVerdict.SLOWER, ExitStatus.MISSED),
        (GateVerdict.FAILED, ExitStatus.MISSED),
        (GateVerdict.CHANGED_ANSWER, ExitStatus.MISSED),
        (GateVerdict.REMOVED, ExitStatus.MISSED),
        (GateVerdict.SKIPPED, ExitStatus.MISSED),
        (GateVerdict.WEAKENED, ExitStatus.MISSED),
        (GateVerdict.UNDECIDED, ExitStatus.UNDECIDED),
        (GateVerdict.UNMEASURED, ExitStatus.UNDECIDED),
        (GateVerdict.NEW, ExitStatus.OPEN),
        (GateVerdict.WAIVED, ExitStatus.OPEN),
        (GateVerdict.FASTER, ExitStatus.OPEN),
        (GateVerdict.NOT_SLOWER, ExitStatus.OPEN),
    ],
)
@pytest.mark.parametrize("fail_on", FailOn)
def test_three_asks_somebody_to_act_and_four_is_not_proven(verdict: GateVerdict, status: int, fail_on: FailOn) -> None:
    assert gate_exit_status([item(0.01), item(0.01, verdict)], fail_on=fail_on) == status
    assert gate_exit_status([item(0.01, NOTHING), item(0.01, verdict)], fail_on=fail_on) == (status or 4)


def test_what_is_proven_below_the_ceiling_passes_unless_every_doubt_closes() -> None:
    assert gate_exit_status([item(0.01), BELOW]) == ExitStatus.OPEN
    assert gate_exit_status([item(0.01), BELOW], fail_on=FailOn.DOUBT) == ExitStatus.UNDECIDED
    merged = merged_report([report(BELOW)], name="floor", fail_on=FailOn.DOUBT)
    assert (merged.exit_status, merged_report([report(BELOW)], name="floor").exit_status) == (4, 0)


def test_what_base_skips_too_is_nobodys_doing() -> None:
    skipped = replace(item(None, GateVerdict.SKIPPED), is_skipped_on_base=True)
    assert gate_exit_status([item(0.01), skipped]) == ExitStatus.OPEN
    assert gate_exit_status([skipped]) == ExitStatus.UNDECIDED
