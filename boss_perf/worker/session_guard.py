"""A test that ends pytest's session costs itself, not the benchmarks after it."""

from collections.abc import Generator
from typing import Any

import pytest


class SessionEnded(Exception):
    """A test tried to end the session, which other benchmarks need."""


class SessionGuard:
    """A plugin that turns the end of the session into a failure of the test that asked for it."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        """While fixtures are set up."""
        return (yield from _guarded())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """In the test's body."""
        return (yield from _guarded())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """In what comes after it; and a wish to stop that it left with the session is dropped."""
        try:
            return (yield from _guarded())
        finally:
            vars(item.session).update(_shouldstop=False, _shouldfail=False)


def _guarded() -> Generator[None, Any, Any]:
    try:
        return (yield)
    except (pytest.exit.Exception, KeyboardInterrupt) as error:
        raise SessionEnded(f"the test ends the whole session: {type(error).__name__}: {error}") from error
