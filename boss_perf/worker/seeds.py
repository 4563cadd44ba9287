"""What a suite draws at random it draws alike in both arms, anew for every file and test.

Tests draw from the fork's seed. Files draw the same in every fork when they are imported: tests may be called by it.
"""

import os
import random
import sys
from typing import Any

import pytest

from .workloads import workload_name


class Seeds:
    """A plugin that seeds `random` and numpy's global generator."""

    def __init__(self) -> None:
        self._seed = os.environ.get("PYTHONHASHSEED", "0")

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        """For what conftests draw."""
        self._sow("")

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Come before pytest-randomly, which would draw a seed of its own."""
        if hasattr(config.option, "randomly_seed"):
            config.option.randomly_seed = random.Random(self._seed).getrandbits(32)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """For what a file draws when it is imported, such as the parameters of its tests."""
        self._sow(collector.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """For what a test and its fixtures draw."""
        self._sow(f"{self._seed}-{workload_name(item)}")

    def _sow(self, name: str) -> None:
        drawn = random.Random(name)
        random.setstate(drawn.getstate())
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(drawn.getrandbits(32))
