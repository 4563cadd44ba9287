import json

import pytest

from boss_perf.formats import FORMATS
from boss_perf.formats.charts import render_bencher, render_github_action_benchmark
from boss_perf.model.gate import GateReport
from boss_perf.model.verdicts import Judgement
from boss_perf.report.digest import digest_of_gate, digest_of_judgements


def test_bencher_gets_the_heads_figures(gate_report: GateReport, judgements: tuple[Judgement, ...]) -> None:
    document = json.loads(render_bencher(digest_of_gate(gate_report)))
    search = document["benchmarks/test_search.py::test_search[1000]"]
    assert search["latency"]["value"] == pytest.approx(1_352_500)
    assert search["latency"]["lower_value"] < search["latency"]["value"] < search["latency"]["upper_value"]
    assert search["memory"]["value"] == pytest.approx(1_375_000)
    assert "benchmarks/test_search.py::test_broken" not in document
    targets = json.loads(render_bencher(digest_of_judgements(judgements, title="x", exit_status=3)))
    assert targets["search"]["latency"]["value"] == 4.567e6


def test_github_action_benchmark_gets_one_entry_per_reading(
    gate_report: GateReport, judgements: tuple[Judgement, ...]
) -> None:
    entries = json.loads(render_github_action_benchmark(digest_of_gate(gate_report)))
    assert len(entries) == sum(item.comparison is not None for item in gate_report.items)
    assert {entry["unit"] for entry in entries} == {"ns", "bytes"}
    digest = digest_of_judgements(judgements, title="x", exit_status=3)
    assert json.loads(render_github_action_benchmark(digest))[0]["name"] == "Caching: p95 < 50 ms"


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_can_be_asked_for_by_its_name(name: str, gate_report: GateReport) -> None:
    assert FORMATS[name](digest_of_gate(gate_report)).strip()
