"""What files import, as they are written: the code below a callable, whatever else the process has loaded."""

import ast
import functools
import os
from collections.abc import Iterable, Iterator


def with_imports(files: Iterable[str], *, root: str) -> tuple[str, ...]:
    """The files and all files below root that they import, directly or through others; relative to root, sorted.

    Imports within functions count, and so do those for type checking only. A file that is no Python imports nothing.
    """
    found: set[str] = set()
    open_ones = list(files)
    while open_ones:
        file = open_ones.pop()
        if file not in found:
            found.add(file)
            open_ones += _imported(file, root)
    return tuple(sorted(found))


@functools.cache
def _imported(file: str, root: str) -> tuple[str, ...]:
    try:
        with open(os.path.join(root, file), encoding="utf-8") as source:
            tree = ast.parse(source.read())
    except (OSError, ValueError, SyntaxError):
        return ()
    found: dict[str, None] = {}
    for folder, parts in _named(tree, os.path.dirname(file)):
        path = _file_of(root, folder, parts) or _file_of(root, folder, parts[:-1])
        if path is not None:
            found[path] = None
    return tuple(found)


def _named(tree: ast.AST, folder: str) -> Iterator[tuple[str, list[str]]]:
    """Where a search begins and the dotted name to look for; the last part of `from` may be no module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                for start in ("", "src"):
                    yield start, alias.name.split(".")
        elif isinstance(node, ast.ImportFrom):
            module = node.module.split(".") if node.module else []
            starts = ["", "src"]
            if node.level:
                above = folder.split("/")
                starts = ["/".join(above[: len(above) - node.level + 1])]
            for alias in node.names:
                for start in starts:
                    yield start, [*module, alias.name]


def _file_of(root: str, folder: str, parts: list[str]) -> str | None:
    path = "/".join([*filter(None, [folder]), *parts])
    for candidate in (f"{path}.py", f"{path}/__init__.py"):
        if path and os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None
