"""What a change of compiled sources needs is built on both sides, by the project's own build, into trees of our own."""

import json
import sys
import time
from pathlib import Path

import pytest
from test_exam import examined
from test_gate import make_repository

from boss_perf.errors import MeasureError
from boss_perf.measure import build
from boss_perf.measure.build import TARGET, run_setup
from boss_perf.measure.tree import Tree, import_path
from boss_perf.model.gate import Side

BACKEND = """
import pathlib, zipfile
def build_wheel(goal, config_settings=None, metadata_directory=None):
    source = pathlib.Path("pkg/fast.c").read_text()
    if "#error" in source:
        raise SystemExit(f"fast.c: {source}")
    with zipfile.ZipFile(pathlib.Path(goal) / "pkg-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pkg/__init__.py", pathlib.Path("pkg/__init__.py").read_text())
        wheel.writestr("pkg/fast.py", source)
        wheel.writestr("pkg-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: pkg\\nVersion: 1\\n")
        wheel.writestr("pkg-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("pkg-1.dist-info/RECORD", "")
    return "pkg-1-py3-none-any.whl"
"""
PROJECT = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["tools"]\n',
    "tools/backend.py": BACKEND,
    ".gitignore": "build/\n",
    "pkg/__init__.py": "from pkg.fast import work\n",
    "pkg/fast.c": "def work(): return 1\n",
    "tests/test_bench.py": "import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work)\n",
}
"""A project whose C source is Python, so that any machine can compile it."""


INSTALLER = """
import os, sys, zipfile
target, what = sys.argv[sys.argv.index("--target") + 1], sys.argv[-1]
if not what.endswith(".whl"):
    sys.path[:0] = ["tools"]
    import backend
    what = os.path.join(os.environ["WHEELS"], backend.build_wheel(os.environ["WHEELS"]))
zipfile.ZipFile(what).extractall(target)
"""
"""What pip does with this project, in a tenth of the time."""


@pytest.fixture(autouse=True)
def _fresh_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOSS_PERF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("WHEELS", str(tmp_path))


@pytest.fixture
def _quick_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "installer.py"
    script.write_text(INSTALLER, encoding="utf-8")
    monkeypatch.setattr(build, "_installer", lambda python: [python, str(script)])


def test_what_a_set_up_leaves_in_an_ignored_folder_of_the_import_path_is_each_sides_own(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", PROJECT)
    (root / "pkg/fast.c").write_text("def work(): return 2\n", encoding="utf-8")
    copy = "import shutil; shutil.copytree('pkg', 'build/lib/pkg'); shutil.copy('pkg/fast.c', 'build/lib/pkg/fast.py')"
    with examined(root, setup=("python", "-c", copy), path=("build/lib",)) as exam:
        for tree, answer in ((exam.arms.base, 1), (exam.arms.head, 2)):
            assert (tree.root / "build/lib/pkg/fast.py").read_text() == f"def work(): return {answer}\n"


@pytest.mark.parametrize("pip", ["pip in short", pytest.param("pip", marks=pytest.mark.slow)])
def test_a_changed_source_is_built_once_on_both_sides_and_each_runs_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, pip: str
) -> None:
    if pip != "pip":
        request.getfixturevalue("_quick_pip")
    root = make_repository(tmp_path / "r", PROJECT)
    (root / "pkg/fast.c").write_text("def work(): return 2\n", encoding="utf-8")
    before = sorted(each.relative_to(root) for each in root.rglob("*") if ".git" not in each.parts)
    with examined(root, is_run=True) as exam:
        assert exam.declared.names == ("tests/test_bench.py::test_it",)
        assert "each side was built by pip install ." in exam.notes
        for tree, answer in ((exam.arms.base, 1), (exam.arms.head, 2)):
            assert import_path(tree.root, tree.path)[0] == str(tree.root / TARGET)
            assert (tree.root / TARGET / "pkg/fast.py").read_text() == f"def work(): return {answer}\n"
    assert sorted(each.relative_to(root) for each in root.rglob("*") if ".git" not in each.parts) == before
    monkeypatch.setattr(build, "_install", None)  # the second time nothing is built
    with examined(root) as exam:
        assert (exam.arms.head.root / TARGET / "pkg/fast.py").read_text() == "def work(): return 2\n"


@pytest.mark.usefixtures("_quick_pip")
@pytest.mark.parametrize("tests", ["tests", "pkg/tests"])
def test_what_is_built_is_run_by_tests_that_are_a_package_too(tmp_path: Path, tests: str) -> None:
    project = {**PROJECT, f"{tests}/__init__.py": "", f"{tests}/test_bench.py": PROJECT["tests/test_bench.py"]}
    root = make_repository(tmp_path / "r", project)
    (root / "pkg/fast.c").write_text("def work(): return 2\n", encoding="utf-8")
    with examined(root, suite=(tests,), is_run=True) as exam:
        assert f"{tests}/test_bench.py::test_it" in exam.declared.names
        for tree, answer in ((exam.arms.base, 1), (exam.arms.head, 2)):
            assert (tree.root / "pkg/fast.py").read_text() == f"def work(): return {answer}\n"
    assert not (root / "pkg/fast.py").exists()


@pytest.mark.usefixtures("_quick_pip")
def test_a_side_that_cannot_be_built_is_named_with_the_words_of_its_build_and_a_way_out(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", PROJECT)
    (root / "pkg/fast.c").write_text("#error no\n", encoding="utf-8")
    with pytest.raises(MeasureError, match=r"pip install \. of head ended with 1") as refusal, examined(root):
        pass
    assert "fast.c: #error no" in str(refusal.value.hint)
    assert "--setup" in str(refusal.value.hint)


@pytest.mark.usefixtures("_quick_pip")
def test_a_project_that_compiles_and_was_never_built_is_built(tmp_path: Path) -> None:
    project = {**PROJECT, "setup.py": "ext_modules = 1\n"}
    root = make_repository(tmp_path / "r", project)
    with examined(root) as exam:
        assert (exam.arms.base.root / TARGET / "pkg/fast.py").exists()
    fallback = {**project, "pkg/fast.c": "#error no\n", "pkg/fast.py": "def work(): return 3\n"}
    root = make_repository(tmp_path / "s", fallback)
    with examined(root) as exam:
        assert any("measured as it lies in the repository" in each for each in exam.notes)


@pytest.mark.usefixtures("_quick_pip")
def test_a_module_that_only_a_build_writes_is_generated(tmp_path: Path) -> None:
    named = "[tool.hatch]\nbuild.hooks.vcs.version-file = 'pkg/fast.py'\n"
    root = make_repository(tmp_path / "r", {**PROJECT, "pyproject.toml": PROJECT["pyproject.toml"] + named})
    with examined(root) as exam:
        assert (exam.arms.base.root / TARGET / "pkg/fast.py").exists()


ASV_CONF = {
    "project": "pkg",
    "benchmark_dir": "benchmarks",
    "build_command": [
        "python -m pip install cython",
        "in-dir={conf_dir} MODE=fast python tools/make.py {build_cache_dir} {build_dir}",
    ],
}
MAKE = (
    "import os, sys; sys.path[:0] = ['tools']; import backend\n"
    "assert os.environ['MODE'] == 'fast' and os.path.samefile(sys.argv[2], '.')\n"
    "backend.build_wheel(sys.argv[1])\n"
)


@pytest.mark.usefixtures("_quick_pip")
def test_an_asv_suite_is_built_as_it_states_and_nothing_is_installed(tmp_path: Path) -> None:
    files = {
        **PROJECT, "tools/make.py": MAKE, "asv.conf.json": json.dumps(ASV_CONF),
        "benchmarks/__init__.py": "", "benchmarks/sums.py": "import pkg\ndef time_it():\n    pkg.work()\n",
    }  # fmt: skip
    root = make_repository(tmp_path / "r", files)
    (root / "pkg/fast.c").write_text("def work(): return 2\n", encoding="utf-8")
    with examined(root) as exam:
        assert (exam.arms.head.root / TARGET / "pkg/fast.py").read_text() == "def work(): return 2\n"
        assert "each side was built by python -m pip install cython" in "".join(exam.notes)


@pytest.mark.parametrize("command", ["make {nope}", "make 'it"])
def test_a_build_command_that_cannot_be_read_is_named(tmp_path: Path, command: str) -> None:
    files = {**PROJECT, "asv.conf.json": json.dumps({"build_command": command}), "benchmarks/__init__.py": ""}
    root = make_repository(tmp_path / "r", files)
    (root / "pkg/fast.c").write_text("def work(): return 2\n", encoding="utf-8")
    with pytest.raises(MeasureError, match="build_command: make") as refusal, examined(root):
        pass
    assert "asv.conf.json" in str(refusal.value.where)
    assert "--setup" in str(refusal.value.hint)


def has_ended(process: int) -> bool:
    """Whether a process is gone within ten seconds, or only waits for somebody to ask how it ended."""
    for _ in range(100):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def test_a_set_up_command_finds_the_measuring_interpreter_and_one_that_hangs_is_ended_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(root=tmp_path, side=Side("base", None), python=sys.executable)
    told = "import os, sys; open('told', 'w').write(sys.executable + ' ' + os.environ['BOSS_PERF_PYTHON'])"
    run_setup(tree, ["python", "-c", told])
    assert (tmp_path / "told").read_text() == f"{sys.executable} {sys.executable}"
    monkeypatch.setattr(build, "BUILD_LIMIT_S", 1.0)
    child = (
        "import os, subprocess; p = subprocess.Popen(['sleep', '60']); open('child', 'w').write(str(p.pid)); p.wait()"
    )
    with pytest.raises(MeasureError, match="the set-up command of base gave no end"):
        run_setup(tree, ["python", "-c", child])
    assert has_ended(int((tmp_path / "child").read_text()))
