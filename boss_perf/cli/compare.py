"""`boss-perf compare`: any two trees against each other."""

from pathlib import Path

import typer

from boss_perf.cli.flags import CompareFlags, OutputFlags
from boss_perf.cli.outputs import check_outputs, write_report
from boss_perf.cli.trees import (
    measured,
    request_of,
    setup_command,
    side_tree,
)


def compare(
    flags: CompareFlags,
    answer: OutputFlags,
    base: str = typer.Argument(..., help="A ref, or a folder."),
    head: str = typer.Argument(..., help="A ref, or a folder."),
    base_python: Path = typer.Option(None, "--base-python", help="The interpreter for base."),
    head_python: Path = typer.Option(None, "--head-python", help="The interpreter for head."),
) -> None:
    """Compare any two refs, folders or interpreters. Example: boss-perf compare v1.0 v1.1 --suite tests/perf"""
    wanted = check_outputs(answer.output)
    command = setup_command(flags.setup)
    with (
        side_tree(base, base_python, flags.path, setup=command, is_base=True) as base_tree,
        side_tree(head, head_python, flags.path, setup=command) as head_tree,
    ):
        report = measured(request_of(base_tree, head_tree, flags), is_explained=flags.explain)
    write_report(report, wanted)
    raise typer.Exit(report.exit_status)
