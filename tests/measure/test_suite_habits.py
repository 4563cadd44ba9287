"""Suites as they are found: strict settings, plugins that are kept out, options of their own."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
from measured_suites import measure

from boss_perf.measure.collection import collect
from boss_perf.measure.fork import ArmPlace
from boss_perf.model.samples import Pass
from boss_perf.worker.messages import FailureKind
from boss_perf.worker.suite_options import kept_options, named_plugins, own_options

STRICT_SUITE = """
import pytest

@pytest.mark.timeout(5)
@pytest.mark.flaky(reruns=2)
@pytest.mark.xdist_group("a")
def test_marked(benchmark, worker_id, testrun_uid, no_cover):
    assert worker_id == "master"
    benchmark(len, "x")

def test_codspeed(codspeed_benchmark):
    assert codspeed_benchmark(len, "x") == 1

@pytest.mark.codspeed_benchmark
def test_whole_body():
    len("x")
"""

STRICT_SETTINGS = """
[pytest]
addopts = -n auto --cov=pkg --reruns 2 -p no:legacypath
strict_markers = true
strict_config = true
filterwarnings = error
timeout = 5
faulthandler_timeout = 0.01
faulthandler_exit_on_timeout = true
"""


def test_strict_suites_may_name_the_plugins_that_are_kept_out(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(STRICT_SUITE)
    (root / "pytest.ini").write_text(STRICT_SETTINGS)
    (root / "conftest.py").write_text(
        "def pytest_xdist_auto_num_workers(config): return 1\n"
        "def pytest_configure(config): assert not config.pluginmanager.hasplugin('legacypath')\n"
    )
    names = [f"test_it.py::{name}" for name in ("test_marked", "test_codspeed", "test_whole_body")]
    seen = measure(root, [(name, [Pass.BATCHES]) for name in names])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(names)


ASSERTING_SUITE = """
import time

def test_asserts(benchmark):
    assert not benchmark.stats
    benchmark(time.sleep, 0.001)
    assert 0.001 <= benchmark.stats.stats.min <= benchmark.stats["mean"] < 1
    assert 5 <= benchmark.stats.stats.rounds == len(benchmark.stats.stats.data)

def test_asserts_with_setup(benchmark):
    benchmark.pedantic(time.sleep, setup=lambda: ((0.001,), {}), rounds=2)
    assert benchmark.stats.stats.max >= 0.001
    assert benchmark.stats.stats.rounds == 2

def test_asserts_what_it_asked_for(benchmark):
    benchmark.pedantic(time.sleep, args=(0.0001,), rounds=70, iterations=3)
    assert (benchmark.stats.stats.rounds, benchmark.stats.iterations) == (70, 3)
    assert 0.0001 <= benchmark.stats.stats.mean < 0.1
"""


def test_a_suite_may_assert_what_it_reads_from_stats(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(ASSERTING_SUITE)
    names = [f"test_it.py::test_asserts{each}" for each in ("", "_with_setup", "_what_it_asked_for")]
    phases = (Pass.BATCHES, Pass.CALLS, Pass.MEMORY)
    seen = measure(root, [(name, phases) for name in names])
    looked = {(sample.workload, sample.phase): sample.failure for sample in seen.samples}
    assert looked == dict.fromkeys((name, phase) for name in names for phase in phases)


SESSION_READING_SUITE = """
import pytest

@pytest.fixture(autouse=True)
def last(request):
    yield
    last = request.config._benchmarksession.benchmarks[-1]
    assert last.fullname == request.node.nodeid
    assert 0 < last.stats.min <= last.stats.mean < 1
    assert last.stats.rounds == (7 if "pedantic" in last.name else max(5, last.stats.rounds))

def test_plain(benchmark):
    benchmark(function_to_benchmark=lambda *, stop: sum(range(stop)), stop=1000)

def test_pedantic(benchmark):
    benchmark.pedantic(sum, args=(range(1000),), rounds=7)
"""


def test_a_suite_may_read_its_rounds_from_the_session_of_pytest_benchmark(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(SESSION_READING_SUITE)
    (root / "conftest.py").write_text(
        "import pytest\n@pytest.fixture(scope='session', autouse=True)\ndef every(request):\n    yield\n"
        "    assert len({each.name for each in request.config._benchmarksession.benchmarks}) == 2\n"
    )
    names = ["test_it.py::test_plain", "test_it.py::test_pedantic"]
    phases = (Pass.BATCHES, Pass.MEMORY)
    seen = measure(root, [(name, phases) for name in names])
    looked = {(sample.workload, sample.phase): sample.failure for sample in seen.samples}
    assert looked == dict.fromkeys((name, phase) for name in names for phase in phases)


COUNTING_SUITE = """
from unittest.mock import Mock
import pytest

@pytest.mark.parametrize(("rounds", "iterations", "warmups"), [(5, 1, 0), (5, 4, 2), (1, 3, 0), (1, 1, 1), (1, 1, 0)])
def test_counts(benchmark, rounds, iterations, warmups):
    called = Mock(return_value=3)
    assert benchmark.pedantic(called, rounds=rounds, iterations=iterations, warmup_rounds=warmups) == 3
    assert called.call_count == (rounds + warmups) * iterations + (iterations > 1)

def test_rows(benchmark):
    rows, set_up = [], Mock(return_value=((1,), {}))
    benchmark.pedantic(rows.append, setup=set_up, rounds=6)
    assert len(rows) == set_up.call_count == 6

def test_miscounts(benchmark):
    called = Mock()
    benchmark.pedantic(called, rounds=5)
    assert called.call_count == 4

def test_takes_in_turn(benchmark):
    rows = iter(range(5, 10))
    assert benchmark.pedantic(lambda: sum(range(next(rows))), rounds=2, iterations=2) == 36
    assert list(rows) == []

def test_set_up_in_turn(benchmark):
    rows = [[1], [2], [3], [4]]
    assert benchmark.pedantic(list.pop, setup=lambda: ((rows.pop(),), {}), rounds=3, warmup_rounds=1) == 1

def test_made_in_turn(benchmark):
    rows = (row for row in range(5))
    assert benchmark.pedantic(lambda: next(rows), rounds=5) == 4

def test_runs_out(benchmark):
    rows = map(abs, range(5))
    benchmark.pedantic(lambda: next(rows), rounds=5)
"""


def test_asserts_may_count_the_calls_that_a_test_states(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(COUNTING_SUITE)
    names = ["test_counts[5-1-0]", "test_counts[5-4-2]", "test_counts[1-3-0]", "test_counts[1-1-1]"]
    names += ["test_counts[1-1-0]", "test_rows", "test_takes_in_turn", "test_set_up_in_turn", "test_made_in_turn"]
    names += ["test_miscounts", "test_runs_out"]
    seen = measure(root, [(f"test_it.py::{name}", [Pass.BATCHES]) for name in names])
    failures = {sample.workload.partition("::")[2]: sample.failure for sample in seen.samples}
    assert {name for name in names if failures[name] is None} == set(names[:-2])
    assert {each.kind for each in failures.values() if each} == {FailureKind.RAISED}
    assert all(sample.series for sample in seen.samples if sample.failure is None)


def test_a_suites_own_way_of_importing_is_kept_and_its_choice_of_tests_is_not(tmp_path: Path) -> None:
    for folder in ("tests/a", "tests/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "test_it.py").write_text("def test_it(benchmark, extra):\n    benchmark(len, 'x')\n")
    (tmp_path / "named.py").write_text("import pytest\n@pytest.fixture\ndef extra():\n    return 1\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode importlib -p named -k nothing\n")
    found = collect(ArmPlace(root=tmp_path, path=(str(tmp_path),)), ("tests",))
    assert found.errors == ()
    assert found.names == ("tests/a/test_it.py::test_it", "tests/b/test_it.py::test_it")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -q --import-mode=append -m fast -p no:benchmark -p one -ptwo\n"),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\naddopts = ['--import-mode', 'append', '-pno:benchmark', '-pone', '-ptwo']\n",
        ),
        ("tox.ini", "[pytest]\naddopts =\n    --import-mode append\n    -p no:benchmark\n    -p one\n    -p two\n"),
    ],
)
def test_options_are_read_from_every_kind_of_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    words = own_options(tmp_path / name)
    parser = argparse.ArgumentParser()
    parser.add_argument("--import-mode")
    assert list(kept_options(words, parser._option_string_actions)) == ["--import-mode=append"]
    assert list(named_plugins(words)) == ["no:benchmark", "one", "two"]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("--flag --host a tests", "--flag --host=a"),
        ("--flag=1 --host=a --other --host=b", "--flag=1 --host=a --host=b"),
        ("--many a b --flag", "--many a b --flag"),
        ("--pair a b c", "--pair a b"),
        ("--maybe --flag", "--maybe --flag"),
        ("-n auto --unknown --host", "--host"),
    ],
)
def test_an_option_is_kept_with_the_words_that_belong_to_it(words: str, kept: str) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flag", action="store_true")
    parser.add_argument("--host")
    parser.add_argument("--many", nargs="*")
    parser.add_argument("--pair", nargs=2)
    parser.add_argument("--maybe", nargs="?")
    assert list(kept_options(words.split(), parser._option_string_actions)) == kept.split()


OWN_OPTIONS = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--run-benchmarks", action="store_true")
    parser.addoption("--dbhost")
    parser.addoption("--speed", type=int)

def pytest_configure(config):
    assert config.getoption("numprocesses") is None and config.option.dist == "no"
    config.cache.set("suite/started", True)

def pytest_collection_modifyitems(config, items):
    if not config.getoption("--run-benchmarks"):
        items.clear()

@pytest.fixture
def host(request, cache):
    assert cache.get("suite/started", False)
    return request.config.getoption("dbhost")
"""

OPTION_SETTINGS = """
[pytest]
addopts = -n auto --run-benchmarks --dbhost x --dist loadfile -m "not slow" --benchmark-disable
required_plugins = pytest-xdist>=1.0
strict_config = true
cache_dir = .cache
"""


def test_a_suite_has_its_own_options_its_cache_and_the_plugins_it_requires(write_suite: Callable[[str], Path]) -> None:
    root = write_suite("def test_it(benchmark, host):\n    assert host == 'x'\n    assert benchmark(len, 'x') == 1\n")
    (root / "conftest.py").write_text(OWN_OPTIONS)
    (root / "pytest.ini").write_text(OPTION_SETTINGS)
    seen = measure(root, [("test_it.py::test_it", [Pass.BATCHES])])
    assert [sample.failure for sample in seen.samples] == [None]
    assert not (root / ".cache").exists()


DEPENDING = """
import contextlib, pytest

def pytest_addoption(parser):
    for name in ("--ignore-unknown-dependency", "--codspeed"):
        with contextlib.suppress(ValueError):  # what brings it may be installed
            parser.addoption(name, action="store_true")

@pytest.fixture(autouse=True)
def depends(request):
    if not request.config.getoption("--ignore-unknown-dependency"):
        pytest.skip("it depends on another test")
"""
ONLY_WHEN_ASKED = """
import sys
import pytest

def pytest_configure(config):
    config.option.benchmark_disable = True

def pytest_collection_modifyitems(config, items):
    for name in ("--benchmark-only", "--benchmark-enable", "--codspeed"):
        for item in items if not config.getoption(name) or name not in sys.argv else ():
            item.add_marker(pytest.mark.skip(reason=f"need {name}"))
"""


def test_benchmarks_that_run_only_when_asked_for_are_asked_for(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(
        "def test_it(benchmark):\n    benchmark(len, 'x')\n"
        "def test_named(request):\n    request.getfixturevalue('benchmark')(len, 'x')\n"
        "def test_two(paired):\n    paired(baseline=lambda: 1, optimized=lambda: 1)\n"
    )
    (root / "conftest.py").write_text(ONLY_WHEN_ASKED)
    (root / "depending.py").write_text(DEPENDING)
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p depending --benchmark-skip\n")
    names = [f"test_it.py::{name}" for name in ("test_it", "test_named", "test_two")]
    seen = measure(root, [(name, [Pass.BATCHES]) for name in names])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(names)


FOLDERS = """
import os, pytest

@pytest.fixture(scope="module")
def below():
    os.chdir("below")
    yield
    os.chdir("..")

def test_leaves(benchmark, tmp_path):
    assert "words" in os.listdir()
    os.chdir(tmp_path)
    benchmark(len, "x")

def test_below(benchmark, below):
    assert os.listdir() == ["deep"]
    benchmark(len, "x")

class TestBelow:
    def test_again(self, benchmark, below):
        assert os.listdir() == ["deep"]
        benchmark(len, "x")
"""


def test_a_suite_works_in_the_folder_that_it_goes_to(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(FOLDERS)
    (root / "data" / "below" / "deep").mkdir(parents=True)
    (root / "data" / "words").touch()
    (root / "conftest.py").write_text("import os\nos.chdir('data')\n")
    (root / "test_other.py").write_text(
        "import os\ndef test_it(benchmark):\n    assert 'words' in os.listdir()\n    benchmark(len, 'x')\n"
    )
    names = ["leaves", "below", "again"]
    found = [f"test_it.py::{'TestBelow::' * (each == 'again')}test_{each}" for each in names]
    found = [*found, "test_other.py::test_it"]
    seen = measure(root, [(name, [Pass.BATCHES]) for name in found])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(found)


def test_a_plugin_that_the_environment_names_is_loaded(
    write_suite: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_suite("def test_it(benchmark, extra):\n    benchmark(len, 'x')\n")
    (root / "named.py").write_text("import pytest\n@pytest.fixture\ndef extra():\n    return 1\n")
    monkeypatch.setenv("PYTEST_PLUGINS", "named")
    seen = measure(root, [("test_it.py::test_it", [Pass.BATCHES])])
    assert [sample.failure for sample in seen.samples] == [None]


CODSPEED_SUITE = """
import pytest

@pytest.mark.benchmark(group="a", min_time=0.1, max_time=1, max_rounds=5)
def test_marked(benchmark):
    benchmark.group = "b"
    benchmark(len, "x")

@pytest.mark.benchmark(max_rounds=5)
def test_whole_body():
    len("x")

def test_set_up(benchmark):
    seen = []
    def fill(rows, *, extra):
        rows[:] = [3, 1, 2]
        seen.append(extra)
    rows = []
    benchmark.pedantic(lambda rows, extra: rows.sort(), args=(rows,), kwargs={"extra": 4}, setup=fill, rounds=3)
    assert rows == [1, 2, 3] and set(seen) == {4}
"""


def test_codspeeds_words_and_set_ups_are_taken(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(CODSPEED_SUITE)
    names = [f"test_it.py::{name}" for name in ("test_marked", "test_whole_body", "test_set_up")]
    seen = measure(root, [(name, [Pass.BATCHES]) for name in names])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(names)


MARKED_SUITE = """
import importlib.util
import pytest

assert importlib.util.find_spec("pytest_codspeed") is not None
pytestmark = pytest.mark.benchmark(group="a")

@pytest.fixture
def bench(benchmark):
    return lambda function, *args: benchmark.pedantic(function, args=args, rounds=10, iterations=5)

class Case:
    @pytest.fixture(autouse=True)
    def take(self, benchmark):
        self.benchmark = benchmark

class TestCase(Case):
    def test_its_own(self):
        assert self.benchmark(len, "xy") == 2

def test_wrapped(bench):
    assert bench(len, "xy") == 2

def test_named(request):
    assert request.getfixturevalue("benchmark")(len, "xy") == 2

@pytest.mark.parametrize("word", ["ab", "cd"])
def test_whole_body(word, tmp_path):
    assert len(word) == 2
"""


def test_a_mark_measures_the_whole_body_only_where_nothing_in_it_is_measured(
    write_suite: Callable[[str], Path],
) -> None:
    root = write_suite(MARKED_SUITE)
    names = ["TestCase::test_its_own", "test_wrapped", "test_named", "test_whole_body[ab]", "test_whole_body[cd]"]
    seen = measure(root, [(f"test_it.py::{name}", [Pass.BATCHES]) for name in names])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(
        f"test_it.py::{name}" for name in names
    )


MARKING = """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.benchmark(max_rounds=5))
"""


def test_a_conftest_may_mark_the_benchmarks(write_suite: Callable[[str], Path]) -> None:
    root = write_suite("def test_it():\n    len('x')\ndef test_that(benchmark):\n    benchmark(len, 'x')\n")
    (root / "conftest.py").write_text(MARKING)
    names = ["test_it.py::test_it", "test_it.py::test_that"]
    seen = measure(root, [(name, [Pass.BATCHES]) for name in names])
    assert {sample.workload: sample.failure for sample in seen.samples} == dict.fromkeys(names)


ASKING = """
import sys
import pytest

if "--slow" not in sys.argv:
    pytest.skip("only with --slow", allow_module_level=True)

def test_it(benchmark, request):
    assert request.config.getoption("speed") == 3
    benchmark(len, "x")
"""


def test_what_the_user_asks_for_stands_on_the_suites_command_line(write_suite: Callable[[str], Path]) -> None:
    root = write_suite(ASKING)
    (root / "conftest.py").write_text(OWN_OPTIONS)
    asked = ("--slow", "--run-benchmarks", "--speed=3")
    assert collect(ArmPlace(root=root), ("test_it.py",)).names == ()
    assert collect(ArmPlace(root=root, options=asked), ("test_it.py",)).names == ("test_it.py::test_it",)


def test_a_file_that_cannot_be_read_has_no_options(tmp_path: Path) -> None:
    assert own_options(None) == []
    assert own_options(tmp_path / "pytest.ini") == []
    (tmp_path / "pyproject.toml").write_text("[")
    assert own_options(tmp_path / "pyproject.toml") == []
