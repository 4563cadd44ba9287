"""Where a gate has to live: suites of other habits, users without rights, leaking benchmarks, repositories inside others."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from measured_suites import measure
from test_gate import git, make_repository

from boss_perf.measure.collection import collect
from boss_perf.measure.fork import ArmPlace
from boss_perf.model.samples import Pass

PACKAGE = "def work(n):\n    return sum(range(n))\n"
SUITE = "import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work, 300)\n"
NOBODY = 65534

CODSPEED_SUITE = """
import pytest
from pytest_codspeed import BenchmarkFixture

@pytest.mark.benchmark
def test_whole_body():
    assert sum(range(300)) == 44850

@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.benchmark
def test_whole_body_with_arguments(size):
    sum(range(size))

def test_as_a_decorator(benchmark: BenchmarkFixture):
    @benchmark
    def _run():
        for _ in range(10):
            sum(range(10))
"""

LEAKING_SUITE = """
import subprocess, sys

def test_leaks(benchmark):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "MARKER"], start_new_session=True)
    benchmark(len, "x")
"""


@pytest.mark.parametrize("plugin", ["with pytest-benchmark", "without"])
def test_a_suite_written_for_codspeed_runs_unmodified(write_suite: Callable[[str], Path], plugin: str) -> None:
    root = write_suite(CODSPEED_SUITE)
    if plugin == "without":
        (root / "pytest.ini").write_text("[pytest]\n")
        (root / "conftest.py").write_text("")
        options = ("-p", "no:benchmark")
        found = collect(ArmPlace(root=root, files=("test_it.py",), options=options))
        assert found.errors == ()
        assert len(found.names) == 4
        return
    names = [
        f"test_it.py::{name}"
        for name in ("test_whole_body", "test_whole_body_with_arguments[10]", "test_as_a_decorator")
    ]
    seen = measure(root, [(name, [Pass.BATCHES]) for name in names])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(names)


def test_files_with_unusual_names_are_collected_when_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "testing").mkdir()
    (tmp_path / "testing/benchmark.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n")
    found = collect(ArmPlace(root=tmp_path, files=("testing/benchmark.py",)))
    assert found.names == ("testing/benchmark.py::test_it",)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="without /proc nobody can tell whose they are")
def test_processes_that_a_benchmark_leaks_are_ended(write_suite: Callable[[str], Path]) -> None:
    mark = f"leaked-by-{os.getpid()}"
    measure(write_suite(LEAKING_SUITE.replace("MARKER", mark)), [("test_it.py::test_leaks", [Pass.BATCHES])])

    def is_running() -> bool:
        return any(mark.encode() in _words(each) for each in Path("/proc").glob("[0-9]*/cmdline"))

    for _ in range(50):
        if not is_running():
            break
        time.sleep(0.1)
    assert not is_running()


def _words(place: Path) -> list[bytes]:
    try:
        return place.read_bytes().split(b"\0")
    except OSError:
        return []


def gate(root: Path, *, prefix: tuple[str, ...] = (), home: Path | None = None) -> subprocess.CompletedProcess[str]:
    temporary = root.parent / f"{root.name}-tmp"
    temporary.mkdir(mode=0o777, exist_ok=True)
    temporary.chmod(0o777)
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home or root)}
    command = [
        sys.executable, "-m", "boss_perf", "gate", "--against", "HEAD", "--forks", "5", "--budget", "0.1", "--no-memory",
        "--timeout", "20",
    ]  # fmt: skip
    done = subprocess.run(
        [*prefix, *command], cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    left = [each.name for each in temporary.iterdir() if each.name.startswith("boss-perf-")]
    assert left == []
    return done


@pytest.mark.slow
def test_a_repository_inside_a_repository_is_compared_with_itself(tmp_path: Path) -> None:
    make_repository(tmp_path / "outer", {"README": "outer", ".gitignore": "inner\n", "pkg/__init__.py": "x = 1\n"})
    inner = make_repository(tmp_path / "outer/inner", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": SUITE})
    done = gate(inner)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "tests/test_bench.py::test_it" in done.stdout
    assert "\x1b[" not in done.stdout
    assert git(inner, "worktree", "list").count("\n") == 0
    assert git(tmp_path / "outer", "status", "--porcelain") == ""


def _can_become_nobody() -> bool:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    command = [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        sys.executable,
        "-c",
        "import boss_perf",
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not _can_become_nobody(), reason="needs root, setpriv, and an installation that others may read")
def test_it_runs_as_a_user_without_rights(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Path(tmp_path_factory.mktemp("nobody"))
    root = make_repository(folder / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": SUITE})
    for place in (folder, *folder.rglob("*")):
        os.chown(place, NOBODY, NOBODY)
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    prefix = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    done = gate(root, prefix=prefix)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "tests/test_bench.py::test_it" in done.stdout
