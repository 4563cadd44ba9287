"""The command line starts without what only some commands need."""

import re
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from boss_perf.cli.app import build_app
from boss_perf.cli.front_page import GROUPS, front_page

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


def test_the_front_page_is_shown_without_the_library_that_reads_the_command_line() -> None:
    code = "import sys; from boss_perf.__main__ import main; main(); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert [name for name in ("typer", "click", "rich") if name in loaded] == []
    assert done.stdout == CliRunner().invoke(build_app(), ["--help"]).output


def test_the_front_page_names_every_option() -> None:
    root = get_command(build_app())
    options = root.get_params(root.make_context("boss-perf", [], resilient_parsing=True))
    assert {name for option in options for name in option.opts} <= set(re.findall(r"--?[\w-]+", front_page()))


@pytest.mark.parametrize("name", [name for group in GROUPS.values() for name in group])
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    listed = {name: text for group in GROUPS.values() for name, (_, text) in group.items()}
    assert (get_command(build_app()).commands[name].help or "").startswith(listed[name])


def test_the_package_has_one_version() -> None:
    from importlib.metadata import version

    from boss_perf import __version__

    assert version("boss-perf") == __version__
