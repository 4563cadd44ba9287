"""`boss-perf compare`: any two trees against each other."""

import subprocess
from dataclasses import replace
from pathlib import Path

import typer

from boss_perf.cli.flags import CompareFlags, OutputFlags
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.cli.settings import settled, text_in
from boss_perf.cli.trees import measured, request_of, side_tree
from boss_perf.errors import NotCollectedError, UsageError
from boss_perf.report.digest import digest_of_gate


def compare(
    flags: CompareFlags,
    answer: OutputFlags,
    base: str = typer.Argument(..., help="A ref, or a folder."),
    head: str = typer.Argument(..., help="A ref, or a folder."),
    base_python: Path = typer.Option(None, "--base-python", help="The interpreter for base."),
    suite_of: str = typer.Option("B", "--suite-of", metavar="A|B", help="Whose suite examines both."),
    head_python: Path = typer.Option(None, "--head-python", help="The interpreter for head."),
) -> None:
    """Compare any two refs, folders or interpreters. Example: boss-perf compare v1.0 v1.1 --suite tests/perf"""
    if suite_of not in ("A", "B", base, head):
        raise UsageError(f"--suite-of {suite_of}: it is A or B", hint=f"A is {base}, B is {head}")
    flags = settled(flags, text_in(Path.cwd()))
    wanted = check_outputs(answer)
    with side_tree(base, flags, base_python) as base_tree, side_tree(head, flags, head_python) as head_tree:
        examiner = base_tree if suite_of in ("A", base) else head_tree
        request = request_of(base_tree, head_tree, flags, examiner=examiner)
        terms = replace(request.terms, pursues_faster=True)
        try:
            report = measured(replace(request, terms=terms), is_explained=flags.explain)
        except NotCollectedError as error:
            other = "B" if examiner is base_tree else "A"
            error.hint = f"{error.hint}\n    try the suite of the other one: --suite-of {other}"
            raise
        pythons = dict.fromkeys((base_tree.python, head_tree.python))
        report = replace(report, notes=(*report.notes, f"measured by {' and '.join(map(_interpreter, pythons))}"))
    write_digest(digest_of_gate(report, command="compare"), answer, wanted)
    raise typer.Exit(report.exit_status)


def _interpreter(python: str) -> str:
    """`CPython 3.11.7 (/usr/bin/python3)`, its place alone where it does not say."""
    words = "import platform; print(platform.python_implementation(), platform.python_version())"
    try:
        done = subprocess.run([python, "-I", "-c", words], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return python
    return f"{done.stdout.strip()} ({python})"
