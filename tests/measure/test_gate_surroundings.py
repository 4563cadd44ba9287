"""Where a gate has to live: suites of other habits, users without rights, leaks, repositories inside others."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from measured_suites import BRIEF, measure
from test_gate import git, make_repository

from boss_perf.measure.collection import collect
from boss_perf.measure.fork import ArmPlace, Fork
from boss_perf.measure.tree import import_path
from boss_perf.model.samples import Pass
from boss_perf.worker.messages import Ready

PACKAGE = "def work(n):\n    return sum(range(n))\n"
SUITE = "import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work, 300)\n"
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

CODSPEED_SUITE = """
import pytest
from pytest_codspeed import BenchmarkFixture
from pytest_codspeed.plugin import BenchmarkFixture as Same

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
import subprocess, sys, time

STAYS = [sys.executable, "-c", "import time; time.sleep(300)", "MARKER"]

def test_in_a_session_of_its_own(benchmark):
    subprocess.Popen(STAYS, start_new_session=True)
    benchmark(len, "x")

def test_without_an_environment(benchmark):
    daemon = f"import subprocess; subprocess.Popen({STAYS!r}, start_new_session=True, env={{}})"
    subprocess.run([sys.executable, "-c", daemon], check=True)
    benchmark(len, "x")

def test_and_hangs(benchmark):
    subprocess.Popen(STAYS, start_new_session=True, env={})
    benchmark(time.sleep, 300)
"""


@pytest.mark.parametrize("plugin", ["with pytest-benchmark", "without"])
def test_a_suite_written_for_codspeed_runs_unmodified(write_suite: Callable[[str], Path], plugin: str) -> None:
    root = write_suite(CODSPEED_SUITE)
    if plugin == "without":
        (root / "pytest.ini").write_text("[pytest]\n")
        (root / "conftest.py").write_text("")
        options = ("-p", "no:benchmark")
        found = collect(ArmPlace(root=root, options=options), ("test_it.py",))
        assert found.errors == ()
        assert len(found.names) == 4
        return
    tests = ("test_whole_body", "test_whole_body_with_arguments[10]", "test_as_a_decorator")
    names = [f"test_it.py::{name}" for name in tests]
    seen = measure(root, [(name, [Pass.BATCHES]) for name in names])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(names)


def test_files_with_unusual_names_are_collected_when_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "testing").mkdir()
    (tmp_path / "testing/benchmark.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n")
    found = collect(ArmPlace(root=tmp_path), ("testing/benchmark.py",))
    assert found.names == ("testing/benchmark.py::test_it",)


def test_a_named_file_is_collected_once_beside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "testing").mkdir()
    for name in ("benchmark", "bench_usual", "test_usual"):
        (tmp_path / f"testing/{name}.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_files = test_*.py bench_*.py\n")
    files = ("testing", "testing/bench_usual.py", "testing/benchmark.py")
    found = collect(ArmPlace(root=tmp_path), files)
    assert sorted(found.names) == [f"testing/{each}.py::test_it" for each in ("bench_usual", "benchmark", "test_usual")]


LEAKS = [
    "test_in_a_session_of_its_own", "test_without_an_environment",
    pytest.param("test_and_hangs", marks=pytest.mark.slow),
]  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="without /proc nobody can tell whose they are")
@pytest.mark.parametrize("test", LEAKS)
def test_processes_that_a_benchmark_leaks_are_ended(write_suite: Callable[[str], Path], test: str) -> None:
    mark = f"leaked-by-{os.getpid()}-{test}"
    root = write_suite(LEAKING_SUITE.replace("MARKER", mark))
    measure(root, [(f"test_it.py::{test}", [Pass.BATCHES])], limits=replace(BRIEF, timeout_s=2))

    assert has_ended(mark)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="without /proc nobody can tell whose they are")
def test_what_an_abandoned_fork_leaks_is_ended(write_suite: Callable[[str], Path]) -> None:
    mark = f"leaked-by-{os.getpid()}-abandoned"
    root = write_suite(LEAKING_SUITE.replace("MARKER", mark))
    place = ArmPlace(root=root, path=import_path(root))
    selected = ("test_it.py::test_without_an_environment",)
    with Fork(places=(place,), files=("test_it.py",), selected=selected, hash_seed=1, core=None) as fork:
        while not isinstance(fork.links[0].next_event(timeout_s=20), Ready):
            pass
        fork.abandon()
    assert has_ended(mark)


def has_ended(mark: str) -> bool:
    for _ in range(50):
        if not any(mark.encode() in _words(each) for each in Path("/proc").glob("[0-9]*/cmdline")):
            return True
        time.sleep(0.1)
    return False


STARTING_SUITE = """
import pathlib, subprocess, sys

def test_starts(benchmark):
    command = [sys.executable, "-c", "import inner; print(inner.__file__)"]
    done = benchmark.pedantic(subprocess.run, args=(command,), kwargs={"capture_output": True, "text": True})
    assert pathlib.Path(done.stdout.strip()).is_relative_to(pathlib.Path(__file__).parent)
"""


def test_an_interpreter_that_a_benchmark_starts_finds_the_same_tree(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(STARTING_SUITE)
    (root / "src/inner").mkdir(parents=True)
    (root / "src/inner/__init__.py").write_text("")
    seen = measure(root, [("test_it.py::test_starts", [Pass.BATCHES])])
    assert [sample.failure for sample in seen.samples] == [None]


COMPILED_SUITE = """
import colorsys, importlib.util, pathlib, sys
import inner

def test_it(benchmark):
    compiled = pathlib.Path(inner.__cached__)
    assert compiled.is_file()
    assert not compiled.is_relative_to(pathlib.Path(__file__).parent)
    sys.pycache_prefix = None
    installed = pathlib.Path(importlib.util.cache_from_source(colorsys.__file__))
    assert installed == pathlib.Path(colorsys.__cached__) or not installed.exists()
    benchmark(len, "x")
"""


def test_forks_compile_once_and_leave_nothing_in_the_tree(
    write_suite: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    root = write_suite(COMPILED_SUITE)
    (root / "inner.py").write_text("")
    seen = measure(root, [("test_it.py::test_it", [Pass.BATCHES])])
    assert [sample.failure for sample in seen.samples] == [None]
    assert not list(root.rglob("*.pyc"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "module", "options"),
    [("src/company/product", "company.product", ()), ("python/pkg", "pkg", ("--path", "python"))],
)
def test_a_layout_of_its_own_is_two_codes(tmp_path: Path, place: str, module: str, options: tuple[str, ...]) -> None:
    suite = SUITE.replace("import pkg", f"import {module} as pkg")
    root = make_repository(tmp_path / "r", {f"{place}/__init__.py": PACKAGE, "tests/test_bench.py": suite})
    done = gate(root, options=options)
    assert done.returncode == 4, done.stdout + done.stderr


def _words(place: Path) -> list[bytes]:
    try:
        return place.read_bytes().split(b"\0")
    except OSError:
        return []


def gate(
    root: Path, *, prefix: tuple[str, ...] = (), home: Path | None = None, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    temporary = root.parent / f"{root.name}-tmp"
    temporary.mkdir(mode=0o777, exist_ok=True)
    temporary.chmod(0o777)
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home or root),
                   "BOSS_PERF_LOCK": str(temporary / "boss-perf.lock")}  # fmt: skip
    command = [
        sys.executable, "-m", "boss_perf", "gate", "--against", "HEAD", "--forks", "5", "--budget", "0.1",
        "--no-memory", "--timeout", "20", *options,
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
    assert "test_it" in done.stdout
    assert "\x1b[" not in done.stdout
    assert git(inner, "worktree", "list").count("\n") == 0
    assert "pkg" not in git(tmp_path / "outer", "status", "--porcelain")


def _can_become_nobody() -> bool:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    again = f"import boss_perf, subprocess; subprocess.run([{sys.executable!r}, '-c', ''], check=True)"
    command = [*AS_NOBODY, sys.executable, "-c", again]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not _can_become_nobody(), reason="needs root, setpriv, and an installation that others may read")
def test_it_runs_as_a_user_without_rights() -> None:
    with tempfile.TemporaryDirectory(prefix="nobody-") as name:
        folder = Path(name)
        root = make_repository(folder / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": SUITE})
        for place in (folder, *folder.rglob("*")):
            os.chown(place, NOBODY, NOBODY)
        done = gate(root, prefix=AS_NOBODY)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "tests/test_bench.py::test_it" in done.stdout
