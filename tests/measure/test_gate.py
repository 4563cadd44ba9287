"""The gate over two trees of a real repository: what is slower is found, what is hidden is named."""

import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from measured_suites import Onlooker

from boss_perf.errors import ExitStatus, MeasureError, UsageError
from boss_perf.judge.gate.terms import GateTerms
from boss_perf.measure.campaign import Limits
from boss_perf.measure.gate_run import GateRequest, run_gate
from boss_perf.measure.look import Effort
from boss_perf.measure.machine.temp_folders import clear_abandoned_folders
from boss_perf.measure.tree import Tree
from boss_perf.measure.worktree import resolve_commit, worktree
from boss_perf.model.gate import GateMetric, GateReport, GateVerdict, Side

PACKAGE = """
def work(n):
    return sum(range(n))

def build(n):
    return [0] * n

def answer():
    return {"sum": 3}

def breaking():
    return 1
"""

SUITE = """
import sys, time
import pytest
import pkg

def test_work(benchmark):
    benchmark(pkg.work, 20000)

def test_build(benchmark):
    benchmark(pkg.build, 20000)

def test_answer(benchmark):
    benchmark(pkg.answer)

def test_gone(benchmark):
    benchmark(pkg.work, 4000)

def test_old_name(benchmark):
    benchmark(pkg.work, 10)

def test_edited(benchmark):
    benchmark(pkg.work, 5000)

def test_skipped(benchmark):
    benchmark(pkg.work, 4000)

def test_breaking(benchmark):
    benchmark(pkg.breaking)
"""


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.invalid"]
    done = subprocess.run(["git", "-C", str(root), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_repository(root: Path, files: dict[str, str]) -> Path:
    root.mkdir(parents=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    return root


def run(root: Path, *, forks: int = 12, memory_forks: int = 1, suite: tuple[str, ...] = ("tests",)) -> GateReport:
    with worktree(root, resolve_commit(root, "HEAD")) as tree:
        request = GateRequest(
            base=Tree(root=tree, side=Side("HEAD", None), python=sys.executable),
            head=Tree(root=root, side=Side("tree", None, is_dirty=True), python=sys.executable),
            terms=GateTerms(suite=suite, today=date(2026, 11, 23)),
            limits=Limits(forks=forks, memory_forks=memory_forks, timeout_s=20, effort=Effort(share=0.05)),
            seed=5,
        )
        return run_gate(request, watcher=Onlooker())[0]


@pytest.mark.slow
def test_what_is_slower_larger_other_and_gone_is_found(tmp_path: Path) -> None:
    suite = SUITE.partition("def test_old_name")[0]
    root = make_repository(tmp_path / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": suite})
    slower = PACKAGE.replace("sum(range(n))", "sum(range(2 * n))").replace('"sum": 3', '"sum": 4')
    (root / "pkg/__init__.py").write_text(slower.replace("[0] * n", "[0] * n + [0] * n"))
    (root / "tests/test_bench.py").write_text(suite.partition("def test_gone")[0])
    report = run(root)
    found = {(i.benchmark.rpartition("_")[2], i.metric): i.verdict for i in report.items}
    expected = {
        ("work", GateMetric.TIME): GateVerdict.SLOWER, ("work", GateMetric.MEMORY): GateVerdict.NOT_SLOWER,
        ("build", GateMetric.MEMORY): GateVerdict.SLOWER, ("answer", GateMetric.TIME): GateVerdict.CHANGED_ANSWER,
        ("gone", GateMetric.TIME): GateVerdict.SLOWER, ("gone", GateMetric.SUITE): GateVerdict.REMOVED,
    }  # fmt: skip
    assert {key: found.get(key) for key in expected} == expected
    assert report.exit_status == ExitStatus.MISSED


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> GateReport:
    root = tmp_path_factory.mktemp("ground") / "a repo mit Ümlaut"
    make_repository(root, {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": SUITE})
    slower = PACKAGE.replace("sum(range(n))", "sum(range(2 * n))").replace('"sum": 3', '"sum": 4')
    (root / "pkg/__init__.py").write_text(
        slower.replace("[0] * n", "[0] * n + [0] * n").replace("return 1", "raise ValueError"), encoding="utf-8"
    )
    head = SUITE.replace("def test_gone(benchmark):\n    benchmark(pkg.work, 4000)\n", "")
    head = head.replace("test_old_name", "test_new_name").replace("pkg.work, 5000", "len, 'x'")
    head = head.replace("def test_skipped", "@pytest.mark.skip(reason='no time')\ndef test_skipped")
    (root / "tests/test_bench.py").write_text(head, encoding="utf-8")
    result = run(root)
    assert len(git(root, "worktree", "list").splitlines()) == 1
    return result


def verdict_of(report: GateReport, name: str, metric: GateMetric = GateMetric.TIME) -> GateVerdict:
    return next(i.verdict for i in report.items if i.benchmark.endswith(f"::{name}") and i.metric is metric)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("test_work", GateVerdict.SLOWER),
        ("test_answer", GateVerdict.CHANGED_ANSWER),
        ("test_gone", GateVerdict.SLOWER),
        ("test_edited", GateVerdict.SLOWER),
        ("test_skipped", GateVerdict.SLOWER),
        ("test_new_name", GateVerdict.NEW),
        ("test_breaking", GateVerdict.FAILED),
    ],
)
def test_every_declared_benchmark_ends_where_it_must(report: GateReport, name: str, verdict: GateVerdict) -> None:
    assert verdict_of(report, name) is verdict


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("test_gone", GateVerdict.REMOVED),
        ("test_old_name", GateVerdict.REMOVED),
        ("test_skipped", GateVerdict.SKIPPED),
    ],
)
def test_what_the_change_does_to_the_suite_is_said_beside_it(
    report: GateReport, name: str, verdict: GateVerdict
) -> None:
    assert verdict_of(report, name, GateMetric.SUITE) is verdict


@pytest.mark.slow
def test_a_slowdown_is_confirmed_by_fresh_forks(report: GateReport) -> None:
    item = next(i for i in report.items if i.benchmark.endswith("::test_work") and i.metric is GateMetric.TIME)
    assert item.is_confirmed
    assert item.comparison is not None
    assert 1.5 < item.comparison.ratio.value < 2.6


@pytest.mark.slow
def test_doubled_memory_is_found(report: GateReport) -> None:
    assert verdict_of(report, "test_build", GateMetric.MEMORY) is GateVerdict.SLOWER
    assert verdict_of(report, "test_work", GateMetric.MEMORY) is GateVerdict.NOT_SLOWER


@pytest.mark.slow
def test_a_renamed_benchmark_is_guessed(report: GateReport) -> None:
    item = next(i for i in report.items if i.benchmark.endswith("::test_old_name") and i.metric is GateMetric.SUITE)
    assert item.hint is not None
    assert item.hint.endswith("::test_new_name")
    assert report.exit_status == ExitStatus.MISSED


@pytest.mark.slow
def test_equal_code_is_not_slower_and_a_src_layout_is_two_codes(tmp_path: Path) -> None:
    suite = "import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work, 20000)\n"
    files = {"src/pkg/__init__.py": PACKAGE, "tests/__init__.py": "", "tests/test_bench.py": suite}
    root = make_repository(tmp_path / "same", files)
    report = run(root, memory_forks=0)
    assert {item.verdict for item in report.items} <= {
        GateVerdict.NOT_SLOWER,
        GateVerdict.UNDECIDED,
        GateVerdict.FASTER,
    }


def test_two_arms_with_one_code_are_an_error(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "other.py").write_text("def work(n):\n    return n\n")
    lines = ("import sys", f"sys.path.insert(0, {str(elsewhere)!r})", "import other", "def test_it(benchmark):")
    suite = "\n".join((*lines, "    benchmark(other.work, 3)"))
    root = make_repository(tmp_path / "same", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": suite})
    with pytest.raises(MeasureError, match="did not run the code of its own tree"):
        run(root)


def test_an_empty_suite_is_an_error(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"pkg/__init__.py": PACKAGE, "tests/test_x.py": "def test_x(): pass\n"})
    with pytest.raises(UsageError, match="no benchmark"):
        run(root)


TRIAL = "def test_policy(trial):\n    trial.check('holds its bound', True, 'yes', 'yes')\n"


@pytest.mark.slow
def test_a_trial_has_no_time_and_is_left_to_bench(tmp_path: Path) -> None:
    suite = f"import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work, 20000)\n\n{TRIAL}"
    gone = TRIAL.replace("test_policy", "test_gone")
    root = make_repository(tmp_path / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": f"{suite}\n{gone}"})
    (root / "tests/test_bench.py").write_text(suite)
    timed, removed = run(root, forks=1, memory_forks=0).items
    assert (timed.benchmark, timed.metric) == ("tests/test_bench.py::test_it", GateMetric.TIME)
    assert (removed.benchmark, removed.verdict) == ("tests/test_bench.py::test_gone", GateVerdict.REMOVED)


def test_long_preparing_leaves_half_of_the_budget_to_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier_s = iter([1000])
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() - next(earlier_s, 0))
    monkeypatch.setattr("boss_perf.measure.gate_run.time", clock)
    suite = "import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work, 20000)\n"
    root = make_repository(tmp_path / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": suite})
    report = run(root, forks=1, memory_forks=0)
    assert report.items[0].comparison is not None
    assert any(re.search(r"took 1\d\d\d s; they were measured for 150 s", each) for each in report.notes)


def test_a_suite_of_trials_alone_is_an_error(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": TRIAL})
    with pytest.raises(UsageError, match="no benchmark") as caught:
        run(root)
    assert "boss-perf bench" in str(caught.value.hint)


def test_a_ref_that_names_nothing_says_so(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"a.py": "x = 1\n"})
    with pytest.raises(UsageError, match="no commit is called 'nowhere'"):
        resolve_commit(root, "nowhere")
    with pytest.raises(UsageError):
        resolve_commit(root, "--output=/tmp/x")


def test_a_shallow_clone_is_told_to_fetch(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"a.py": "x = 1\n"})
    (root / "a.py").write_text("x = 2\n")
    git(root, "commit", "-qam", "two")
    subprocess.run(["git", "clone", "-q", "--depth", "1", root.as_uri(), str(tmp_path / "shallow")], check=True)
    with pytest.raises(UsageError) as caught:
        resolve_commit(tmp_path / "shallow", "HEAD~1")
    assert "shallow" in str(caught.value)


def test_what_a_killed_run_left_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository(tmp_path / "r", {"a.py": "x = 1\n"})
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f"boss-perf-tree-{dead.pid}-abc"
    git(root, "worktree", "add", "--detach", str(left / "tree"), "HEAD")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with worktree(root, "HEAD"):
        clear_abandoned_folders()
    assert not left.exists()
    assert len(git(root, "worktree", "list").splitlines()) == 1
