"""Where a gate's findings go: the terminal always, and every format a flag names."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import typer

from boss_perf import __version__
from boss_perf.cli.progress import wide_console
from boss_perf.errors import UsageError
from boss_perf.formats.catalog import FORMAT_NAMES, renderer
from boss_perf.formats.finding_sheet import FindingSheet, sheet_from_gate, sheet_from_judgements
from boss_perf.formats.gate_json import render_gate_json, render_targets_json
from boss_perf.judge import exit_status
from boss_perf.model.gate import GateReport
from boss_perf.model.targets import RunPolicy
from boss_perf.model.verdicts import Judgement
from boss_perf.names import closest
from boss_perf.report.gate_terminal import render_gate_terminal
from boss_perf.report.terminal import judgement_table
from boss_perf.report.writing import append_text, write_text
from boss_perf.text import without_commands

# What GitHub wants without being asked, and where: on the terminal, or appended to the file a variable names.
GITHUB_FILES = {"step-summary": "GITHUB_STEP_SUMMARY", "outputs": "GITHUB_OUTPUT"}


def check_outputs(words: Sequence[str]) -> dict[str, str]:
    """FORMAT=FILE words as a mapping, with what GitHub wants unasked; UsageError names the known formats."""
    wanted = named_files(words, ("json", *FORMAT_NAMES))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        wanted.setdefault("annotations", "-")
        for name, variable in GITHUB_FILES.items():
            if os.environ.get(variable):
                wanted.setdefault(name, f"+{os.environ[variable]}")
    return wanted


def named_files(words: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """FORMAT=FILE words as a mapping, `-` where no file is named; UsageError for a format that is not known."""
    wanted = {}
    for word in words:
        name, separator, file = word.partition("=")
        if name not in known:
            hint = closest(name, known)
            listed = f"one of {', '.join(known)}"
            advice = f"did you mean {hint!r}? ({listed})" if hint else listed
            raise UsageError(f"unknown output format {name!r}", hint=advice)
        wanted[name] = file if separator else "-"
        _check_place(wanted[name], word)
    return wanted


def _check_place(file: str, word: str) -> None:
    """UsageError where no file can be written: better said before minutes of measuring than after."""
    if file == "-":
        return
    place = Path(file)
    folder = next((each for each in place.absolute().parents if each.exists()), Path("/"))
    if not file or place.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(
            f"--output {word}: no file can be written there", hint="name another file, or - for the terminal"
        )


def write_report(report: GateReport, wanted: Mapping[str, str]) -> None:
    """Show a comparison of two trees and write what was asked for."""
    if "-" not in wanted.values() or "json" not in wanted:
        shown = render_gate_terminal(report, width_count=_width(), is_colored=sys.stdout.isatty())
        _say(without_commands(shown))
    _write_all(sheet_from_gate(report), lambda: render_gate_json(report, tool_version=__version__), wanted)


def write_judgements(
    judgements: Sequence[Judgement], wanted: Mapping[str, str], *, title: str, policy: RunPolicy
) -> None:
    """Show the judged targets and write what was asked for."""
    status = exit_status(judgements, policy=policy)
    sheet = sheet_from_judgements(judgements, title=title, exit_status=status, tolerate=policy.tolerate)
    if wanted.get("json") != "-":
        console = wide_console()
        with console.capture() as captured:
            console.print(judgement_table(judgements))
        _say(without_commands(captured.get()), ends_line=True)
    _write_all(sheet, lambda: render_targets_json(sheet, tool_version=__version__), wanted)


def _write_all(sheet: FindingSheet, as_json: Callable[[], str], wanted: Mapping[str, str]) -> None:
    for name, file in wanted.items():
        text = as_json() if name == "json" else renderer(name, tool_version=__version__)(sheet)
        deliver(without_commands(text) if file == "-" and name != "annotations" else text, file)


def deliver(text: str, file: str) -> None:
    """Write a text to a file, to the terminal for `-`, to the end of a file for a name that begins with `+`."""
    if file == "-":
        _say(text, ends_line=text.endswith("\n"))
    elif file.startswith("+"):
        append_text(Path(file[1:]), text)
    else:
        write_text(Path(file), text)


def _say(text: str, *, ends_line: bool = False) -> None:
    """Print; a reader who has gone away takes neither the files nor the exit status with him."""
    try:
        typer.echo(text, nl=not ends_line)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _width() -> int:
    return shutil.get_terminal_size((120, 24)).columns
