"""How tests use `benchmark` without taking it as an argument: by asking for it by its name, or by a marker."""

import inspect
import types
from typing import Any

import pytest

from . import MARKERS


def is_marked(item: pytest.Item) -> bool:
    """Whether a test carries one of the markers that make its whole body a benchmark."""
    return any(item.get_closest_marker(name) is not None for name in MARKERS)


def asks_by_name(item: pytest.Item) -> bool:
    """Whether the code of a test, of its fixtures, or of a function next to them asks for `benchmark` by its name."""
    definitions = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).values()
    functions = [getattr(item, "obj", None), *(each[-1].func for each in definitions if each)]
    parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
    is_given = any(isinstance(each, str) and each == "benchmark" for each in parameters)
    return any(_names_benchmark(each, is_given=is_given) for each in functions)


def _names_benchmark(function: Any, *, is_given: bool) -> bool:
    function = inspect.unwrap(getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    neighbours = [function.__globals__.get(name) for name in code.co_names]
    codes = [code, *(each.__code__ for each in neighbours if isinstance(each, types.FunctionType))]
    return any(_has_names(each, is_given=is_given) for each in codes)


def _has_names(code: types.CodeType, *, is_given: bool) -> bool:
    if "getfixturevalue" in code.co_names and (is_given or "benchmark" in code.co_consts):
        return True
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return any(_has_names(each, is_given=is_given) for each in inner)


def _can_ask(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ("benchmark",))
    return "benchmark" in names or _names_benchmark(getattr(item, "obj", None), is_given=False)


class MarkedTests:
    """A plugin that measures the whole body of a test that only carries a benchmark's marker.

    What only pytest-codspeed knows of the marker's words is taken off: pytest-benchmark would refuse the test.
    """

    def __init__(self) -> None:
        self._whole: set[pytest.Item] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let a test that is marked but asks for no fixture have one, so that its whole body can be measured.

        Last, for a conftest may mark tests too.
        """
        for item in items:
            for mark in item.iter_markers("benchmark"):
                words: Any = mark.kwargs
                words.pop("max_rounds", None)
        self._whole = {item for item in items if is_marked(item) and not _can_ask(item)}
        for each in self._whole:  # a list of its own: the tests of one function share theirs
            each.fixturenames = [*each.fixturenames, "benchmark"]  # type: ignore[attr-defined]

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Measure the whole body of a test that is marked and has no way to ask for the fixture."""
        if pyfuncitem not in self._whole:
            return None
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        benchmark: Any = pyfuncitem.funcargs["benchmark"]
        benchmark(pyfuncitem.obj, **arguments)
        return True
