"""Where a repository has its benchmarks: the test files that use the fixture or the marker, found by their text."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from boss_perf.errors import MeasureError
from boss_perf.measure.product import SUITE_WORDS, read_text
from boss_perf.measure.tree import files_of
from boss_perf.worker import FIXTURES, MARKERS, SETTINGS_FILES

PYTEST_NAMES = ("test_*.py", "*_test.py")
TEST_NAMES = ("test*", "bench*", "perf_*")
LONGEST_SOURCE = 2_000_000
_OWN_NAMES = re.compile(r"^[ \t]*python_functions\s*=\s*(\[[^\]]*\]|.*(?:\n[ \t]+.*)*)", re.MULTILINE)

Definition = tuple[str, bool, frozenset[str]]
"""A name, whether it is a fixture's, and the fixtures that are asked for; a class counts as a fixture of its tests."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def suite_files(root: Path) -> tuple[str, ...]:
    """The files with benchmarks below a folder, or in place of many of them the folder; none where no text tells.

    A test may ask for a fixture of the suite's own that asks for `benchmark`. A folder stands for its test files where
    all of them have benchmarks; files that pytest would not collect by their name are named themselves.
    """
    try:
        files = files_of(root)
    except MeasureError:
        return ()
    sources = [each for each in files if each.endswith(".py")]
    tests_are = (*TEST_NAMES, *_own_names(root, files))
    defined = {file: tuple(_definitions(read_text(root / file), tests_are)) for file in sources}
    named, more = set[str](), set(FIXTURES)
    while more:
        named |= more
        asking = (
            name for found in defined.values() for name, is_fixture, asked in found if is_fixture and asked & named
        )
        more = set(asking) - named
    users = {
        file
        for file, found in defined.items()
        if any(not is_fixture and asked & named and _is_test(name, tests_are) for name, is_fixture, asked in found)
    }
    tests = [each for each in sources if _is_collected(each)]
    if any("collect_ignore" in read_text(root / each) for each in sources if each.endswith("conftest.py")):
        return tuple(sorted(users))  # a folder may be ignored where its files, named one by one, are not
    return tuple(dict.fromkeys(_standing(file, users, tests) for file in sorted(users)))


def _own_names(root: Path, files: Sequence[str]) -> Iterator[str]:
    """What a suite's own settings call its tests, as patterns."""
    for file in files:
        if PurePosixPath(file).name in SETTINGS_FILES:
            for stated in _OWN_NAMES.findall(read_text(root / file)):
                yield from (f"{each}*" for each in re.findall(r"[\w*?]+", stated))


def _is_test(name: str, tests_are: Sequence[str]) -> bool:
    return any(fnmatch(name.lower(), each.lower()) for each in tests_are)


def _definitions(text: str, tests_are: Sequence[str]) -> Iterator[Definition]:
    if len(text) > LONGEST_SOURCE or not any(each in text for each in FIXTURES | {"fixture", "def test", "class Test"}):
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    if "getfixturevalue" not in text:
        _drop_bodies(tree)
    yield from _definitions_in(tree, frozenset(), tests_are)
    for each in ast.walk(tree):
        if isinstance(each, ast.ClassDef):
            yield from _definitions_in(each, _of_all(tree), tests_are)


def _drop_bodies(node: ast.AST) -> None:
    """Leave of functions what stands around them: to look through the rest of a large suite takes seconds."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, Function):
            each.body = []
        elif not isinstance(each, ast.expr):
            _drop_bodies(each)


def _definitions_in(
    place: ast.Module | ast.ClassDef, outer: frozenset[str], tests_are: Sequence[str]
) -> Iterator[Definition]:
    """A class, and the functions of a class or module, whose tests all have what `outer` names too."""
    functions = [each for each in place.body if isinstance(each, Function)]
    of_all = outer | _of_all(place)
    if isinstance(place, ast.ClassDef):
        bases = {getattr(each, "attr", getattr(each, "id", "")) for each in place.bases}
        tests = {asked for each in functions if _is_test(each.name, tests_are) for asked in _asked(each)}
        kinds = (True, False) if place.name.startswith("Test") else (True,)  # others are nothing that pytest collects
        yield from ((place.name, is_fixture, frozenset(_of_all(place) | bases | tests)) for is_fixture in kinds)
        of_all |= {place.name}
    for each in functions:
        words = _fixture_words(each)
        yield (each.name, False, _asked(each) | of_all) if words is None else (
            str(words.get("name") or each.name), True, _asked(each)
        )  # fmt: skip


def _of_all(place: ast.Module | ast.ClassDef) -> frozenset[str]:
    """What all tests of a class or module ask for: by the marks around them, by fixtures that use themselves."""
    marks: list[ast.AST] = [*getattr(place, "decorator_list", ())]
    asked: set[str] = set()
    for each in place.body:
        match each:
            case ast.Assign(targets=[ast.Name(id="pytestmark")]):
                marks.append(each.value)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if (_fixture_words(each) or {}).get("autouse"):
                asked |= _asked(each)
    return frozenset(asked.union(*map(_named, marks)))


def _asked(node: Function) -> frozenset[str]:
    """The fixtures that a function asks for, as an argument or by name."""
    arguments = {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    return frozenset(arguments.union(*map(_named, (node, *node.decorator_list))))


def _named(node: ast.AST) -> Iterator[str]:
    """The fixtures that code names in a call, and `benchmark` for its marker, `pytest.mark.benchmark` or codspeed's."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Attribute(attr="getfixturevalue" | "usefixtures"), args=given):
                yield from (str(each.value) for each in given if isinstance(each, ast.Constant))
            case ast.Attribute(value=ast.Attribute(attr="mark"), attr=marker) if marker in MARKERS:
                yield "benchmark"


def _fixture_words(node: Function) -> Mapping[str, Any] | None:
    """What the decorator of a fixture is given by keyword; None for any other function."""
    for decorator in node.decorator_list:
        maker, keywords = (decorator.func, decorator.keywords) if isinstance(decorator, ast.Call) else (decorator, [])
        if getattr(maker, "attr", getattr(maker, "id", "")) == "fixture":
            return {str(each.arg): getattr(each.value, "value", None) for each in keywords}
    return None


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
