"""`ratchet` in a repository of its own: small steps are seen as one, and a confirmed improvement is held."""

import json
import subprocess
from pathlib import Path

import pytest
from command_runs import boss_perf

pytestmark = pytest.mark.slow

NODE_ID = "bench/test_sums.py::test_total"
CODE = "def total():\n    return sum(i * i % 7 for i in range({count}))\n"
SUITE = "import sums\n\ndef test_total(benchmark):\n    benchmark(sums.total)\n"
TARGETS = f"""
project: Sums
policy: {{ratchet_after: 2}}
budgets:
  - {{id: total, component: Sums, operation: total, expect: mean < 1 s, workload: "{NODE_ID}"}}
"""


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.invalid"]
    done = subprocess.run(["git", "-C", str(root), *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(root: Path, *, count: int) -> str:
    """A commit that adds up so many numbers; its hash."""
    (root / "sums.py").write_text(CODE.format(count=count), encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-qm", f"{count} numbers")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "r"
    (place / "bench").mkdir(parents=True)
    (place / "bench" / "test_sums.py").write_text(SUITE, encoding="utf-8")
    (place / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    git(place, "init", "-q", "-b", "main")
    return place


def floors(root: Path) -> dict[str, dict[str, object]]:
    document: dict[str, dict[str, dict[str, object]]] = json.loads((root / "reports/floors.json").read_text())
    return document["floors"]


def test_small_steps_are_seen_as_one(root: Path) -> None:
    first = commit(root, count=5000)
    for count in (5060, 5120, 5180, 5240, 5300):
        commit(root, count=count)
    done = boss_perf(root, "ratchet", "--from", "HEAD~5", "--no-memory")
    assert done.status == 3, done.out + done.err
    assert "SLOWER" in done.out
    assert floors(root) == {NODE_ID: {"commit": first, "faster": []}}
    assert "its floor begins at" in done.err


def test_a_confirmed_improvement_is_held_and_no_branch_lowers_it(root: Path) -> None:
    commit(root, count=10000)
    edited = SUITE.replace("benchmark(sums.total)", "assert benchmark(sums.total) > 0")
    (root / "bench" / "test_sums.py").write_text(edited, encoding="utf-8")
    fast = commit(root, count=5000)
    once = boss_perf(root, "ratchet", "--from", "HEAD~1", "--no-memory")
    assert once.status == 0, once.out + once.err
    assert "confirmed 1 x so far" in once.err
    twice = boss_perf(root, "ratchet", "--no-memory")
    assert twice.status == 0, twice.out + twice.err
    assert floors(root) == {NODE_ID: {"commit": fast, "faster": []}}
    commit(root, count=10000)  # takes the floors in as well
    git(root, "checkout", "-qb", "topic")
    git(root, "rm", "-q", "reports/floors.json")
    commit(root, count=10001)
    done = boss_perf(root, "ratchet", "--no-memory")
    assert done.status == 3, done.out + done.err
    assert f"ratchet floor {fast[:7]} → HEAD" in done.out
    assert "the floors stay as they are" in done.err
    assert not (root / "reports/floors.json").exists()


def test_without_a_floor_the_way_to_the_first_is_told(root: Path) -> None:
    commit(root, count=50)
    done = boss_perf(root, "ratchet")
    assert done.status == 2
    assert "no benchmark here has a floor yet" in done.err
    assert "--from" in done.err


def test_a_floor_is_a_commit_so_the_tree_must_be_one(root: Path) -> None:
    commit(root, count=50)
    (root / "sums.py").write_text("", encoding="utf-8")
    done = boss_perf(root, "ratchet", "--from", "HEAD")
    assert done.status == 2
    assert "the tree differs from its commit" in done.err


def test_a_broken_file_of_floors_is_named(root: Path) -> None:
    commit(root, count=50)
    (root / "reports").mkdir()
    (root / "reports" / "floors.json").write_text("{", encoding="utf-8")
    done = boss_perf(root, "ratchet")
    assert done.status == 2
    assert "floors.json:1  no JSON" in done.err
