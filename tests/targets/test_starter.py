import json
import subprocess
import sys
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.targets.loader import parse_targets
from boss_perf.targets.starter import ROWS_COUNT, Starter, starter_of

NODES = ("bench/test_search.py::test_1k", "bench/test_search.py::TestBig::test_10k[a-b: c]", "bench/test_io.py::test_é")
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.builds("{}.py::{}".format, st.text(max_size=30), st.text(max_size=30)),
    st.sampled_from(
        [
            "a.py::x\n  waive: {until: 2999-01-01, reason: r, approver: a}",
            "a.py::x # comment",
            "a.py::x: y",
            "a.py::&anchor *alias !tag",
            "../a.py::x",
            "/etc/a.py::x",
            "a.py::${{ secrets.TOKEN }}",
            "a.py::{project}",
            "- a.py::x",
            "a.py::'\"",
        ]
    ),
)


def load(starter: Starter) -> tuple[str, list[str | None]]:
    target_set = parse_targets(starter.targets_text.encode(), path="targets.yaml")
    return target_set.project, [target.workload for target in target_set.targets if target.workload]


def test_what_was_found_becomes_budgets_that_load() -> None:
    project, workloads = load(starter_of("my project", files=("bench/test_search.py",), node_ids=NODES))
    assert project == "my project"
    assert workloads == list(NODES)


def test_a_project_without_benchmarks_gets_a_file_that_loads_and_is_told_how_to_begin() -> None:
    starter = starter_of("x", files=())
    assert load(starter) == ("x", [])
    assert starter.next_steps[0].startswith("No benchmark was found")


def test_a_large_suite_is_told_how_much_was_left_out() -> None:
    nodes = [f"bench/test_a.py::test_{number}" for number in range(500)]
    starter = starter_of("x", files=("bench/test_a.py",), node_ids=nodes)
    assert len(load(starter)[1]) == ROWS_COUNT
    assert starter.next_steps[:2] == (
        "Found 500 benchmarks in 1 file: bench/test_a.py.", f"Left out of targets.yaml: {500 - ROWS_COUNT} of them."
    )  # fmt: skip


def test_names_that_would_share_an_id_give_one_example() -> None:
    assert load(starter_of("x", files=(), node_ids=("a.py::test_x[1]", "a.py::test_x(1)", "a.py::test_x[2]")))[1] == [
        "a.py::test_x[1]",
        "a.py::test_x[2]",
    ]


@given(HOSTILE, st.lists(HOSTILE, max_size=6))
def test_whatever_the_names_the_file_loads_and_holds_only_found_benchmarks(project: str, nodes: list[str]) -> None:
    target_set = parse_targets(
        starter_of(project, files=nodes, node_ids=nodes).targets_text.encode(), path="targets.yaml"
    )
    workloads = [target.workload for target in target_set.targets if target.workload]
    assert set(workloads) <= set(nodes)
    assert not any(target.waiver for target in target_set.targets)


@given(HOSTILE)
def test_whatever_the_branch_only_the_branch_of_the_workflow_changes(branch: str) -> None:
    plain = yaml.safe_load(starter_of("x", files=()).workflow_text)
    other = yaml.safe_load(starter_of("x", files=(), default_branch=branch).workflow_text)
    plain[True]["pull_request"]["branches"] = other[True]["pull_request"]["branches"]
    assert json.dumps(plain) == json.dumps(other)
    assert len(other[True]["pull_request"]["branches"]) == 1


def test_branch_patterns_are_taken_literally() -> None:
    workflow = yaml.safe_load(starter_of("x", files=(), default_branch="v1+fix!").workflow_text)
    assert workflow[True]["pull_request"]["branches"] == ["v1\\+fix\\!"]


@given(st.lists(HOSTILE, max_size=5), HOSTILE)
def test_next_steps_hold_nothing_that_moves_a_cursor_or_runs(files: list[str], branch: str) -> None:
    for step in starter_of("x", files=files, node_ids=files, default_branch=branch).next_steps:
        assert step.isprintable()


def test_the_workflow_passes_the_linters(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    path = folder / "performance.yml"
    path.write_text(starter_of("x", files=(), default_branch="main").workflow_text, encoding="utf-8")
    tools = Path(sys.executable).parent
    for command in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)],
        ["zizmor", "--offline", "--no-progress", str(path)],
    ):
        done = subprocess.run([tools / command[0], *command[1:]], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_asv_measures_of_memory_is_promised_as_memory() -> None:
    nodes = ("benchmarks/sums.py::TimeTotal::peakmem_all[n=10]", "benchmarks/sums.py::TimeTotal::time_all")
    loaded = parse_targets(starter_of("x", files=(), node_ids=nodes).targets_text.encode(), path="targets.yaml")
    assert [target.expectations[0].text for target in loaded.targets] == ["peak_memory < 1 GB", "mean < 1 s"]


def test_what_is_left_out_is_called_what_it_is() -> None:
    steps = starter_of("x", files=("b.py",), other_kinds=("track", "paired", "track")).next_steps
    assert "Left out of targets.yaml: 1 test with `paired`, 2 `track_` benchmarks." in steps
