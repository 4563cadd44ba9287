"""The folder that tests run in: a test that goes elsewhere is brought back, a suite that does stays there."""

import os
from collections.abc import Generator
from typing import Any

import pytest


class WorkingFolder:
    """A plugin that undoes a test's change of folder; what conftests and wider fixtures choose holds as in plain runs.

    Tests run in another order than there, so what one leaves behind would meet others.
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
