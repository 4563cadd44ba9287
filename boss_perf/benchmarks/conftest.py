"""In plain `pytest` the workloads' `benchmark` awaits coroutines, as it does under `boss-perf bench`."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
    """Let pytest-benchmark's own fixture await; by itself it would time the creation of coroutines.

    Its loop ends with the fixture, so that what a test opened on it can be closed there.
    """
    fixture = yield
    if fixturedef.argname == "benchmark" and type(fixture).__name__ == "BenchmarkFixture":
        runner = asyncio.Runner()
        fixturedef.addfinalizer(runner.close)
        fixture.__class__ = _awaiting(type(fixture), runner)
    return fixture


def _awaiting(kind: type, runner: asyncio.Runner) -> type:
    class Awaiting(kind):  # type: ignore[misc]
        def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            if not inspect.iscoroutinefunction(function):
                return super().__call__(function, *args, **kwargs)
            return super().__call__(lambda: runner.run(function(*args, **kwargs)))

    return Awaiting
