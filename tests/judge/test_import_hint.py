"""What cannot be imported is named with the command that installs it."""

import pytest

from boss_perf.judge.gate.suite_changes import import_hint


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("ModuleNotFoundError: No module named 'click'", "click"),
        ("ImportError: No module named 'a_b' (from tests/conftest.py)", "a_b"),
    ],
)
def test_a_missing_module_is_named_with_what_installs_it(message: str, name: str) -> None:
    assert f"`/x/python -m pip install {name}`" in str(import_hint(message, python="/x/python"))


@pytest.mark.parametrize(
    "message",
    [
        "ImportError: cannot import name 'x' from 'y'",
        "ModuleNotFoundError: No module named 'pkg.part'",
        "ModuleNotFoundError: No module named 'benchmarks'",
        "ModuleNotFoundError: No module named 'conftest'",
        "ModuleNotFoundError: No module named '--index-url=http://x'",
    ],
)
def test_anything_else_is_installed_by_no_command(message: str) -> None:
    assert import_hint(message) is None
