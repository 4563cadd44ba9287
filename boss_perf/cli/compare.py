"""`boss-perf compare`: any two trees against each other."""

from pathlib import Path

import typer

from boss_perf.cli.trees import (
    BUDGET,
    FORMAT,
    JOBS,
    MARGIN,
    PATH,
    SETUP,
    SUITE,
    measured,
    request_of,
    setup_command,
    side_tree,
)


def compare(
    base: str = typer.Argument(..., help="A ref, or a folder."),
    head: str = typer.Argument(..., help="A ref, or a folder."),
    suite: list[str] = SUITE,
    only: str = typer.Option(None, "--only", help="A regular expression over benchmarks."),
    margin: float = MARGIN,
    budget_s: float = BUDGET,
    forks: int = typer.Option(30, "--forks", help="The most forks per benchmark and stage."),
    jobs: int = JOBS,
    timeout_s: float = typer.Option(60.0, "--timeout", help="Seconds of silence after which a benchmark has failed."),
    memory: bool = typer.Option(True, "--memory/--no-memory", help="Also compare exact allocated peaks."),
    base_python: Path = typer.Option(None, "--base-python", help="The interpreter for base."),
    head_python: Path = typer.Option(None, "--head-python", help="The interpreter for head."),
    setup: str = SETUP,
    path: list[str] = PATH,
    seed: int = typer.Option(None, "--seed", help="The seed of all random choices. [default: drawn]"),
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
            base_tree, head_tree, suite=suite, only=only, margin=margin, budget_s=budget_s, forks=forks,
            jobs=jobs, timeout_s=timeout_s, memory=memory, seed=seed, head_targets=None, base_targets=None,
        )  # fmt: skip
        report = measured(request)
    write_report(report, wanted)
    raise typer.Exit(report.exit_status)


COMMANDS = {"compare": compare}
