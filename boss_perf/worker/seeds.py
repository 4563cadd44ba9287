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
    """A plugin that seeds the global generators of `random` and numpy, and those that a suite makes without a seed."""

    def __init__(self) -> None:
        self._seed = os.environ.get("PYTHONHASHSEED", "0")
        self._drawn = random.Random(self._seed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        """For what conftests draw."""
        plain = random.Random.seed

        def seed(generator: random.Random, a: Any = None, version: int = 2) -> None:
            plain(generator, self._drawn.getrandbits(128) if a is None else a, version)

        random.Random.seed = seed  # type: ignore[method-assign, assignment]
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
        self._drawn = random.Random(name)
        random.setstate(self._drawn.getstate())
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(self._drawn.getrandbits(32))
            numpy.random.bit_generator.randbits = self._drawn.getrandbits
