"""A `benchmark` fixture for suites whose environment lacks pytest-benchmark (such as pytest-codspeed suites)."""

import importlib
import sys
import types
from typing import Any

import pytest

from . import MARKERS


class StandIn:
    """The surface of pytest-benchmark's fixture; the worker gives it calls that serve the tool."""

    def __init__(self, node: pytest.Item) -> None:
        self.name = node.name
        self.fullname = node.nodeid
        self.extra_info: dict[str, Any] = {}
        self.group: str | None = None
        self.stats = None
        self.disabled = False
        self.enabled = True
        self.has_error = False
        self._mode: str | None = None


class StandInFixtures:
    """A plugin with the one fixture."""

    @pytest.fixture
    def benchmark(self, request: pytest.FixtureRequest) -> StandIn:
        """A callable that measures its argument."""
        return StandIn(request.node)


def stand_in_modules() -> None:
    """Let a suite import the fixture's type, for annotations, from a plugin that is not installed."""
    for name in ("pytest_codspeed", "pytest_codspeed.plugin", "pytest_benchmark.fixture"):
        try:
            importlib.import_module(name)
        except ImportError:
            module = types.ModuleType(name)
            module.BenchmarkFixture = StandIn  # type: ignore[attr-defined]
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules.setdefault(parent, types.ModuleType(parent)), child, module)
            sys.modules[name] = module


def is_marked(item: pytest.Item) -> bool:
    """Whether a test carries one of the markers that make its whole body a benchmark."""
    return any(item.get_closest_marker(name) is not None for name in MARKERS)


class MarkedTests:
    """A plugin that measures the whole body of a test that only carries a benchmark's marker.

    What only pytest-codspeed knows of the marker's words is taken off: pytest-benchmark would refuse the test.
    """

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let a test that is marked but asks for no fixture have one, so that its whole body can be measured.

        Last, for a conftest may mark tests too.
        """
        for item in items:
            for mark in item.iter_markers("benchmark"):
                words: Any = mark.kwargs
                words.pop("max_rounds", None)
            names = getattr(item, "fixturenames", None)
            if names is not None and "benchmark" not in names and is_marked(item):
                names.append("benchmark")

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Measure the whole body of a test that is marked and does not ask for the fixture."""
        wanted = pyfuncitem._fixtureinfo.argnames
        if not {"benchmark", "codspeed_benchmark"}.isdisjoint(wanted) or not is_marked(pyfuncitem):
            return None
        arguments = {name: pyfuncitem.funcargs[name] for name in wanted}
        benchmark: Any = pyfuncitem.funcargs["benchmark"]
        benchmark(pyfuncitem.obj, **arguments)
        return True
