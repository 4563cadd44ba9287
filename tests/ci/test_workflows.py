import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from boss_perf.cli.app import build_app
from boss_perf.cli.flags import OutputFlags
from boss_perf.cli.result_files import check_outputs

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TOOLS = Path(sys.executable).parent
PINNED = re.compile(r"uses: (\./ # .*|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")


def load(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # keeps `on` a word


def steps(path: Path) -> list[dict[str, Any]]:
    document = load(path)
    if "runs" in document:
        return document["runs"]["steps"]
    return [step for job in document["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_shellcheck_finds_nothing_in_the_scripts(path: Path) -> None:
    for step in steps(path):
        if "run" in step:
            command = [TOOLS / "shellcheck", "--shell=bash", "-"]
            done = subprocess.run(command, input=step["run"], capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_foreign_actions_are_pinned_and_inputs_reach_scripts_through_the_environment(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        if "uses:" in line:
            assert PINNED.search(line), line
    assert not any("${{" in step.get("run", "") for step in steps(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_workflow_gives_more_than_a_token_that_only_reads(path: Path) -> None:
    """But for the release, which proves by its identity who it is, and has no stored secret."""
    document = load(path)
    allowed = {("contents", "read")} | ({("id-token", "write")} if path.name == "release.yml" else set())
    assert set(document["on"]) <= {"pull_request", "push", "schedule", "workflow_dispatch"}
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert set(job["permissions"].items()) <= allowed
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_the_project_gates_itself_with_its_own_action() -> None:
    assert any(step.get("uses") == "./" for step in steps(ROOT / ".github" / "workflows" / "performance.yml"))


class Gate:
    """The action's gate step with stand-ins for the interpreter and git."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = next(step["run"] for step in steps(ACTION) if step.get("id") == "gate")
        self.seen = folder / "seen.json"

    def run(self, *, status: int, git_status: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        tools = self.folder / "tools"
        tools.mkdir()
        self._write(
            tools / "python",
            f"#!{sys.executable}\nimport json, os, sys\nassert 'GITHUB_OUTPUT' not in os.environ\n"
            f"json.dump(sys.argv[1:], open({str(self.seen)!r}, 'w'))\nraise SystemExit({status})\n",
        )
        self._write(tools / "git", f"#!/bin/sh\necho 0123abcd\nexit {git_status}\n")
        return subprocess.run(
            ["bash", "-c", self.script],
            env={
                "PATH": f"{tools}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_OUTPUT": str(self.folder / "outputs"),
                "BOSS_PERF_ACTION_PYTHON": "python",
                "BOSS_PERF_ACTION_AGAINST": "",
                "BOSS_PERF_ACTION_TARGETS": "",
                "BOSS_PERF_ACTION_BUDGET": "",
                "BOSS_PERF_ACTION_SETUP": "",
                "BOSS_PERF_ACTION_FAIL_ON": "doubt",
                "BOSS_PERF_ACTION_SHARD": "",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=30,
        )

    @property
    def arguments(self) -> list[str]:
        return json.loads(self.seen.read_text())

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    folder = tmp_path / "runner ünd spaces"
    folder.mkdir()
    return Gate(folder)


@pytest.mark.parametrize("status", [0, 2, 3, 4, 5, 1])
def test_the_action_fails_as_the_gate_does(gate: Gate, status: int) -> None:
    assert gate.run(status=status).returncode == status
    outputs = dict(line.split("=", 1) for line in (gate.folder / "outputs").read_text().splitlines())
    assert outputs["status"] == str(status)
    assert outputs["verdict"] == {0: "open", 3: "closed", 4: "closed"}.get(status, "unknown")
    assert Path(outputs["report-directory"]).is_dir()


@pytest.mark.parametrize("status", [0, 3, 4])
def test_what_doubt_means_is_left_to_the_gate(gate: Gate, status: int) -> None:
    assert gate.run(status=status, BOSS_PERF_ACTION_FAIL_ON="regression").returncode == status
    assert "--fail-on=regression" in gate.arguments


def test_inputs_reach_the_gate_as_single_words(gate: Gate) -> None:
    evil = "x; touch pwned $(touch pwned) --help"
    gate.run(
        status=0, BOSS_PERF_ACTION_AGAINST=evil, BOSS_PERF_ACTION_TARGETS="a b.yaml", BOSS_PERF_ACTION_BUDGET="60",
        BOSS_PERF_ACTION_SETUP="make it",
    )  # fmt: skip
    assert gate.arguments[:4] == ["-P", "-m", "boss_perf", "gate"]
    assert gate.arguments[-4:] == [f"--against={evil}", "--targets=a b.yaml", "--budget=60", "--setup=make it"]
    assert not list(gate.folder.rglob("pwned"))


def test_a_pull_request_is_compared_with_its_merge_base(gate: Gate) -> None:
    gate.run(status=0, GITHUB_BASE_REF="main")
    assert gate.arguments[-1] == "--against=0123abcd"


def test_a_shallow_checkout_is_said_and_nothing_runs(gate: Gate) -> None:
    done = gate.run(status=0, git_status=1, GITHUB_BASE_REF="main")
    assert done.returncode == 5
    assert "fetch-depth 0" in done.stdout
    assert not gate.seen.exists()


def test_without_inputs_the_tool_finds_the_base(gate: Gate) -> None:
    gate.run(status=0)
    assert gate.arguments[-1] == "--against=base"
    assert not any(word.startswith(("--targets", "--budget")) for word in gate.arguments)


def test_the_gate_knows_every_option_and_format_the_action_uses(gate: Gate) -> None:
    inputs = {"TARGETS": "targets.yaml", "BUDGET": "60", "SETUP": "make", "SHARD": "1/2"}
    gate.run(status=0, **{f"BOSS_PERF_ACTION_{name}": text for name, text in inputs.items()})
    written = OutputFlags(output=[word for word in gate.arguments if "=" in word and not word.startswith("--")])
    assert set(check_outputs(written, further=("shard",))) >= {"json", "junit", "sarif", "comment", "shard"}
    known = {name for option in get_command(build_app()).commands["gate"].params for name in option.opts}
    assert {word.partition("=")[0] for word in gate.arguments if word.startswith("--")} <= known
