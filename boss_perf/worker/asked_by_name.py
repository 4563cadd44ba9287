"""Tests that ask for `benchmark` by its name while they run: their signature does not tell."""

import inspect
import types
from typing import Any

import pytest


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
