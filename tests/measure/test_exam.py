"""Both arms are base's checkout with one side's product, in trees of our own; what cannot be told apart is refused."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from unittest import mock

import pytest
from test_gate import git, make_repository

from boss_perf.errors import MeasureError
from boss_perf.judge.gate.terms import GateTerms
from boss_perf.measure.build import run_setup
from boss_perf.measure.collection import collect_suite
from boss_perf.measure.exam import Exam, prepare
from boss_perf.measure.laid_arms import Origins
from boss_perf.measure.tree import LINKED_FROM_BYTES, Tree
from boss_perf.measure.worktree import copied, worktree
from boss_perf.model.gate import Side
from boss_perf.worker.messages import Collected, Found

SUITE = "import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work, 300)\n"
BASE = {"pkg/__init__.py": "def work(n):\n    return n\n", "tests/test_bench.py": SUITE, "tests/size.json": "1"}
SLOWER = "def work(n):\n    return n + 0\n"


def read(tree: Tree, suite: Sequence[str], **_: object) -> Collected:
    """The benchmarks that the text of a suite tells; to run pytest for them takes most of an exam's time."""
    files = [file for folder in suite for file in sorted((tree.root / folder).rglob("test_*.py"))]
    found = [
        Found(f"{file.relative_to(tree.root).as_posix()}::{name}", "benchmark", str(file), 1)
        for file in files
        for name in re.findall(r"def (test_\w+)\(benchmark", file.read_text(encoding="utf-8"))
    ]
    return Collected(tuple(found))


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@contextmanager
def examined(
    root: Path,
    *,
    folder: str = "",
    path: tuple[str, ...] = (),
    suite: tuple[str, ...] = ("tests",),
    examining: tuple[str, ...] = (),
    setup: tuple[str, ...] = (),
    built: bool = False,
    is_run: bool = False,
) -> Iterator[Exam]:
    """The exam of the working tree against its last commit; a set-up command runs in copies of both.

    `is_run`: pytest itself collects the suite, and is not spared.
    """
    collect = collect_suite if is_run else read
    with (
        worktree(root, "HEAD") as checkout,
        ExitStack() as stack,
        mock.patch("boss_perf.measure.exam.collect_suite", collect),
    ):
        base, head = (
            Tree(root=top / folder, side=Side(name, None), python=sys.executable, path=path)
            for name, top in (("base", checkout), ("head", root))
        )
        if setup:
            head = stack.enter_context(copied(head))
            run_setup(base, setup)
            run_setup(head, setup)
        terms = GateTerms(suite=suite, examining=examining, today=date(2026, 11, 28))
        with prepare(base, head, suite=base, terms=terms, is_built=built or bool(setup)) as exam:
            yield exam


def texts(root: Path) -> dict[str, str]:
    """The files of a tree that no run has left."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts[len(root.parts) :] and "__pycache__" not in path.parts
    }


def test_heads_arm_is_bases_checkout_with_heads_product(tmp_path: Path) -> None:
    before = {
        **BASE,
        "conftest.py": "",
        "data.txt": "base",
        "pkg/tests/test_in.py": "x = 1",
        "pkg/gone.py": "",
        "one.py": "",
    }
    root = make_repository(tmp_path / "r", before)
    head = {
        "pkg/__init__.py": SLOWER, "pkg/table.json": "2", "pkg/tests/test_in.py": "x = 2", "pkg/conftest.py": "",
        "conftest.py": "y = 1", "data.txt": "head", "tests/size.json": "2", "tests/test_new.py": "", "pytest.ini": "",
        "new/__init__.py": "", "new/__pycache__/a.cpython-311.pyc": "", "sitecustomize.py": "",
        "x.egg-info/entry_points.txt": "",
    }  # fmt: skip
    write(root, head)
    (root / "pkg/gone.py").unlink()
    with examined(root) as exam:
        assert texts(exam.arms.base.root) == before
        product = {"pkg/__init__.py": SLOWER, "pkg/table.json": "2", "new/__init__.py": ""}
        assert texts(exam.arms.head.root) == {
            name: text for name, text in {**before, **product}.items() if name != "pkg/gone.py"
        }
        assert exam.edited
        assert not {"pkg/table.json", "pkg/gone.py", "new/__init__.py"} & set(exam.edited)
    assert git(root, "worktree", "list").count("\n") == 0


def test_a_new_module_that_is_called_like_a_test_comes_with_the_package_that_imports_it(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", BASE)
    write(root, {"pkg/__init__.py": "from pkg.t_test import work\n", "pkg/t_test.py": SLOWER, "pkg/test_a.py": ""})
    with examined(root) as exam:
        assert set(texts(exam.arms.head.root)) == {*BASE, "pkg/t_test.py"}
        assert set(texts(exam.arms.base.root)) == set(BASE)
        assert exam.edited == ("pkg/test_a.py",)


def test_the_paths_of_both_arms_have_one_length_and_tell_no_side(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", BASE)
    write(root, {"pkg/__init__.py": SLOWER, "tests/test_more.py": SUITE.replace("test_it", "test_more")})
    with examined(root, is_run=True) as exam:
        later = exam.arms_of_head()
        trees = [exam.arms.base, exam.arms.head, later.base, later.head]
        assert len({len(str(each.root)) for each in trees}) == 1
        assert len({str(each.root) for each in trees}) == 4
        assert all(each.is_ours for each in trees)
        assert exam.declared.names == ("tests/test_bench.py::test_it",)
        assert exam.declared.added == ("tests/test_more.py::test_more",)
        assert (later.base.root / "pkg/__init__.py").read_text() == BASE["pkg/__init__.py"]
        assert (later.base.root / "tests/test_more.py").exists()


def test_a_suite_that_the_change_leaves_alone_is_collected_on_both_products_only(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", BASE)
    write(root, {"pkg/__init__.py": SLOWER, "README.md": "words"})
    with examined(root) as exam:
        assert (exam.edited, exam.notes) == ((), ())
        assert exam.arms_of_head() is exam.arms
        assert git(root, "worktree", "list").count("\n") == 2


def test_bytecode_of_a_commit_is_left_behind_on_both_sides(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**BASE, "pkg/__pycache__/old.pyc": "x", "pkg/sourceless.pyc": "x"})
    write(root, {"pkg/__pycache__/new.pyc": "x"})
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "bytecode")
    with examined(root) as exam:
        for tree in (exam.arms.base, exam.arms.head):
            names = {each.name for each in tree.root.rglob("*.pyc")}
            assert not {"old.pyc", "new.pyc", "sourceless.pyc"} & names


def test_a_part_of_a_repository_is_examined_with_source_folders_beside_it(tmp_path: Path) -> None:
    files = {f"apps/shop/{name}": text for name, text in BASE.items()} | {"libs/src/deep/__init__.py": "x = 1"}
    root = make_repository(tmp_path / "r", files)
    write(root, {"libs/src/deep/__init__.py": "x = 2", "apps/shop/pkg/__init__.py": SLOWER, "libs/notes.txt": ""})
    with examined(root, folder="apps/shop", path=(".", "../../libs/src"), is_run=True) as exam:
        assert (exam.arms.head.root / "pkg/__init__.py").read_text() == SLOWER
        assert (exam.arms.head.root / "../../libs/src/deep/__init__.py").read_text() == "x = 2"
        assert (exam.arms.base.root / "../../libs/src/deep/__init__.py").read_text() == "x = 1"
        assert exam.declared.names == ("tests/test_bench.py::test_it",)


def test_the_projects_of_one_repository_are_found_and_each_is_product(tmp_path: Path) -> None:
    shop = {f"packages/shop/src/{name}": text for name, text in BASE.items() if name.startswith("pkg")}
    suite = {"packages/shop/tests/test_bench.py": SUITE, "packages/shop/pyproject.toml": ""}
    root = make_repository(tmp_path / "r", {**shop, **suite, "packages/other/setup.py": "", "README.md": ""})
    write(root, {"packages/shop/src/pkg/__init__.py": SLOWER})
    with examined(root, suite=("packages/shop/tests",)) as exam:
        assert exam.declared.names == ("packages/shop/tests/test_bench.py::test_it",)
        assert (exam.arms.head.root / "packages/shop/src/pkg/__init__.py").read_text() == SLOWER
        assert (exam.arms.base.root / "packages/shop/src/pkg/__init__.py").read_text() == BASE["pkg/__init__.py"]


def test_a_new_module_that_hides_an_installed_one_is_refused(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**BASE, "yaml.py": ""})
    with examined(root):
        pass  # one that was there before is the project's own affair
    for name, said in (("typer.py", "the installed typer"), ("queue/__init__.py", "a module of Python itself")):
        write(root, {name: ""})
        with pytest.raises(MeasureError, match=said), examined(root):
            pass
        (root / name).unlink()


@pytest.mark.parametrize("brought", ["pkg/__init__.py", "pkg"])
def test_what_is_product_in_base_is_measured_whatever_the_change_makes_of_it(tmp_path: Path, brought: str) -> None:
    root = make_repository(tmp_path / "r", BASE)
    slower = SLOWER + "def test_new(benchmark):\n    benchmark(len, '')\n"
    write(root, {"pkg/__init__.py": slower, "conftest.py": "pytest_plugins = ['pkg']\n"})
    with examined(root, suite=("tests", brought), examining=("tests",)) as exam:
        assert [(each.root / "pkg/__init__.py").read_text() for each in (exam.arms.base, exam.arms.head)] == [
            BASE["pkg/__init__.py"], slower,
        ]  # fmt: skip


def test_a_second_module_of_a_name_is_refused_when_the_change_brings_it(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", BASE)
    write(root, {"src/pkg/__init__.py": SLOWER})
    with pytest.raises(MeasureError, match="new second module pkg"), examined(root):
        pass
    (root / "pkg/__init__.py").unlink()
    with examined(root) as exam:
        assert (exam.arms.head.root / "src/pkg/__init__.py").read_text() == SLOWER


IGNORING = {**BASE, ".gitignore": "*.so\n_version.py\n*.bin\n"}


def test_a_generated_module_that_base_lacks_is_refused(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", IGNORING)
    write(root, {"pkg/_version.py": "v = 1"})
    with pytest.raises(MeasureError, match=r"base lacks pkg/_version.py, which git ignores") as refusal, examined(root):
        pass
    assert "--setup" in str(refusal.value.hint)


def test_a_binary_of_equal_sources_serves_both_sides(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**IGNORING, "pkg/_fast.c": "int x;"})
    write(root, {"pkg/_fast.so": "built", "pkg/table.bin": "data", "pkg/__init__.py": SLOWER})
    with examined(root) as exam:
        for tree in (exam.arms.base, exam.arms.head):
            assert (tree.root / "pkg/_fast.so").read_text() == "built"
            assert (tree.root / "pkg/table.bin").read_text() == "data"


@pytest.mark.parametrize("file", ["pkg/_fast.c", "native/deep.pyx", "setup.py"])
def test_a_changed_source_of_a_binary_wants_a_build(tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boss_perf.measure.build._installer", lambda python: [python, "-c", "raise SystemExit(3)"])
    before = {"pkg/_fast.c": "int x;", "native/deep.pyx": "", "setup.py": "no()"}
    root = make_repository(tmp_path / "r", {**IGNORING, **before})
    write(root, {"pkg/_fast.so": "built", file: "other"})
    with pytest.raises(MeasureError, match=f"{file} differs") as refusal, examined(root):
        pass
    assert "--setup" in str(refusal.value.hint)
    with pytest.raises(MeasureError, match=r"base lacks pkg/_fast.so"), examined(root, built=True):
        pass


def test_a_version_in_the_setup_of_a_project_without_binaries_needs_none(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**BASE, "setup.py": "v = 1", "tests/sample.c": "int x;"})
    write(root, {"setup.py": "v = 2", "tests/sample.c": "int y;"})
    with examined(root) as exam:
        assert exam.declared.names


def test_links_are_not_written_through_and_what_they_lead_to_is_measured(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, {"pkg/__init__.py": "outside", "kept.txt": "kept"})
    root = make_repository(
        tmp_path / "r", {"lib/one/__init__.py": BASE["pkg/__init__.py"], "checks/test_bench.py": SUITE}
    )
    (root / "pkg").symlink_to("lib/one")
    (root / "tests").symlink_to("checks")
    (root / "data").symlink_to(outside)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "links")
    write(root, {"lib/one/__init__.py": SLOWER})
    with examined(root) as exam:
        assert (exam.arms.head.root / "pkg/__init__.py").read_text() == SLOWER
        assert (exam.arms.base.root / "pkg/__init__.py").read_text() == BASE["pkg/__init__.py"]
    (root / "pkg").unlink()
    (root / "pkg").symlink_to(outside / "pkg")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "out of the tree")
    (root / "pkg").unlink()
    write(root, {"pkg/__init__.py": SLOWER})
    with examined(root) as exam:
        assert (exam.arms.head.root / "pkg/__init__.py").read_text() == SLOWER
    assert texts(outside) == {"pkg/__init__.py": "outside", "kept.txt": "kept"}


def test_large_files_are_not_copied_between_the_arms_and_never_shared_with_the_user(tmp_path: Path) -> None:
    large = "x" * LINKED_FROM_BYTES
    root = make_repository(tmp_path / "r", {**BASE, "tests/large.txt": large, "pkg/large.txt": large})
    with examined(root) as exam:
        base, head = exam.arms.base.root, exam.arms.head.root
        assert (base / "tests/large.txt").samefile(head / "tests/large.txt")
        for name in ("tests/large.txt", "pkg/large.txt"):
            assert not (root / name).samefile(head / name)
        assert not (base / "pkg/large.txt").samefile(head / "pkg/large.txt")
        assert not (base / "tests/size.json").samefile(head / "tests/size.json")


def test_a_module_from_a_folder_that_the_suite_puts_on_the_path_is_the_trees_own(tmp_path: Path) -> None:
    tree = Tree(root=tmp_path, side=Side("HEAD", None), python=sys.executable)
    origins = Origins(tree, tree, modules=frozenset({"source"}), is_product="source/shop.py".__eq__)
    origins.refuse_idle(tree, [("shop", "source/shop.py")])
    with pytest.raises(MeasureError, match="the benchmarks loaded nothing from there"):
        origins.refuse_idle(tree, [("helpers", "tests/helpers.py")])


def test_code_that_an_editable_install_serves_from_the_users_tree_is_refused_before_anything_is_timed(
    tmp_path: Path,
) -> None:
    root = make_repository(tmp_path / "r", {**BASE, ".gitignore": "only_here/\n"})
    write(root, {"only_here/fast.py": "x = 1"})
    serving = f"import pkg\npkg.__path__.append({str(root / 'only_here')!r})\nimport pkg.fast\n"
    write(root, {"tests/conftest.py": serving})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "served")
    with pytest.raises(MeasureError, match=r"pkg.fast comes from .*only_here/fast.py"), examined(root, is_run=True):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("is_changed", [True, False])
def test_a_neighbour_in_the_users_repository_may_be_imported_while_it_is_equal(
    tmp_path: Path, is_changed: bool
) -> None:
    root = make_repository(
        tmp_path / "r", {f"shop/{name}": text for name, text in BASE.items()} | {"libs/deep.py": "x = 1"}
    )
    serving = f"import sys\nsys.path.append({str(root / 'libs')!r})\nimport deep\n"
    write(root, {"shop/tests/conftest.py": serving})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "served")
    if not is_changed:
        with examined(root, folder="shop", is_run=True) as exam:
            assert exam.declared.names
        return
    write(root, {"libs/deep.py": "x = 2"})
    with pytest.raises(MeasureError, match="deep comes from"), examined(root, folder="shop", is_run=True):
        pass


def test_names_with_blanks_and_letters_of_other_alphabets_and_of_one_case_only(tmp_path: Path) -> None:
    names = ("tests/größe 1.json", "pkg/Данные.txt", "pkg/Case.txt", "pkg/case.txt", "tests/-p.txt")
    root = make_repository(tmp_path / "dépôt d’essai", {**BASE, **dict.fromkeys(names, "base")})
    write(root, dict.fromkeys(names, "head"))
    with examined(root) as exam:
        told = {name: (exam.arms.head.root / name).read_text() for name in names}
    assert told == {name: "head" if name.startswith("pkg/") else "base" for name in names}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_nobody_may_read_is_named(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", BASE)
    (root / "pkg/__init__.py").chmod(0)
    with pytest.raises(MeasureError, match="cannot be copied: Permission denied"), examined(root):
        pass
