"""Suites on disk for the measuring floor."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def write_suite(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        root = tmp_path_factory.mktemp("suite")
        (root / "test_it.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return root

    return write
