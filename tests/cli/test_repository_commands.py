"""`init`, `gate --against`, `compare` and `bisect` as a user runs them in a repository of their own."""

import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_runs import boss_perf_process as boss_perf
from command_runs import started, wait_until

pytestmark = pytest.mark.slow

NODE_ID = "bench/test_sums.py::test_total"
CODE = """
def total(count):
    # {remark}
    return sum(i * i % 7 for i in range(count))
"""
SUITE = """
import sums

def test_total(benchmark):
    benchmark(sums.total, 5000)

def test_other(benchmark):
    benchmark(sorted, range(20_000))
"""


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.invalid"]
    done = subprocess.run(["git", "-C", str(root), *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """Five commits of which the third is slower, at a path with spaces and letters of other alphabets."""
    with tempfile.TemporaryDirectory(prefix="boss-perf ") as folder:
        place = Path(folder) / "dépôt d’essai 测试"
        (place / "bench").mkdir(parents=True)
        (place / "bench" / "test_sums.py").write_text(SUITE, encoding="utf-8")
        git(place, "init", "-q", "-b", "main")
        for number in range(1, 6):
            text = CODE.format(remark=f"version {number}")
            (place / "sums.py").write_text(text.replace("(count))", "(count * 2))") if number >= 3 else text)
            git(place, "add", "-A")
            git(place, "commit", "-qm", f"version {number}")
        yield place


@pytest.fixture(autouse=True)
def nothing_is_left(root: Path) -> Iterator[None]:
    yield
    assert len(git(root, "worktree", "list").splitlines()) == 1
    assert {path.name for path in root.parent.iterdir()} <= {root.name, "boss-perf.lock"}


def test_a_slower_change_closes_the_gate_and_says_by_how_much(root: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    metrics = tmp_path / "gate.prom"
    outputs = ("-o", f"json={result}", "-o", f"openmetrics={metrics}")
    done = boss_perf(root, "gate", "--against", "HEAD~3", "--no-memory", *outputs)
    assert "boss_perf_gate_exit_status{project=" in metrics.read_text(encoding="utf-8")
    assert done.status == 3, done.out + done.err
    items = {each["key"]: each for each in json.loads(result.read_text())["items"]}
    assert items[NODE_ID]["verdict"] == "SLOWER"
    assert items["bench/test_sums.py::test_other"]["verdict"] == "NOT SLOWER"
    assert git(root, "status", "--porcelain") == ""


def test_a_change_of_words_leaves_it_open(root: Path) -> None:
    done = boss_perf(root, "gate", "--against", "HEAD~1", "--only", "total")
    assert done.status == 0, done.out + done.err
    assert "not slower" in done.out


def test_two_refs_are_compared(root: Path) -> None:
    done = boss_perf(root, "compare", "HEAD~4", "HEAD~2", "--only", "total", "--no-memory")
    assert done.status == 3, done.out + done.err
    assert "SLOWER" in done.out


def test_a_suite_that_does_not_fit_the_other_side_is_said_with_the_way_out(tmp_path: Path) -> None:
    """Folders: the newer suite's conftest takes what only the newer product has."""
    for name, made in (("old", "add = sum"), ("new", "add = sum\ntotal = sum")):
        (tmp_path / name / "tests").mkdir(parents=True)
        (tmp_path / name / "sums.py").write_text(made)
        (tmp_path / name / "tests" / "conftest.py").write_text(f"from sums import {made.split()[-3]}\n")
        (tmp_path / name / "tests" / "test_it.py").write_text("def test_it(benchmark):\n    benchmark(sum, [1])\n")
    done = boss_perf(tmp_path, "compare", "old", "new", "--no-memory", "--budget", "5")
    assert done.status == 5, done.out + done.err
    assert "cannot import name 'total' from 'sums'" in done.err
    assert "--suite-of A" in done.err
    done = boss_perf(tmp_path, "compare", "old", "new", "--no-memory", "--budget", "5", "--suite-of", "A")
    assert done.status in (0, 4), done.out + done.err


def guilty(out: str) -> list[str]:
    """The two commits of which one is the slow one; what explains it comes after them."""
    return out.partition("slower since one of:\n")[2].splitlines()[:2]


def test_the_first_slow_commit_is_found(root: Path) -> None:
    done = boss_perf(root, "bisect", "HEAD~4", "HEAD", NODE_ID)
    assert done.status == 0, done.out + done.err
    lines = done.out.splitlines()
    commit = lines[lines.index("slower since:") + 1]
    assert commit.endswith("version 3")
    assert "sums.total" in lines[lines.index(commit) + 1]


def test_a_commit_whose_set_up_fails_is_skipped(root: Path) -> None:
    done = boss_perf(root, "bisect", "HEAD~4", "HEAD", NODE_ID, "--setup", "grep -q 'version [1345]' sums.py")
    assert done.status == 0, done.out + done.err
    assert re.search(r"version 2: the set-up command of \w+ ended with 1", done.out)
    assert [line.split()[-1] for line in guilty(done.out)] == ["2", "3"]


def test_a_benchmark_that_only_the_bad_commit_has_finds_the_slow_one(tmp_path: Path) -> None:
    root = tmp_path / "r"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    plain = CODE.format(remark="plain")
    for text in (plain, plain.replace("(count))", "(count * 2))"), plain.replace("(count))", "(count * 2)) or 0")):
        (root / "sums.py").write_text(text, encoding="utf-8")
        git(root, "add", "-A")
        git(root, "commit", "-qm", f"commit of {len(text)} letters")
    (root / "test_sums.py").write_text(SUITE, encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a benchmark")
    done = boss_perf(root, "bisect", "HEAD~3", "HEAD", "test_sums.py::test_total")
    assert done.status == 0, done.out + done.err
    after = done.out.partition("slower since:\n")[2]
    assert after.strip().startswith(git(root, "rev-parse", "--short", "HEAD~2"))


def test_a_commit_without_the_folder_is_skipped(tmp_path: Path) -> None:
    root = tmp_path / "r"
    folder = root / "part"
    folder.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    plain = CODE.format(remark="plain")
    slow = plain.replace("(count))", "(count * 2))")
    for number, text in enumerate((plain, None, slow, f"{slow}# a word\n")):
        for name, content in (("sums.py", text), ("test_sums.py", SUITE)):
            (folder / name).unlink(missing_ok=True)
            if text is not None and content is not None:
                (folder / name).write_text(content, encoding="utf-8")
        git(root, "add", "-A")
        git(root, "commit", "-qm", f"commit {number}", "--allow-empty")
    done = boss_perf(folder, "bisect", "HEAD~3", "HEAD", "test_sums.py::test_total")
    assert done.status == 0, done.out + done.err
    assert "commit 1: " in done.out
    assert [line.split()[-1] for line in guilty(done.out)] == ["1", "2"]


def test_a_benchmark_is_named_from_the_folder_one_stands_in(root: Path) -> None:
    done = boss_perf(root / "bench", "bisect", "HEAD~4", "HEAD~3", "test_sums.py::test_total")
    assert "cannot be imported: ModuleNotFoundError: No module named 'sums'" in done.err


def test_without_targets_the_gate_takes_the_merge_base(root: Path) -> None:
    git(root, "checkout", "-qb", "topic")
    try:
        text = (root / "sums.py").read_text(encoding="utf-8")
        (root / "sums.py").write_text(f"{text}# nothing new\n", encoding="utf-8")
        git(root, "commit", "-qam", "a remark")
        done = boss_perf(root, "gate", "--only", "total", "--no-memory")
        assert done.status == 0, done.out + done.err
        assert f"gate base {git(root, 'rev-parse', 'main')[:7]} → HEAD " in done.out
        assert "not slower" in done.out
    finally:
        git(root, "checkout", "-q", "main")


def test_an_unbalanced_set_up_command_is_a_mistake_of_its_user(root: Path) -> None:
    for words in (
        ("gate", "--against", "HEAD~1"),
        ("compare", "HEAD~1", "HEAD"),
        ("bisect", "HEAD~1", "HEAD", NODE_ID),
    ):
        done = boss_perf(root, *words, "--setup", "make 'it")
        assert done.status == 2, done.err
        assert "--setup cannot be split into words" in done.err


def test_both_trees_of_a_comparison_are_set_up(root: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    words = f"sh -c 'pwd >> {said}'"
    done = boss_perf(root, "compare", "HEAD~4", "HEAD~3", "--only", "nothing like it", "--setup", words)
    assert done.status == 2, done.err
    assert len(set(said.read_text().split("\n")) - {""}) == 2


def test_without_a_slowdown_there_is_nothing_to_find(root: Path) -> None:
    done = boss_perf(root, "bisect", "HEAD~4", "HEAD~3", NODE_ID)
    assert done.status == 4, done.out + done.err
    assert "is not slower than" in done.err


def test_a_cancelled_gate_clears_up_and_tells_what_it_saw(root: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    with started(root, "gate", "--against", "HEAD~3", "--no-memory", "-o", f"json={result}") as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("time"):
            assert process.poll() is None
        assert len(git(root, "worktree", "list").splitlines()) == 3
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    told = json.loads(result.read_text())
    assert told["exit_status"] == 130
    assert {each["key"] for each in told["items"]} == {NODE_ID, "bench/test_sums.py::test_other"}
    assert "interrupted: it tells what was seen until then" in out


def test_what_a_killed_gate_leaves_is_cleared_by_the_next(root: Path) -> None:
    with started(root, "gate", "--against", "HEAD~3", "--no-memory") as process:
        wait_until(lambda: any(root.parent.glob("boss-perf-fork-*")))
        process.kill()
        process.communicate(timeout=60)
    assert any(root.parent.glob("boss-perf-fork-*"))
    done = boss_perf(root, "gate", "--against", "HEAD~1", "--only", "other", "--no-memory")
    assert done.status in (0, 4), done.out + done.err


def test_a_first_targets_file_is_written_once_and_is_valid(root: Path) -> None:
    try:
        done = boss_perf(root, "init")
        assert done.status == 0, done.err
        text = (root / "targets.yaml").read_text(encoding="utf-8")
        assert NODE_ID in text
        assert "boss-perf gate" in (root / ".github/workflows/performance.yml").read_text(encoding="utf-8")
        assert boss_perf(root, "check").status == 0
        assert "it is there already" in boss_perf(root, "init").out
        assert (root / "targets.yaml").read_text(encoding="utf-8") == text
    finally:
        git(root, "clean", "-fdq")
