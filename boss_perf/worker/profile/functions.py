"""The functions of one answer, each with a number, and the calls that a look is taken at."""

import functools
import os
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..profile_messages import Function
from ..subject import Subject

WORKER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
ROWS_LIMIT = 4_000
DEEP_ROOM = 100
ABOVE = -1
"""In place of a caller: the worker, or nobody."""
_ANONYMOUS = ("<lambda>", "<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>")


class FunctionTable:
    """Numbers the functions of one answer; `path` is what goes first on `sys.path` for the measured tree."""

    def __init__(self, root: str, path: Sequence[str]) -> None:
        self.root = root
        self._functions: list[Function] = []
        self._roots = tuple({root.rstrip(os.sep) + os.sep, os.path.realpath(root) + os.sep})
        self._tops = _tops_of((*path, *sys.path))
        self._by_code: dict[types.CodeType, int] = {}
        self._libraries: dict[types.CodeType, bool] = {}
        self._by_name: dict[tuple[str, str], int] = {}

    @property
    def functions(self) -> tuple[Function, ...]:
        """All that were given a number, in its order."""
        return tuple(self._functions)

    def is_ours(self, number: int) -> bool:
        """Whether a function's code lies in the measured tree."""
        return self._functions[number].is_ours

    def number(self, code: Any) -> int:
        """The function's place among `functions`."""
        if code is None:
            return ABOVE
        found = self._by_code.get(code)
        if found is None:
            found = self._by_code[code] = self._add(code)
        return found

    def is_library(self, code: types.CodeType) -> bool:
        """Whether code is neither the measured tree's nor the worker's."""
        found = self._libraries.get(code)
        if found is None:
            file = code.co_filename
            found = self._libraries[code] = self.below_root(file) is None and not file.startswith(WORKER)
        return found

    def below_root(self, file: str) -> str | None:
        """The path relative to the measured tree, None for what is not its own."""
        relative = next((file[len(each) :] for each in self._roots if file.startswith(each)), None)
        return None if relative is None or f"site-packages{os.sep}" in relative else relative

    def _add(self, code: types.CodeType) -> int:
        if code.co_filename.startswith(WORKER):
            return ABOVE
        file, name = self.below_root(code.co_filename), named(code)
        is_ours = file is not None
        key = (file or code.co_filename, name)
        if key not in self._by_name:
            self._by_name[key] = len(self._functions)
            module = self._module_of(code.co_filename)
            self._functions.append(Function(key[0], module, name, code.co_firstlineno, is_ours))
        elif is_whole(code):
            place = self._by_name[key]
            self._functions[place] = replace(self._functions[place], line=code.co_firstlineno)
        return self._by_name[key]

    def _module_of(self, file: str) -> str:
        top = next((each for each in self._tops if file.startswith(each)), "")
        module = file[len(top) :].removesuffix(".py").removesuffix(f"{os.sep}__init__")
        return module.strip(os.sep).replace(os.sep, ".")


@functools.cache
def _tops_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """The folders that modules are found in, as named and as they are, the longest first."""
    tops = {top + os.sep for each in path if each for top in (each, os.path.realpath(each))}
    return tuple(sorted(tops, key=len, reverse=True))


def named(code: types.CodeType) -> str:
    """The qualified name of the function a piece of code is written in."""
    parts = code.co_qualname.split(".")
    while parts and parts[-1] in _ANONYMOUS and parts != ["<lambda>"]:
        parts.pop()
        if parts and parts[-1] == "<locals>":
            parts.pop()
    return ".".join(parts) or "<module>"


def is_whole(code: types.CodeType) -> bool:
    """False for a comprehension or a lambda inside a function: running it is no call of that function."""
    return code.co_name not in _ANONYMOUS or named(code) == "<lambda>"


def take_calls(subject: Subject, calls: int, start: Callable[[], None], stop: Callable[[], None]) -> tuple[int, int]:
    """Make the calls between `start` and `stop`, which a set-up stays out of; the CPU and wall time they took."""
    sys.setrecursionlimit(sys.getrecursionlimit() + DEEP_ROOM)  # a subject at its limit has no room for a hook
    function = subject.function
    try:
        if not subject.has_setup:
            start()
            try:
                return subject.batch(calls)
            finally:
                stop()
        subject.function = _bracketed(function, start, stop, is_async=subject.is_async)
        return subject.batch(calls)
    finally:
        subject.function = function
        sys.setrecursionlimit(sys.getrecursionlimit() - DEEP_ROOM)


def _bracketed(
    function: Callable[..., Any], start: Callable[[], None], stop: Callable[[], None], *, is_async: bool
) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        start()
        try:
            return function(*args, **kwargs)
        finally:
            stop()

    async def call_async(*args: Any, **kwargs: Any) -> Any:
        start()
        try:
            return await function(*args, **kwargs)
        finally:
            stop()

    return call_async if is_async else call
