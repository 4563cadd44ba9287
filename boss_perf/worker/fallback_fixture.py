"""A `benchmark` fixture for suites whose environment lacks pytest-benchmark (such as pytest-codspeed suites)."""

import importlib
import sys
import types
from importlib.machinery import ModuleSpec
from typing import Any

import pytest


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
            module = sys.modules[name] = _module(name)
            module.BenchmarkFixture = StandIn  # type: ignore[attr-defined]
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules.setdefault(parent, _module(parent)), child, module)


def _module(name: str) -> types.ModuleType:
    """An empty one that `find_spec` finds."""
    module = types.ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    return module
