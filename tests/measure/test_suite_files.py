"""Where a repository has its benchmarks."""

from pathlib import Path

import pytest

from boss_perf.measure.suite_files import suite_files

PLAIN = "def test_it():\n    assert True\n"
TIMED = "def test_it(benchmark):\n    benchmark(len, 'x')\n"
MARKED = "import pytest\n@pytest.mark.benchmark\ndef test_it():\n    len('x')\n"
FACTORY = "import pytest\n@pytest.fixture(scope='function')\ndef timed(benchmark):\n    return benchmark\n"
NAMED = "import pytest\n@pytest.fixture(name='bench')\ndef _bench(benchmark):\n    return benchmark\n"
SPEED, RUN = (TIMED.replace("test_it", each) for each in ("speed_it", "run_it"))
MIXIN = """import pytest
class Timed:
    @pytest.fixture(autouse=True)
    def _take(self, benchmark): ...
class Inherited:
    def test_it(self, benchmark): ...
"""
ON_TOP = "from pytest import fixture\n@fixture\ndef on_top(timed):\n    return timed\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"benchmarks/run.py": "print(1)", "tests/test_a.py": TIMED, "tests/test_b.py": PLAIN}, ["tests/test_a.py"]),
        ({"benchmarking/test_a.py": TIMED, "tests/test_b.py": PLAIN}, ["benchmarking"]),
        ({"testing/benchmark.py": TIMED, "testing/test_b.py": PLAIN}, ["testing/benchmark.py"]),
        ({"benchmarks/test_a.py": TIMED, "tests/x/test_b.py": MARKED}, ["benchmarks", "tests"]),
        (
            {"pkg/tests/test_b.py": MARKED, "pkg/core.py": "def perform(trial): ..."},
            ["pkg/tests"],
        ),
        ({"tests/test_a.py": "import pytest\npytestmark = [pytest.mark.benchmark]\n" + PLAIN}, ["tests"]),
        ({"tests/test_a.py": MARKED.replace("benchmark", "codspeed_benchmark")}, ["tests"]),
        ({"tests/test_a.py": "def test_it(benchmark_weave): ..."}, ["tests"]),
        ({"tests/test_a.py": "def test_it(request):\n    request.getfixturevalue('benchmark')(len, 'x')"}, ["tests"]),
        (
            {"conftest.py": FACTORY, "tests/conftest.py": ON_TOP, "tests/test_a.py": "def test_it(on_top): ..."},
            ["tests"],
        ),
        ({"conftest.py": NAMED, "test_a.py": "def test_it(bench): ...", "test_b.py": PLAIN}, ["test_a.py"]),
        (
            {
                "mixin.py": MIXIN,
                "test_a.py": "class TestIt(mixin.Timed):\n    def test_it(self): ...",
                "test_b.py": "class TestIt(Inherited): ...",
                "test_c.py": PLAIN,
                "core.py": "class Bench(Inherited): ...  # class Test",
            },
            ["mixin.py", "test_a.py", "test_b.py"],
        ),
        ({"test_a.py": "import pytest\npytestmark = pytest.mark.usefixtures('paired')\n" + PLAIN}, ["test_a.py"]),
        ({"test_a.py": TIMED, "test_b.py": PLAIN}, ["test_a.py"]),
        ({"conftest.py": "collect_ignore_glob = ['perf/*']", "perf/test_a.py": TIMED}, ["perf/test_a.py"]),
        ({"tests/test_a.py": "def test_it(benchmark:", "tests/test_b.py": PLAIN}, []),
        ({"tests/test_a.py": "class TestIt:\n    def test_it(self, benchmark): ..."}, ["tests"]),
        (
            {
                "setup.cfg": "[tool:pytest]\npython_functions =\n    test\n    speed_*\n",
                "perf/speed_a.py": SPEED,
                "core.py": RUN,
                "tests/test_a.py": TIMED,
            },
            ["perf/speed_a.py", "tests"],
        ),
        (
            {
                "a/pyproject.toml": "[tool.pytest.ini_options]\npython_functions = ['test', 'speed']\nx = ['run']\n",
                "a/b.py": SPEED,
                "core.py": RUN,
            },
            ["a/b.py"],
        ),
    ],
)
def test_every_file_with_a_benchmark_is_found(tmp_path: Path, files: dict[str, str], found: list[str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(suite_files(tmp_path)) == found


def test_no_folder_has_no_benchmarks(tmp_path: Path) -> None:
    assert suite_files(tmp_path / "nothing") == ()
