"""asv suites as they are: what is collected, how each kind is set up and timed, what is skipped and said."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from measured_suites import measure

from boss_perf.measure.collection import collect, that_matter
from boss_perf.measure.fork import ArmPlace
from boss_perf.model.samples import Pass, Sample

pytest.importorskip("asv_runner")

CONFIG = """{
    // what a real one looks like
    "version": 1,
    "repo": ".",
    "matrix": {"env_nobuild": {"SUITE_WORDS": ["yes"], "PYTHONHASHSEED": ["0"]}, "req": {"numpy": [],}},
    /* thresholds */
    "regressions_thresholds": {"kinds.Time": 0.2, "kinds\\\\.TimeSort": 0.4,},
}
"""

KINDS = '''
import os, warnings
from asv_runner.benchmarks.mark import SkipNotImplemented
from .common import Base


warnings.warn("only asv's pages say so")

class Opaque:
    """An object that cannot be told from another."""
    __slots__ = ()

class TimeSort:
    params = [[10, 2000], ["up", "down"]]
    param_names = ["n", "way"]
    def setup(self, n, way="up"):
        self.rows = [(i * 7919) % n for i in range(n)]
    def time_inplace(self, n):
        rows = self.rows
        if rows == sorted(rows):
            raise AssertionError("sorted already")
        rows.sort()
    def time_copy(self, n, way):
        return sorted(self.rows)
    time_inplace.params = [[2000]]
    time_inplace.param_names = ["n"]

class TimeOnce:
    number = 1
    def setup(self):
        self.left = [1]
    def time_pop(self):
        return self.left.pop()
    def teardown(self):
        assert self.left == []

class TimeSkips:
    params = [1, 2]
    def setup(self, n):
        if n == 2:
            raise NotImplementedError("not here")
    def time_it(self, n):
        return n
    def time_later(self, n):
        raise SkipNotImplemented("not now")
    def time_never(self, n):
        raise AssertionError
    time_never.skip_params = [(1,), (2,)]

class TimeCache:
    def setup_cache(self):
        with open("made", "w") as stream:
            stream.write("made by %d" % os.getpid())
        return {"by": os.getpid()}
    def time_uses(self, cache):
        assert open("made").read() == "made by %d" % cache["by"]
        assert cache["by"] != os.getpid()
    def track_maker(self, cache):
        return cache["by"]

class TimeInherits(Base):
    pass

def time_warns():
    warnings.warn("again")
def time_folder():
    assert os.listdir() == []
def time_environment():
    assert os.environ["SUITE_WORDS"] == "yes" and os.environ["ASV_CONF_DIR"] == os.environ["ASV_BUILD_DIR"]
def time_objects(thing):
    return thing
time_objects.params = [[Opaque(), Opaque(), "a b", None]]
def track_ratio():
    return 0.25
track_ratio.unit = "ratio"
def mem_list():
    return [0] * 1000
def peakmem_list():
    return [0] * 100000
def timeraw_import():
    return "x = sum(range(20000))", "import json"
def timeraw_plain():
    return "pass"
class _TimeHidden:
    def time_no(self): ...
def timely(): ...
'''

COMMON = """
class Base:
    def time_inherited(self):
        return sum(range(50))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("asv")
    files = {
        "asv.conf.json": CONFIG,
        "benchmarks/__init__.py": "print('hello')\ndef time_top():\n    pass\n",
        "pytest.ini": "[pytest]\nfilterwarnings = error\n",
        "benchmarks/kinds.py": KINDS,
        "benchmarks/common.py": COMMON,
        "benchmarks/inner/__init__.py": "",
        "benchmarks/inner/deep.py": "class TimeDeep:\n    def time_it(self):\n        pass\n",
        "benchmarks/test_no.py": "def test_no(benchmark):\n    benchmark(len, '')\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_names_and_parameters_are_those_that_asv_discovers(root: Path) -> None:
    found = collect(ArmPlace(root=root), ("benchmarks",))
    script = (
        "import sys, json, itertools; from asv_runner._aux import update_sys_path as u;"
        "from asv_runner.discovery import disc_benchmarks as d; u(sys.argv[1]);"
        "print('\\n' + json.dumps([[b.name, [list(p) for p in itertools.product(*b.params)] if b.params else [[]]]"
        " for b in d(sys.argv[1])]))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", script, str(root / "benchmarks")], capture_output=True, text=True, check=True
    )
    theirs = {
        (name, tuple(choice)) for name, choices in json.loads(asked.stdout.splitlines()[-1]) for choice in choices
    }
    ours = set()
    for name in found.names:
        file, _, rest = name.partition("::")
        plain, _, words = rest.partition("[")
        module = file.removeprefix("benchmarks/").removesuffix(".py").removesuffix("__init__").replace("/", ".")
        values = tuple(each.partition("=")[2] for each in words.removesuffix("]").split(",")) if words else ()
        ours.add((".".join(filter(None, [module.rstrip("."), *plain.split("::")])), values))
    assert ours == theirs
    assert len(found.names) == len(set(found.names)) >= 25
    assert found.errors == ()
    assert "benchmarks/kinds.py::TimeSort::time_copy[n=10,way='down']" in found.names
    assert "benchmarks/inner/deep.py::TimeDeep::time_it" in found.names
    assert not any("test_no" in each for each in found.names)
    assert set(found.names) - set(found.timed) == {
        "benchmarks/kinds.py::track_ratio", "benchmarks/kinds.py::TimeCache::track_maker",
    }  # fmt: skip


def test_a_single_file_is_collected_without_the_others(root: Path) -> None:
    assert collect(ArmPlace(root=root), ("benchmarks/inner/deep.py",)).names == (
        "benchmarks/inner/deep.py::TimeDeep::time_it",
    )


@pytest.fixture(scope="module")
def samples(root: Path) -> Mapping[str, Sample]:
    names = collect(ArmPlace(root=root), ("benchmarks/kinds.py",)).names
    seen = measure(root, [(each, [Pass.BATCHES]) for each in names])
    return {each.workload.partition("::")[2]: each for each in seen.samples}


def test_every_kind_runs(samples: Mapping[str, Sample]) -> None:
    failed = {name: each.failure for name, each in samples.items() if each.failure is not None}
    skips = {name for name, failure in failed.items() if failure.kind == "skipped"}
    assert skips == {
        "TimeSkips::time_it[param1=2]", "TimeSkips::time_later[param1=1]", "TimeSkips::time_later[param1=2]",
        "TimeSkips::time_never[param1=1]", "TimeSkips::time_never[param1=2]",
    }  # fmt: skip
    assert {name: failed[name] for name in set(failed) - skips} == {}


def test_a_tracked_number_is_a_fact(samples: Mapping[str, Sample]) -> None:
    assert dict(samples["track_ratio"].facts) == {"tracked": 0.25}


def test_the_folder_is_left_as_it_was(root: Path, samples: Mapping[str, Sample]) -> None:
    assert samples
    assert sorted(each for each in os.listdir(root) if not each.startswith(".")) == [
        "asv.conf.json",
        "benchmarks",
        "pytest.ini",
    ]


def test_a_module_that_cannot_be_imported_is_an_error_that_matters(root: Path, tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").write_text("{}")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/__init__.py").write_text("")
    (tmp_path / "benchmarks/broken.py").write_text("import nothing_of_the_kind\ndef time_it(): ...\n")
    found = collect(ArmPlace(root=tmp_path), ("benchmarks",))
    assert [file for file, _ in that_matter(found.errors, tmp_path)] == ["benchmarks/broken.py"]
    assert "nothing_of_the_kind" in found.errors[0][1]


def test_a_missing_runner_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asv.conf.json").write_text("{}")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/it.py").write_text("def time_it(): ...\n")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "asv_runner.py").write_text(
        "raise ModuleNotFoundError('No module named asv_runner', name='asv_runner')\n"
    )
    found = collect(ArmPlace(root=tmp_path, path=(str(hidden),)), ("benchmarks",))
    ((file, said),) = that_matter(found.errors, tmp_path)
    assert file == "benchmarks/it.py"
    assert "pip install asv_runner" in said
