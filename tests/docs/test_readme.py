"""What the README says holds: every command is there, has help with an example, and the targets it shows load."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer._click.exceptions import MissingParameter
from typer.main import get_command
from typer.testing import CliRunner

from boss_perf.cli.app import build_app
from boss_perf.cli.explain import RENDERERS
from boss_perf.cli.front_page import GROUPS
from boss_perf.formats import FORMATS
from boss_perf.targets.loader import parse_targets

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(name for group in GROUPS.values() for name in group)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_has_an_example(name: str) -> None:
    assert f"`boss-perf {name}" in README
    shown = CliRunner().invoke(build_app(), [name, "--help"])
    assert shown.exit_code == 0
    assert "\n\n  Example: boss-perf" in shown.output


def test_every_command_the_readme_names_exists() -> None:
    named = set(re.findall(r"`?boss-perf ([a-z][a-z-]+)", README))
    assert named <= set(COMMANDS)


WRITTEN = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "action.yml")]
WRITTEN += sorted(
    [*ROOT.glob("docs/*.md"), *ROOT.glob(".github/workflows/*.yml"), ROOT / "boss_perf/targets/starter.py"]
)
FENCED = re.compile(r"^ *```\w*.*?\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^\s*(?:- |\$ |run: )?boss-perf ([a-z][^`\n]*)", re.MULTILINE)
FURTHER = {"bench": ("run",), "gate": ("shard",)}


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.name)
def test_every_command_that_is_told_can_be_typed(file: Path) -> None:
    """Its options exist, and so do the formats that it asks for."""
    commands, text = get_command(build_app()).commands, file.read_text(encoding="utf-8")
    shown = "\n".join(FENCED.findall(text)) if file.suffix == ".md" else text
    for told in (*LINE.findall(shown), *re.findall(r"`boss-perf ([a-z][^`\n]*)`", text)):
        words = shlex.split(re.split(r" (?:[&|·>]| )", told)[0], comments=True)
        try:
            context = commands[words[0]].make_context(words[0], words[1:])
        except MissingParameter:
            continue  # the name of a command, not a call
        known = RENDERERS if words[0] == "explain" else (*FORMATS, *FURTHER.get(words[0], ()))
        assert {word.partition("=")[0] for word in context.params.get("output", ())} <= set(known), told


def test_the_targets_it_shows_load() -> None:
    block = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert block is not None
    assert len(parse_targets(block[1].encode(), path="README.md").targets) == 3


def committed(path: str) -> str:
    """The file as it was committed: `make bench` writes a new one."""
    done = subprocess.run(["git", "-C", str(ROOT), "show", f"HEAD:{path}"], capture_output=True, check=False)
    content = (ROOT / path).read_bytes() if done.returncode else done.stdout
    return content.decode("utf-8")


def test_the_excerpt_is_in_the_tracker() -> None:
    tracker = committed("reports/performance_tracker.md")
    block = committed("README.md").split("<!-- excerpt -->")[1].split("<!-- /excerpt -->")[0]
    rows = [line for line in block.splitlines() if line.startswith("| ")]
    assert len(rows) > 3
    cells = [cell.strip() for row in rows[2:] for cell in row.strip("| ").split(" | ")]
    missing = [cell for cell in cells if re.sub(r"\[\^\d+\]", "", cell) not in re.sub(r"\[\^\d+\]", "", tracker)]
    assert missing == []
