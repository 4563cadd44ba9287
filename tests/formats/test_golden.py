from collections.abc import Callable

import pytest

from boss_perf.formats.gate_json import render_json
from boss_perf.formats.github import render_annotations, render_outputs
from boss_perf.formats.gitlab import render_code_quality, render_gitlab_metrics
from boss_perf.formats.junit import render_junit
from boss_perf.formats.markdown import render_comment, render_step_summary
from boss_perf.formats.sarif import render_sarif
from boss_perf.model.gate import GateReport
from boss_perf.model.verdicts import Judgement
from boss_perf.report.digest import Digest, digest_of_gate, digest_of_judgements
from boss_perf.report.terminal import render_digest

Golden = Callable[[str, str], None]
FORMATS: dict[str, Callable[[Digest], str]] = {
    "comment.md": render_comment,
    "annotations.txt": render_annotations,
    "outputs.txt": render_outputs,
    "summary.md": render_step_summary,
    "junit.xml": render_junit,
    "sarif.json": lambda digest: render_sarif(digest, tool_version="1.2.3"),
    "metrics.txt": render_gitlab_metrics,
    "codequality.json": render_code_quality,
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_gate_in_each_format(name: str, gate_report: GateReport, golden: Golden) -> None:
    golden(f"gate_{name}", FORMATS[name](digest_of_gate(gate_report)))


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_in_each_format(name: str, hostile_report: GateReport, golden: Golden) -> None:
    golden(f"hostile_{name}", FORMATS[name](digest_of_gate(hostile_report)))


@pytest.mark.parametrize("name", FORMATS)
def test_judged_targets_in_each_format(name: str, judgements: tuple[Judgement, ...], golden: Golden) -> None:
    golden(f"targets_{name}", FORMATS[name](digest_of_judgements(judgements, title="BOSS", exit_status=3)))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_declared_in_each_format(name: str, empty_report: GateReport, golden: Golden) -> None:
    golden(f"empty_{name}", FORMATS[name](digest_of_gate(empty_report)))


def test_the_full_report_as_json(gate_report: GateReport, golden: Golden) -> None:
    golden("gate.json", render_json(digest_of_gate(gate_report), tool_version="1.2.3"))


def test_judged_targets_as_json(judgements: tuple[Judgement, ...], golden: Golden) -> None:
    digest = digest_of_judgements(judgements, title="BOSS", exit_status=3)
    golden("targets.json", render_json(digest, tool_version="1.2.3"))


@pytest.mark.parametrize("width_count", [72, 120])
def test_a_gate_in_a_terminal(width_count: int, gate_report: GateReport, golden: Golden) -> None:
    golden(f"gate_terminal_{width_count}.txt", render_digest(digest_of_gate(gate_report), width_count=width_count))


def test_hostile_names_in_a_terminal(hostile_report: GateReport, golden: Golden) -> None:
    golden("hostile_terminal.txt", render_digest(digest_of_gate(hostile_report)))
