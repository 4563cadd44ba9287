"""Test files that were named are collected, also where a folder around them was named too.

Since pytest 9 a path below another path on the command line is dropped as a duplicate, and the folder's own search
passes over a file whose name does not match `python_files`.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest


class NamedFiles:
    """Collects the named files that pytest itself would pass over."""

    def __init__(self, config: pytest.Config) -> None:
        started_in = config.invocation_params.dir
        self._named = {os.path.realpath(started_in / each.split("::", 1)[0]) for each in config.args}

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
        """Add the module when nothing else did."""
        found = yield
        if found or file_path.suffix != ".py" or os.path.realpath(file_path) not in self._named:
            return found
        return [parent.ihook.pytest_pycollect_makemodule(module_path=file_path, parent=parent)]
