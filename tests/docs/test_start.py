"""The command line starts without what only some commands need."""

import subprocess
import sys

import pytest
from typer.main import get_command

from boss_perf.cli.app import build_app
from boss_perf.cli.front_page import GROUPS

HEAVY = (
    "numpy", "jinja2", "yaml", "tabulate", "sqlite3", "psutil", "memory_profiler", "sqlalchemy", "asyncio", "pytest",
    "rich.live", "locust", "hnswlib", "ftfy", "jsonschema",
)  # fmt: skip


def test_help_imports_nothing_heavy() -> None:
    lines = ("import sys", "from boss_perf.cli.app import build_app", "from typer.main import get_command")
    code = "\n".join((*lines, "get_command(build_app())", "print(*sys.modules)"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize("name", [name for group in GROUPS.values() for name in group])
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    listed = {name: text for group in GROUPS.values() for name, (_, text) in group.items()}
    assert (get_command(build_app()).commands[name].help or "").startswith(listed[name])


def test_the_package_has_one_version() -> None:
    from importlib.metadata import version

    from boss_perf import __version__

    assert version("boss-perf") == __version__
