"""The examples for many machines are sound by their systems' own schemas, and say what the tool understands."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from deploy_examples import DEPLOY
from typer.main import get_command

from boss_perf.cli.app import build_app

FLEET = DEPLOY / "fleet"
TOOLS = Path(sys.executable).parent


def services() -> dict[str, Any]:
    return yaml.safe_load((FLEET / "compose.yaml").read_text(encoding="utf-8"))["services"]


def job() -> dict[str, Any]:
    return yaml.safe_load((FLEET / "kubernetes.yaml").read_text(encoding="utf-8"))


def test_the_compose_file_is_one_by_its_schema() -> None:
    command = [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FLEET / "compose.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scheduler_is_reached_from_this_machine_only_and_no_core_has_two_workers() -> None:
    assert services()["scheduler"]["ports"] == ["127.0.0.1:8786:8786"]
    workers = [each for name, each in services().items() if name.startswith("worker")]
    assert len({each["cpuset"] for each in workers}) == len(workers) == 2
    for each in workers:
        assert each["command"][:2] == ["boss-perf", "worker"]
        get_command(build_app()).commands["worker"].make_context("worker", each["command"][2:])


def test_the_job_is_one_by_its_schema_and_tells_each_pod_how_many_there_are() -> None:
    kubernetes_validate.validate(job(), "1.31", strict=True)
    container = job()["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "JOB_COMPLETIONS", "value": str(job()["spec"]["completions"])} in container["env"]
    assert container["resources"]["requests"] == container["resources"]["limits"]


SCRIPTS = {
    "slurm": ("SLURM_ARRAY_TASK_ID", ["bash", str(FLEET / "slurm.sh")]),
    "kubernetes": ("JOB_COMPLETION_INDEX", None),
}


@pytest.mark.parametrize("system", SCRIPTS)
@pytest.mark.parametrize(("status", "ends"), [(0, 0), (3, 0), (4, 0), (5, None)])
def test_a_verdict_is_no_failure_of_a_share(tmp_path: Path, system: str, status: int, ends: int | None) -> None:
    index, command = SCRIPTS[system]
    container = job()["spec"]["template"]["spec"]["containers"][0]
    stand_in = tmp_path / "boss-perf"
    stand_in.write_text(
        f"#!{sys.executable}\nimport json, sys\njson.dump(sys.argv[1:], open({str(tmp_path / 'seen')!r}, 'w'))\n"
        f"raise SystemExit({status})\n",
        encoding="utf-8",
    )
    stand_in.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", index: "3"}
    done = subprocess.run(
        command or [*container["command"], *container["args"]], cwd=tmp_path, env=environment, check=False
    )
    assert (done.returncode == 0) is (ends == 0)
    words = json.loads((tmp_path / "seen").read_text(encoding="utf-8"))
    assert words[0] == "gate" and words[words.index("--shard") + 1] == "auto"
    assert words[-1].startswith("shard=") and words[-1].endswith("3.json")


def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run([TOOLS / "shellcheck", FLEET / "slurm.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
