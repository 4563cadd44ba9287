"""Where a repository has its benchmarks: the test files that use the fixture or the marker, found by their text."""

import ast
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from boss_perf.errors import MeasureError
from boss_perf.measure.product import SUITE_WORDS
from boss_perf.measure.tree import files_of
from boss_perf.worker import FIXTURES, MARKERS

PYTEST_NAMES = ("test_*.py", "*_test.py")
LARGEST_FILE_BYTES = 2_000_000

Definition = tuple[str, bool, frozenset[str]]
"""A function's name, whether it is a fixture, and the fixtures that it asks for."""


def suite_files(root: Path) -> tuple[str, ...]:
    """The files with benchmarks below a folder, or in place of many of them the folder; none where no text tells.

    A test may ask for a fixture of the suite's own that asks for `benchmark`. A folder stands for its test files where
    all of them have benchmarks; files that pytest would not collect by their name are named themselves.
    """
    try:
        sources = [each for each in files_of(root) if each.endswith(".py")]
    except MeasureError:
        return ()
    known = {file: (text, tuple(_definitions(text))) for file in sources if (text := _text(root / file))}
    named = set(FIXTURES)
    while (
        more := {name for _, each in known.values() for name, is_fixture, asked in each if is_fixture and asked & named}
        - named
    ):
        named |= more
    users = {file for file, (_, each) in known.items() if any(_is_benchmark(found, named) for found in each)}
    tests = [each for each in sources if _is_collected(each)]
    if any("collect_ignore" in _text(root / each) for each in sources if each.endswith("conftest.py")):
        return tuple(sorted(users))  # a folder may be ignored where its files, named one by one, are not
    return tuple(dict.fromkeys(_standing(file, users, tests) for file in sorted(users)))


def _is_benchmark(found: Definition, named: set[str]) -> bool:
    name, is_fixture, asked = found
    return not is_fixture and name.lower().startswith(("test", "bench")) and bool(asked & named)


def _definitions(text: str) -> Iterator[Definition]:
    if not any(each in text for each in FIXTURES | {"fixture", "def test"}):
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    is_marked_file = any(
        isinstance(node, ast.Assign)
        and any(isinstance(each, ast.Name) and each.id == "pytestmark" for each in node.targets)
        and _marks(node.value)
        for node in tree.body
    )
    classes = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)]
    places: tuple[ast.Module | ast.ClassDef, ...] = (tree, *classes)
    for place in places:
        is_marked = is_marked_file or any(map(_marks, getattr(place, "decorator_list", ())))
        for node in place.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield _definition(node, is_marked=is_marked)


def _definition(node: ast.FunctionDef | ast.AsyncFunctionDef, *, is_marked: bool) -> Definition:
    asked = {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Attribute(attr="getfixturevalue" | "usefixtures"), args=given):
                asked.update(str(each.value) for each in given if isinstance(each, ast.Constant))
    if is_marked or any(map(_marks, node.decorator_list)):
        asked.add("benchmark")
    is_fixture = any(
        isinstance(each, ast.Name | ast.Attribute) and getattr(each, "attr", getattr(each, "id", "")) == "fixture"
        for decorator in node.decorator_list
        for each in ast.walk(decorator)
    )
    return node.name, is_fixture, frozenset(asked)


def _marks(node: ast.expr) -> bool:
    """Whether `pytest.mark.benchmark`, or codspeed's, is somewhere in it."""
    return any(isinstance(each, ast.Attribute) and each.attr in MARKERS for each in ast.walk(node))


def _text(path: Path) -> str:
    try:
        return "" if path.stat().st_size > LARGEST_FILE_BYTES else path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _is_collected(file: str) -> bool:
    return any(fnmatch(PurePosixPath(file).name, each) for each in PYTEST_NAMES)


def _standing(file: str, users: set[str], tests: Sequence[str]) -> str:
    """The outermost folder of tests around a file in which all are benchmarks, else the file itself."""
    if not _is_collected(file):
        return file
    for parent in reversed(PurePosixPath(file).parents[:-1]):
        is_suite = parent.name.lower() in SUITE_WORDS
        if is_suite and all(each in users for each in tests if each.startswith(f"{parent}/")):
            return str(parent)
    return file
