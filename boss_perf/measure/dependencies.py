"""The state of what a workload rests on: digests of files, folders and settings, versions of distributions.

A Python file that runs is digested as its syntax tree, so that comments, docstrings and layout do not count and
everything that runs does, indentation included. All other files are digested as bytes, so is one that reads docstrings.
"""

import ast
import configparser
import functools
import hashlib
import importlib.metadata
import json
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from boss_perf.model.samples import Dependency, DependencyKind, Sample
from boss_perf.worker.messages import TakenIn

ABSENT = "absent"
_CONFTESTS = ("conftest.py", "__init__.py")
_INI_SECTIONS = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_TOML_SETTINGS = ("pyproject.toml", "pytest.toml", ".pytest.toml")
_distributions = functools.cache(importlib.metadata.packages_distributions)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (ast.Module, ast.ClassDef, *_FUNCTIONS)
_UNSEEN_FIELDS = {"kind", "type_comment", "type_ignores"}
_LARGEST_SOURCE_BYTES = 2_000_000

State = tuple[DependencyKind, str]


def dependencies_of(told: TakenIn, *, test_file: str, root: Path) -> tuple[Dependency, ...]:
    """What a watched process told of one workload, in its state now.

    The settings and conftests of the folders above the test count whether they are there or not.
    """
    folders = [each.as_posix() for each in PurePosixPath(test_file).parents]
    conftests = [str(PurePosixPath(folder) / name) for folder in folders for name in _CONFTESTS]
    distributions = (name for module in told.modules for name in _distributions().get(module, ()))
    named = [
        *((DependencyKind.FILE, name) for name in {test_file, *told.files, *conftests}),
        *((DependencyKind.DATA, name) for name in told.data),
        *((DependencyKind.FOLDER, name) for name in told.folders),
        (DependencyKind.SETTINGS, folders[0]),
        *((DependencyKind.DISTRIBUTION, name) for name in set(distributions)),
    ]
    return tuple(Dependency(kind, name, state_of(kind, name, root=root)) for kind, name in sorted(named))


def current_states(samples: Iterable[Sample], *, root: Path) -> dict[State, str]:
    """Today's state of everything these samples rest on."""
    named = {(each.kind, each.name) for sample in samples for each in sample.dependencies}
    return {(kind, name): state_of(kind, name, root=root) for kind, name in named}


def files_digest(dependencies: Iterable[Dependency], *, root: Path) -> str:
    """One digest over the files among them as they are now; empty when there are none."""
    kinds = (DependencyKind.FILE, DependencyKind.DATA)
    states = [(each.name, state_of(each.kind, each.name, root=root)) for each in dependencies if each.kind in kinds]
    return hashlib.sha256(json.dumps(states).encode()).hexdigest() if states else ""


def state_of(kind: DependencyKind, name: str, *, root: Path) -> str:
    """A digest or a version; ABSENT for what is not there."""
    match kind:
        case DependencyKind.FILE | DependencyKind.DATA:
            return _file_state(root / name, is_code=kind is DependencyKind.FILE)
        case DependencyKind.FOLDER:
            return _folder_state(root / name)
        case DependencyKind.SETTINGS:
            return _settings_state(root, name)
        case DependencyKind.DISTRIBUTION:
            return _version(name)


def _file_state(path: Path, *, is_code: bool) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return f"no file{_link(path)}"
        is_parsed = is_code and path.suffix == ".py" and found.st_size <= _LARGEST_SOURCE_BYTES
        return _content_digest(path, found.st_mtime_ns, found.st_ctime_ns, is_parsed)
    except FileNotFoundError:
        return f"{ABSENT}{_link(path)}"
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}"


def _link(path: Path) -> str:
    return f", a link to {path.readlink()}" if path.is_symlink() else ""


@functools.lru_cache(maxsize=4096)
def _content_digest(path: Path, _mtime_ns: int, _ctime_ns: int, is_parsed: bool) -> str:
    with path.open("rb") as file:
        return source_digest(file.read()) if is_parsed else hashlib.file_digest(file, "sha256").hexdigest()


def source_digest(source: bytes) -> str:
    """SHA-256 over the syntax tree without docstrings and positions, over the bytes where they are no Python."""
    try:
        tree = ast.parse(source)
        form = source if b"__doc__" in source else syntax_text(tree).encode("utf-8", "surrogatepass")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        form = source
    return hashlib.sha256(form).hexdigest()


def syntax_text(node: Any, *, is_bare: bool = False) -> str:
    """A tree without docstrings and positions, alike for every version of Python: fields that are empty are left out.

    `is_bare`: of the functions within it the names only.
    """
    if isinstance(node, list):
        members = (
            each.name if is_bare and isinstance(each, _FUNCTIONS) else syntax_text(each, is_bare=is_bare)
            for each in node
        )
        return f"[{','.join(members)}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = dict(ast.iter_fields(node))
    if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
        fields["body"] = node.body[1:]
    told = (
        f"{name}={syntax_text(field, is_bare=is_bare)}"
        for name, field in fields.items()
        if field is not None and field != [] and name not in _UNSEEN_FIELDS
    )
    return f"{type(node).__name__}({','.join(told)})"


def _folder_state(path: Path) -> str:
    """Of the names in it; hidden ones and bytecode come and go by themselves."""
    try:
        names = sorted(
            each.name for each in path.iterdir() if not each.name.startswith(".") and each.name != "__pycache__"
        )
    except OSError:
        return ABSENT
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()


def _settings_state(root: Path, folder: str) -> str:
    found = []
    above = (PurePosixPath(*[".."] * depth) for depth in range(1, len(root.resolve().parts)))  # pytest looks there too
    for place in (PurePosixPath(folder), *PurePosixPath(folder).parents, *above):
        for name in (*_TOML_SETTINGS, *_INI_SECTIONS):
            told = _settings(root / place / name)
            if told is not None:
                found.append((str(place / name), told))
    return hashlib.sha256(json.dumps(found, default=str).encode()).hexdigest()


def _settings(path: Path) -> Any:
    """What a file says to pytest; None when it says nothing, its text when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    try:
        if path.suffix == ".toml":
            tool = tomllib.loads(text)
            return tool.get("tool", {}).get("pytest") if path.name == "pyproject.toml" else tool
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(text)
        section = _INI_SECTIONS[path.name]
        # A file of pytest's own makes its folder the one that settings are looked for in, even when it is empty.
        return dict(parser[section]) if parser.has_section(section) else {} if "pytest" in path.name else None
    except (tomllib.TOMLDecodeError, configparser.Error, AttributeError):
        return text


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
