"""A test that ends pytest's session, or goes to another folder, costs itself and not the benchmarks after it."""

import os
from collections.abc import Generator
from typing import Any

import pytest


class SessionEnded(Exception):
    """A test tried to end the session, which other benchmarks need."""


class Isolation:
    """A plugin that fails a test which ends the session, and undoes a test's change of folder.

    What conftests and wider fixtures choose as the folder holds as in plain runs. Tests run in another order than
    there, so what one leaves behind would meet others.
    """

    def __init__(self) -> None:
        self._folder = os.getcwd()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Stay where the suite went while it was imported."""
        self._folder = os.getcwd()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Stay where a fixture of several tests goes, for as long as it lives."""
        if fixturedef.scope == "function":
            return (yield)
        before = os.getcwd()
        fixture = yield
        if os.getcwd() != before:
            self._folder = os.getcwd()
            fixturedef.addfinalizer(lambda: setattr(self, "_folder", before))
        return fixture

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        """Go back after a test, its fixtures torn down."""
        try:
            return (yield)
        finally:
            os.chdir(self._folder)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        """Guard the session while fixtures are set up, and in the test's body."""
        try:
            return (yield)
        except (pytest.exit.Exception, KeyboardInterrupt) as error:
            raise SessionEnded(f"the test ends the whole session: {type(error).__name__}: {error}") from error

    pytest_runtest_call = pytest_runtest_setup

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Guard it in what comes after; and a wish to stop that the test left with the session is dropped."""
        try:
            return (yield from self.pytest_runtest_setup())
        finally:
            vars(item.session).update(_shouldstop=False, _shouldfail=False)
