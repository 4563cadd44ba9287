"""Where an answer goes: the files and formats that flags name, and the terminal."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from boss_perf.cli.flags import OutputFlags
from boss_perf.cli.streams import say
from boss_perf.errors import UsageError
from boss_perf.formats import FORMATS
from boss_perf.report.digest import Digest
from boss_perf.report.terminal import render_digest
from boss_perf.report.writing import append_text, write_text
from boss_perf.text import did_you_mean, without_commands

# What GitHub wants without being asked, and where: on the terminal, or appended to the file a variable names.
GITHUB_FILES = {"step-summary": "GITHUB_STEP_SUMMARY", "outputs": "GITHUB_OUTPUT"}


def check_outputs(answer: OutputFlags, *, further: Sequence[str] = ()) -> dict[str, str]:
    """FORMAT=FILE words as a mapping; UsageError names the known formats, and the command's `further` ones."""
    wanted = named_files(answer.output, (*FORMATS, *further))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        wanted.setdefault("annotations", "-")
        for name, variable in GITHUB_FILES.items():
            if os.environ.get(variable):
                wanted.setdefault(name, f"+{os.environ[variable]}")
    return {**wanted, "json": "-"} if answer.json else wanted


def named_files(words: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """FORMAT=FILE words as a mapping, `-` where no file is named; UsageError for a format that is not known."""
    wanted = {}
    for word in words:
        name, separator, file = word.partition("=")
        if name not in known:
            hint = did_you_mean(name, known) or f"one of {', '.join(known)}"
            raise UsageError(f"unknown output format {name!r}", hint=hint)
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


def write_digest(digest: Digest, answer: OutputFlags, wanted: Mapping[str, str]) -> None:
    """Write the files that were asked for, then the answer; with JSON on the terminal nothing else stands there."""
    texts = {name: FORMATS[name](digest) for name in wanted if name in FORMATS}
    for name, text in texts.items():
        if wanted[name].startswith("+"):
            append_text(Path(wanted[name][1:]), text)
        elif wanted[name] != "-":
            write_text(Path(wanted[name]), text)
    is_machine = wanted.get("json") == "-"
    if not is_machine:
        say(digest.closing if answer.quiet else terminal_text(digest, shows_all=answer.all))
    for name, text in texts.items():
        if wanted[name] == "-":
            say(text if name == "annotations" else without_commands(text), err=is_machine and name != "json")


def terminal_text(digest: Digest, *, shows_all: bool = False) -> str:
    """The digest as wide and as coloured as standard output is."""
    is_colored = sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
    width_count = min(200, max(40, shutil.get_terminal_size((120, 24)).columns))
    is_colored = is_colored and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return render_digest(digest, width_count=width_count, is_colored=is_colored, shows_all=shows_all)
