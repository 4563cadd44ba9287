"""In plain `pytest` the workloads' `benchmark` awaits coroutines, as it does under `boss-perf bench`."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
    """Let pytest-benchmark's own fixture await; by itself it would time the creation of coroutines."""
    fixture = yield
    if fixturedef.argname == "benchmark" and type(fixture).__name__ == "BenchmarkFixture":
        fixture.__class__ = _awaiting(type(fixture))
    return fixture


def _awaiting(kind: type) -> type:
    class Awaiting(kind):  # type: ignore[misc]
        def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            if not inspect.iscoroutinefunction(function):
                return super().__call__(function, *args, **kwargs)
            with asyncio.Runner() as runner:
                return super().__call__(lambda: runner.run(function(*args, **kwargs)))

    return Awaiting
