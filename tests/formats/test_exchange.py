import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hand_built import HOSTILE_NAME
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.errors import UsageError
from boss_perf.formats.bencher import render_bencher
from boss_perf.formats.catalog import FORMAT_NAMES, renderer
from boss_perf.formats.finding_sheet import sheet_from_gate, sheet_from_judgements
from boss_perf.formats.github_action_benchmark import render_github_action_benchmark
from boss_perf.formats.go_bench import render_go_bench
from boss_perf.formats.pytest_benchmark_json import parse_pytest_benchmark
from boss_perf.model.gate import GateReport
from boss_perf.model.samples import Pass, Reading, Sample, Series
from boss_perf.model.verdicts import Judgement

STATS = {"min": 0.001, "max": 0.003, "mean": 0.002, "median": 0.0015, "rounds": 3, "iterations": 10}


def file(**changes: object) -> bytes:
    document: dict[str, object] = {
        "machine_info": {"system": "Linux", "python_version": "3.12.1", "cpu": {"brand_raw": "Example"}, "more": [1]},
        "commit_info": {"id": "ab" * 20, "dirty": True, "branch": "main"},
        "datetime": "2024-07-15T10:00:00.5",
        "benchmarks": [{"fullname": "a.py::b", "stats": STATS | {"data": [0.001, 0.002]}, "extra_info": {}}],
    }
    return json.dumps(document | changes).encode()


def stats(**changes: object) -> dict[str, object]:
    return {"benchmarks": [{"fullname": "a.py::b", "stats": STATS | changes}]}


def test_a_file_of_pytest_benchmark_is_read_in_nanoseconds() -> None:
    run = parse_pytest_benchmark(file(), path="x.json")
    assert run.measured_at == datetime(2024, 7, 15, 10, 0, 0, 500_000, tzinfo=UTC)
    assert (run.commit, run.is_dirty, run.branch) == ("ab" * 20, True, "main")
    assert run.machine_text == "Example, Linux, 3.12.1"
    point = run.points[0]
    assert (point.workload, point.rounds, point.calls_per_round) == ("a.py::b", 3, 10)
    assert point.mean_ns == pytest.approx(2e6)
    assert point.median_ns == pytest.approx(1.5e6)
    assert point.values_ns == pytest.approx((1e6, 2e6))


def test_a_real_file_of_the_installed_pytest_benchmark_is_read(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(benchmark):\n    assert benchmark(lambda: 1) == 1\n")
    options = ("--benchmark-json=out.json", "--benchmark-min-rounds=2", "--benchmark-max-time=0.01")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pytest_benchmark.plugin", *options, "test_it.py"],
        cwd=tmp_path,
        env={name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    run = parse_pytest_benchmark((tmp_path / "out.json").read_bytes(), path="out.json")
    assert [point.workload for point in run.points] == ["test_it.py::test_it"]
    assert run.points[0].least_ns > 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        file(benchmarks={}),
        file(datetime="yesterday"),
        file(datetime=5),
        file(commit_info=[]),
        file(**stats(mean="fast")),
        file(**stats(mean=-1)),
        file(**stats(mean=1e300)),
        file(**stats(rounds=0)),
        file(**stats(rounds=1.5)),
        file(**stats(data=[None])),
        file(**stats(mean=float("nan"))),
        file(benchmarks=[{"fullname": "", "stats": STATS}]),
        file(benchmarks=[{"fullname": "x" * 5000, "stats": STATS}]),
        file(benchmarks=[{"stats": STATS}]),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_name(content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        parse_pytest_benchmark(content, path="x.json")
    assert caught.value.where == "x.json"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(UsageError):
        parse_pytest_benchmark(content, path="x.json")


def test_a_commit_that_is_none_is_not_taken_over() -> None:
    assert parse_pytest_benchmark(file(commit_info={"id": "--upload-pack=x"}), path="x").commit is None


def test_bencher_gets_the_heads_figures(gate_report: GateReport, judgements: tuple[Judgement, ...]) -> None:
    document = json.loads(render_bencher(sheet_from_gate(gate_report)))
    search = document["benchmarks/test_search.py::test_search[1000]"]
    assert search["latency"]["value"] == pytest.approx(1_352_500)
    assert search["latency"]["lower_value"] < search["latency"]["value"] < search["latency"]["upper_value"]
    assert search["memory"]["value"] == pytest.approx(1_375_000)
    assert "benchmarks/test_search.py::test_broken" not in document
    targets = json.loads(render_bencher(sheet_from_judgements(judgements, title="x", exit_status=3)))
    assert targets["search"]["latency"]["value"] == 4.567e6


def test_github_action_benchmark_gets_one_entry_per_reading(
    gate_report: GateReport, judgements: tuple[Judgement, ...]
) -> None:
    entries = json.loads(render_github_action_benchmark(sheet_from_gate(gate_report)))
    assert len(entries) == sum(item.comparison is not None for item in gate_report.items)
    assert {entry["unit"] for entry in entries} == {"ns", "bytes"}
    sheet = sheet_from_judgements(judgements, title="x", exit_status=3)
    assert json.loads(render_github_action_benchmark(sheet))[0]["name"] == "Caching: p95 < 50 ms"
    assert json.loads(render_github_action_benchmark(sheet, is_bigger_better=True)) == []


def test_go_text_has_a_line_per_fork_and_figures_per_call() -> None:
    def sample(fork: int, name: str, *values: int) -> Sample:
        return Sample(
            workload=name,
            phase=Pass.PAIRS,
            fork=fork,
            started_at=datetime(2024, 1, 1, tzinfo=UTC),
            arms=("base", "head"),
            calls_per_batch=10,
            series=(Series("head", Reading.WALL_NS, values), Series("base", Reading.WALL_NS, (1,))),
        )

    samples = (sample(0, "a.py::b", 1000, 3000), sample(1, HOSTILE_NAME, 5), sample(2, "a.py::b"))
    lines = render_go_bench(samples, arm="head", header=(("Commit id", "x\ny"),)).splitlines()
    assert lines[0] == "commit_id: x y"
    assert lines[1] == "Benchmarka.py::b\t20\t200 ns/op"
    assert lines[2].startswith("Benchmarkbench/test_x.py::test_a[")
    assert lines[2].endswith("\t10\t0.5 ns/op")
    assert len(lines) == 3


@pytest.mark.parametrize("name", sorted(FORMAT_NAMES))
def test_every_format_can_be_asked_for_by_its_name(name: str, gate_report: GateReport) -> None:
    assert renderer(name, tool_version="1.0")(sheet_from_gate(gate_report)).strip()
