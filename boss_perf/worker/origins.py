"""Where measured code comes from: the files an arm's callable is defined in, refers to, and what they import."""

import functools
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from .imports import with_imports


def source_files(
    function: Callable[..., Any], *, root: str, test_file: str, has_imports: bool = True
) -> tuple[str, ...]:
    """Files below root that define the callable, its owner, and what its code names; relative, sorted.

    With what they import, if asked for. The test's own file is left out, its digest is the benchmark's; of a callable
    that stands there the names in its code count, and those in the functions it calls there, not what the file imports.
    """
    found: set[str] = set()
    seen: set[int] = set()
    open_ones: list[Any] = [function]
    while open_ones:
        for each in _neighbours(open_ones.pop()):
            path = _file_of(each)
            relative = _below(path, root) if path else None
            if relative and relative != test_file:
                found.add(relative)
            elif relative and isinstance(each, types.FunctionType) and id(each) not in seen:
                seen.add(id(each))
                open_ones.append(each)
    return with_imports(found, root=root) if has_imports else tuple(sorted(found))


def loaded_files(*, root: str, path: tuple[str, ...] = (), elsewhere: tuple[str, ...] = ()) -> dict[str, str]:
    """Every module loaded from below root, as name → path relative to it.

    Listed with its absolute path is what should not be: a top-level module that root, or a folder of `path`, also has,
    and any module that lies below a folder of `elsewhere`, as an editable install serves it into a package of the tree.
    """
    folders = (root, os.path.join(root, "src"), *path)
    loaded = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name.split(".", 1)[0] == __name__.split(".", 1)[0]:
            continue
        relative = _below(file, root)
        if relative:
            loaded[name] = relative
        elif ("." not in name and _has_module(folders, name)) or any(_below(file, each) for each in elsewhere):
            loaded[name] = os.path.realpath(file)
    return loaded


@functools.cache
def _has_module(folders: tuple[str, ...], name: str) -> bool:
    places = [os.path.join(folder, name) for folder in folders]
    return any(os.path.isfile(os.path.join(each, "__init__.py")) or os.path.isfile(f"{each}.py") for each in places)


def _neighbours(function: Callable[..., Any]) -> Iterator[Any]:
    while isinstance(function, functools.partial):
        yield from (type(each) for each in function.args)
        function = function.func
    yield function
    owner = getattr(function, "__self__", None)
    if owner is not None:
        yield owner if isinstance(owner, types.ModuleType | type) else type(owner)
    code_of = getattr(function, "__func__", function)
    code = getattr(code_of, "__code__", None)
    if code is None:
        yield type(function)
        return
    for name in _names_in(code):
        each = code_of.__globals__.get(name)
        yield each if isinstance(each, types.ModuleType | type | types.FunctionType) else type(each)
    for cell in code_of.__closure__ or ():
        try:
            each = cell.cell_contents
        except ValueError:
            continue
        yield each if isinstance(each, type | types.FunctionType | types.MethodType) else type(each)


def _names_in(code: types.CodeType) -> Iterator[str]:
    """The names that a function's code uses, and that of the functions within it."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _names_in(each)


def _file_of(thing: Any) -> str | None:
    if isinstance(thing, types.ModuleType):
        return getattr(thing, "__file__", None)
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    return getattr(module, "__file__", None)


_real = functools.cache(os.path.realpath)


@functools.cache  # asked of every loaded module at every benchmark
def _below(path: str, root: str) -> str | None:
    real = os.path.realpath(path)
    base = _real(root).rstrip(os.sep) + os.sep
    if not real.startswith(base) or f"{os.sep}site-packages{os.sep}" in real:
        return None
    return real[len(base) :].replace(os.sep, "/")
