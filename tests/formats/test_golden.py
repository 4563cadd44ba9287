from collections.abc import Callable

import pytest

from boss_perf.formats.comment import render_comment
from boss_perf.formats.finding_sheet import FindingSheet, sheet_from_gate, sheet_from_judgements
from boss_perf.formats.gate_json import render_gate_json, render_targets_json
from boss_perf.formats.github import render_annotations, render_outputs, render_step_summary
from boss_perf.formats.gitlab import render_code_quality, render_gitlab_metrics
from boss_perf.formats.junit import render_junit
from boss_perf.formats.sarif import render_sarif
from boss_perf.model.gate import GateReport
from boss_perf.model.verdicts import Judgement
from boss_perf.report.gate_terminal import render_gate_terminal

Golden = Callable[[str, str], None]
FORMATS: dict[str, Callable[[FindingSheet], str]] = {
    "comment.md": render_comment,
    "annotations.txt": render_annotations,
    "outputs.txt": render_outputs,
    "summary.md": render_step_summary,
    "junit.xml": render_junit,
    "sarif.json": lambda sheet: render_sarif(sheet, tool_version="1.2.3"),
    "metrics.txt": render_gitlab_metrics,
    "codequality.json": render_code_quality,
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_gate_in_each_format(name: str, gate_report: GateReport, golden: Golden) -> None:
    golden(f"gate_{name}", FORMATS[name](sheet_from_gate(gate_report)))


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_in_each_format(name: str, hostile_report: GateReport, golden: Golden) -> None:
    golden(f"hostile_{name}", FORMATS[name](sheet_from_gate(hostile_report)))


@pytest.mark.parametrize("name", FORMATS)
def test_judged_targets_in_each_format(name: str, judgements: tuple[Judgement, ...], golden: Golden) -> None:
    golden(f"targets_{name}", FORMATS[name](sheet_from_judgements(judgements, title="BOSS", exit_status=3)))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_declared_in_each_format(name: str, empty_report: GateReport, golden: Golden) -> None:
    golden(f"empty_{name}", FORMATS[name](sheet_from_gate(empty_report)))


def test_the_full_report_as_json(gate_report: GateReport, golden: Golden) -> None:
    golden("gate.json", render_gate_json(gate_report, tool_version="1.2.3"))


def test_judged_targets_as_json(judgements: tuple[Judgement, ...], golden: Golden) -> None:
    sheet = sheet_from_judgements(judgements, title="BOSS", exit_status=3)
    golden("targets.json", render_targets_json(sheet, tool_version="1.2.3"))


@pytest.mark.parametrize("width_count", [72, 120])
def test_a_gate_in_a_terminal(width_count: int, gate_report: GateReport, golden: Golden) -> None:
    golden(f"gate_terminal_{width_count}.txt", render_gate_terminal(gate_report, width_count=width_count))


def test_hostile_names_in_a_terminal(hostile_report: GateReport, golden: Golden) -> None:
    golden("hostile_terminal.txt", render_gate_terminal(hostile_report))
