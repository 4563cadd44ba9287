"""`boss-perf compare`: any two trees against each other."""

from dataclasses import replace
from pathlib import Path

import typer

from boss_perf.cli.trees import (
    BUDGET,
    CEILING,
    FORKS,
    FORMAT,
    JOBS,
    MARGIN,
    MEMORY,
    ONLY,
    PATH,
    SEED,
    SETUP,
    SUITE,
    TIMEOUT,
    measured,
    request_of,
    setup_command,
    side_tree,
)


def compare(
    base: str = typer.Argument(..., help="A ref, or a folder."),
    head: str = typer.Argument(..., help="A ref, or a folder."),
    suite: list[str] = SUITE,
    only: str = ONLY,
    margin: float = MARGIN,
    ceiling: float = CEILING,
    budget_s: float = BUDGET,
    forks: int = FORKS,
    jobs: int = JOBS,
    timeout_s: float = TIMEOUT,
    memory: bool = MEMORY,
    base_python: Path = typer.Option(None, "--base-python", help="The interpreter for base."),
    head_python: Path = typer.Option(None, "--head-python", help="The interpreter for head."),
    setup: str = SETUP,
    path: list[str] = PATH,
    seed: int = SEED,
    output: list[str] = FORMAT,
) -> None:
    """Compare any two refs, folders or interpreters. Example: boss-perf compare v1.0 v1.1 --suite tests/perf"""
    from boss_perf.cli.outputs import check_outputs, write_report

    wanted = check_outputs(output)
    command = setup_command(setup)
    with (
        side_tree(base, base_python, path, setup=command, is_base=True) as base_tree,
        side_tree(head, head_python, path, setup=command) as head_tree,
    ):
        request = request_of(
            base_tree, head_tree, suite=suite, only=only, margin=margin, ceiling=ceiling, budget_s=budget_s,
            forks=forks, jobs=jobs, timeout_s=timeout_s, memory=memory, seed=seed, head_targets=None, base_targets=None,
        )  # fmt: skip
        report = measured(replace(request, terms=replace(request.terms, pursues_faster=True)))
    write_report(report, wanted)
    raise typer.Exit(report.exit_status)


COMMANDS = {"compare": compare}
