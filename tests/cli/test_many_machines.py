"""A suite of twenty over several machines comes to the verdicts of one."""

import json
from pathlib import Path

import pytest
from clusters import cluster
from command_runs import boss_perf_process as boss_perf
from fleet_suites import GATE, SLOWED, make_repository

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_repository(tmp_path_factory.mktemp("fleet") / "repository")


@pytest.fixture(scope="module")
def verdicts(repository: Path) -> dict[str, str]:
    """Of one machine."""
    answer = repository.parent / "one.json"
    done = boss_perf(repository, *GATE, "-o", f"json={answer}", "-q")
    assert done.status == 3, done.err
    told = verdicts_in(answer)
    assert {name for name, verdict in told.items() if verdict == "SLOWER"} == {
        f"suite/test_{number // 5}.py::test_{number}" for number in SLOWED
    }
    return told


def verdicts_in(file: Path) -> dict[str, str]:
    return {each["key"]: each["verdict"] for each in json.loads(file.read_text(encoding="utf-8"))["items"]}


def test_shares_put_together_are_the_gate_of_one_machine(repository: Path, verdicts: dict[str, str]) -> None:
    count = 3
    answer = repository.parent / f"of-{count}.json"
    names = [str(repository.parent / f"{index}-of-{count}.json") for index in range(1, count + 1)]
    for index, name in enumerate(names):
        job = {"BUILDKITE_PARALLEL_JOB": str(index), "BUILDKITE_PARALLEL_JOB_COUNT": str(count)}
        assert boss_perf(repository, *GATE, "--shard", "auto", "-o", f"shard={name}", "-q", **job).status in (0, 3)
    assert boss_perf(repository, "merge", *names, "-o", f"json={answer}", "-q").status == 3
    assert verdicts_in(answer) == verdicts
    missing = boss_perf(repository, "merge", *names[1:], "-q")
    assert (missing.status, f"of {count} shares 1 is missing" in missing.err) == (5, True)


def test_a_cluster_of_two_hosts_comes_to_the_verdicts_of_one_machine(
    repository: Path, verdicts: dict[str, str], tmp_path: Path
) -> None:
    answer = tmp_path / "cluster.json"
    with cluster(tmp_path / "cluster", hosts=(3, 4)) as made:
        done = boss_perf(repository, *GATE, "--on", made.address, "-o", f"json={answer}", "-q")
    assert done.status == 3, done.err
    assert verdicts_in(answer) == verdicts
