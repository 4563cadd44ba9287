"""What a workload rests on is found by watching it; what changes one of these makes its evidence stale."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from measured_suites import measure

from boss_perf.measure.dependencies import current_states, source_digest, state_of
from boss_perf.model.samples import DependencyKind, Pass, Sample

WORKLOAD = "tests/perf/test_it.py::test_it"
OTHER = "tests/perf/test_other.py::test_other"
PROJECT = {
    "pkg/__init__.py": "from pkg.eager import work\n",
    "pkg/eager.py": (
        "import importlib.util\n"
        "try:\n"
        "    from pkg.speedups import work\n"
        "except ImportError:\n"
        "    has_speedups = importlib.util.find_spec('speedups')\n"
        "def work(rows, power=1):\n"
        "    later = importlib.import_module('pkg.' + 'later')\n"
        "    total = 0\n"
        "    for row in rows:\n"
        "        total += later.weight(row) ** power\n"
        "    return total\n"
    ),
    "pkg/later.py": "def weight(row):\n    'How heavy.'\n    return len(row)\n",
    "pkg/unused.py": "x = 1\n",
    "pkg/weighed.bin": "1",
    "pkg/tables/__init__.py": "",
    "pkg/tables/weights.json": "[1, 2]",
    "conftest.py": "SCALE = 2\n",
    "pytest.ini": "[pytest]\naddopts = -q\n",
    "pyproject.toml": "[project]\nname = 'x'\n[tool.pytest.ini_options]\nmarkers = ['a']\n",
    "tests/perf/sizes.txt": "5",
    "tests/perf/sample.py": "x = 1  # to be parsed\n",
    "tests/perf/helpers.py": "def rows(n):\n    return ['x'] * n\n",
    "tests/perf/words/one.txt": "a b",
    "tests/perf/words/two.txt": "c",
    "tests/perf/unread.txt": "nothing",
    "x.egg-info/SOURCES.txt": "what an installation wrote",
    "tests/perf/test_it.py": (
        "import importlib.resources, json, linecache, os, pathlib, sys\n"
        "import pytest\n"
        "HERE = pathlib.Path(__file__).parent\n"
        "sys.path.insert(0, str(HERE))\n"
        "import helpers, pkg\n"
        "def setup_module():\n"
        "    global SIZE\n"
        "    SIZE = int((HERE / 'sizes.txt').read_text())\n"
        "@pytest.fixture\n"
        "def weights():\n"
        "    return json.loads(importlib.resources.files('pkg.tables').joinpath('weights.json').read_text())\n"
        "def test_it(benchmark, weights):\n"
        "    words = [each.read_text() for each in sorted((HERE / 'words').glob('*.txt'))]\n"
        "    (HERE / 'scratch.txt').write_text('mine')\n"
        "    (HERE / 'scratch.txt').read_text()\n"
        "    (HERE.parent.parent / 'x.egg-info/SOURCES.txt').read_text()\n"
        "    (HERE / 'sample.py').read_text()\n"
        "    linecache.getlines(str(HERE / 'helpers.py'))\n"
        "    if (HERE / 'notes').exists() or not os.path.exists('maybe.txt'):\n"
        "        os.path.getsize('pkg/weighed.bin')\n"
        "    try:\n"
        "        open(HERE / 'override.txt')\n"
        "    except OSError:\n"
        "        pass\n"
        "    assert benchmark(pkg.work, helpers.rows(SIZE) + words) > 0\n"
    ),
    "tests/perf/test_other.py": "import pkg.unused\ndef test_other(benchmark):\n    benchmark(len, 'ab')\n",
}


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


NEIGHBOURS = {
    "pytest.ini": "[pytest]\n",
    "core/__init__.py": "import importlib.metadata\nVERSION = importlib.metadata.version('pytest')\n",
    "rows.txt": "5",
    "app/v1/part.py": "def work(n):\n    'Sum.'\n    return sum(range(n))\n",
    "app/v2/part.py": "def work(n):\n    return 0\n",
    "app/spoken.py": "def size():\n    '7'\nSIZE = int(size.__doc__)\n",
    "app/tests/perf/test_it.py": (
        "import os, pathlib, sys\n"
        "sys.path[:0] = ['current', '.', '..']\n"
        "import core, part, spoken\n"
        "def test_it(benchmark):\n"
        "    os.makedirs('out', exist_ok=True)\n"
        "    pathlib.Path('out', str(os.getpid())).write_text('mine')\n"
        "    os.makedirs(f'runs/{os.getpid()}')\n"
        "    os.makedirs('kept', exist_ok=True)\n"
        "    pathlib.Path('draft').write_text('mine')\n"
        "    os.replace('draft', f'kept/{os.getpid()}')\n"
        "    assert os.listdir('out') and os.listdir('runs') and os.listdir('kept')\n"
        "    assert pathlib.Path('newest').resolve().name == 'v1'\n"
        "    assert benchmark(part.work, int(open('../rows.txt').read())) == 10\n"
    ),
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Sample]]:
    root = tmp_path_factory.mktemp("watched") / "project"
    write(root, PROJECT)
    seen = measure(root, [(WORKLOAD, (Pass.DEPENDENCIES,)), (OTHER, (Pass.DEPENDENCIES,))])
    assert [each.failure for each in seen.samples] == [None, None]
    return root, {each.workload: each for each in seen.samples}


@pytest.fixture
def project(measured: tuple[Path, dict[str, Sample]], tmp_path: Path) -> Path:
    """A copy to edit."""
    return Path(shutil.copytree(measured[0], tmp_path / "copy"))


def changed(sample: Sample, root: Path) -> set[str]:
    states = current_states([sample], root=root)
    return {each.name for each in sample.dependencies if states[each.kind, each.name] != each.state}


def test_nothing_changed_by_itself(measured, project: Path) -> None:
    assert changed(measured[1][WORKLOAD], project) == set()


LATER = PROJECT["pkg/eager.py"]


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("pkg/eager.py", LATER.replace("    return total", "        break\n    return total"), None),
        ("pkg/eager.py", LATER.replace("        total +=", "    total +="), None),  # a dedent alone
        ("pkg/eager.py", LATER.replace("power=1", "power=2"), None),
        ("pkg/later.py", "import functools\n@functools.cache\n" + PROJECT["pkg/later.py"], None),
        ("pkg/__init__.py", PROJECT["pkg/__init__.py"] + "x = 1\n", None),
        ("pkg/tables/weights.json", "[1, 2, 3]", None),
        ("pkg/speedups.py", "def work(rows):\n    return 1\n", None),  # a module that it would import were it there
        ("pkg/speedups/fast.py", "", "pkg/speedups"),
        ("speedups.so", "", None),
        ("conftest.py", "SCALE = 3\n", None),
        ("tests/conftest.py", "import gc\ngc.disable()\n", None),  # one that was not there
        ("tests/perf/conftest.py", "import gc\n", None),
        ("pytest.ini", "[pytest]\npythonpath = other\n", "tests/perf"),
        ("tests/pytest.ini", "[pytest]\n", "tests/perf"),
        ("pyproject.toml", "[tool.pytest.ini_options]\nmarkers = ['b']\n", "tests/perf"),
        ("tests/perf/sizes.txt", "5000", None),
        ("tests/perf/sample.py", "x = 1  # to be parsed, and longer\n", None),
        ("tests/perf/pkg/__init__.py", "", None),  # what would be found first
        ("tests/perf/pkg.py", "", None),
        ("src/pkg/__init__.py", "", None),  # of a folder that was not there
        ("tests/perf/helpers/__init__.py", "", None),
        ("tests/perf/override.txt", "it was looked for", None),
        ("tests/perf/notes", "so was this", None),
        ("maybe.txt", "and this", None),
        ("pkg/weighed.bin", "of another size", None),
        ("tests/perf/helpers.py", "def rows(n):\n    return ['x'] * n * n\n", None),
        ("tests/perf/words/two.txt", "c d", None),
        ("tests/perf/words/three.txt", "e", "tests/perf/words"),
        ("tests/perf/test_it.py", PROJECT["tests/perf/test_it.py"].replace("(SIZE)", "(SIZE + 1)"), None),
    ],
)
def test_an_edit_of_what_it_rests_on_is_seen(measured, project: Path, file: str, text: str, name: str | None) -> None:
    write(project, {file: text})
    assert changed(measured[1][WORKLOAD], project) == {name or file}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pkg/eager.py", "# said\n\n" + LATER.replace("total = 0", "total  =  0  # so far")),
        ("pkg/later.py", 'def weight(\n    row,\n):\n    """Another word."""\n\n    return len(row)\n'),
        ("pkg/unused.py", "x = 2\n"),
        ("tests/perf/helpers.py", "# shown in a traceback\n" + PROJECT["tests/perf/helpers.py"]),
        ("helpers.py", "found later\n"),
        ("src/helpers.py", "found later too\n"),
        ("pkg/new.py", "x = 2\n"),
        ("tests/perf/unread.txt", "something"),
        ("tests/perf/test_other.py", PROJECT["tests/perf/test_other.py"] + "x = 1\n"),
        ("tests/perf/scratch.txt", "what the workload writes itself"),
        ("tests/perf/words/__pycache__/x.pyc", "bytecode"),
        ("README.md", "words"),
        ("x.egg-info/SOURCES.txt", "written by another installation"),
        ("pyproject.toml", PROJECT["pyproject.toml"].replace("'x'", "'y'") + "[tool.ruff]\nline-length = 99\n"),
    ],
)
def test_what_it_does_not_rest_on_may_change(measured, project: Path, file: str, text: str) -> None:
    write(project, {file: text})
    assert changed(measured[1][WORKLOAD], project) == set()


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sample]:
    """A project in a part of a repository, with links and with a folder for what it writes."""
    top = tmp_path_factory.mktemp("neighbours") / "repository"
    write(top, {**NEIGHBOURS, ".git/HEAD": ""})
    for link in ("current", "newest"):
        (top / "app" / link).symlink_to("v1")
    seen = measure(top / "app", [(WORKLOAD, (Pass.DEPENDENCIES,))])
    assert [each.failure for each in seen.samples] == [None]
    return top, seen.samples[0]


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("core/__init__.py", "VERSION = '1'\n", {"../core/__init__.py"}),  # beside the project
        ("rows.txt", "50", {"../rows.txt"}),
        ("pytest.ini", "[pytest]\npythonpath = .\n", {"tests/perf"}),
        ("app/spoken.py", NEIGHBOURS["app/spoken.py"].replace("7", "700"), {"spoken.py"}),  # a docstring that it reads
        ("app/out/1", "of another process", set()),
        ("app/runs/1/x", "of another process", set()),
        ("app/kept/1", "of another process", set()),
        ("app/new.txt", "listed only for the distributions that lie in the folder", set()),
    ],
)
def test_a_repository_around_the_project_counts_and_what_it_writes_itself_does_not(
    neighbours, tmp_path: Path, file: str, text: str, names: set[str]
) -> None:
    top = Path(shutil.copytree(neighbours[0], tmp_path / "copy", symlinks=True))
    write(top, {file: text})
    assert changed(neighbours[1], top / "app") == names


@pytest.mark.parametrize(("link", "name"), [("current", "current/part.py"), ("newest", "newest")])
def test_a_link_that_leads_elsewhere_is_a_change(neighbours, tmp_path: Path, link: str, name: str) -> None:
    app = Path(shutil.copytree(neighbours[0], tmp_path / "copy", symlinks=True)) / "app"
    (app / link).unlink()
    (app / link).symlink_to("v2")
    assert name in changed(neighbours[1], app)


def test_a_file_that_is_gone_is_a_change(measured, project: Path) -> None:
    (project / "tests/perf/sizes.txt").unlink()
    assert changed(measured[1][WORKLOAD], project) == {"tests/perf/sizes.txt"}


def test_each_test_file_is_watched_in_a_process_of_its_own(measured) -> None:
    names = {each.name for each in measured[1][OTHER].dependencies}
    assert "pkg/unused.py" in names
    assert not names & {"tests/perf/sizes.txt", "pkg/later.py", "tests/perf/test_it.py"}


def test_the_versions_of_imported_distributions_are_kept_and_the_worker_is_none(measured) -> None:
    sample = measured[1][WORKLOAD]
    found = {each.name: each.state for each in sample.dependencies if each.kind is DependencyKind.DISTRIBUTION}
    assert found["pytest"] == pytest.__version__
    assert not any("worker" in each.name for each in sample.dependencies)


@pytest.mark.parametrize(
    ("before", "after"),
    [("x = 1", "x = True"), ("x = 1", "x = 1.0"), ("def f(): pass", "async def f(): pass"), ("(a)", "(a,)")],
)
def test_a_syntax_tree_tells_apart_what_runs_differently(before: str, after: str) -> None:
    assert source_digest(before.encode()) != source_digest(after.encode())


def test_what_is_no_python_or_too_deep_is_digested_as_it_is() -> None:
    assert source_digest(b"def (") != source_digest(b"def )")
    deep = b"(" * 5000 + b")" * 5000
    assert source_digest(deep) != source_digest(deep + b"\n")


def test_what_cannot_be_read_has_a_state_too(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    states = {name: state_of(DependencyKind.FILE, name, root=tmp_path) for name in ("folder", "no/x.txt", "a\0b")}
    assert states["no/x.txt"] == "absent"
    assert all(states.values())
