"""What a suite draws at random it draws alike in both arms: from the fork's seed, anew for every file and test."""

import os
import random
import sys
from typing import Any

import pytest


class Seeds:
    """A plugin that seeds `random` and numpy's global generator; `seed` is the fork's."""

    def __init__(self, seed: str = os.environ.get("PYTHONHASHSEED", "0")) -> None:
        self._seed = seed

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Come before pytest-randomly, which would draw a seed of its own."""
        if hasattr(config.option, "randomly_seed"):
            config.option.randomly_seed = random.Random(self._seed).getrandbits(32)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """For what a file draws when it is imported."""
        self._sow(collector.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """For what a test and its fixtures draw."""
        self._sow(item.nodeid)

    def _sow(self, name: str) -> None:
        drawn = random.Random(f"{self._seed}-{name}")
        random.setstate(drawn.getstate())
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(drawn.getrandbits(32))
