"""`boss-perf compare`: any two trees against each other."""

from pathlib import Path

import typer

from boss_perf.cli.trees import (
    BUDGET,
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
from boss_perf.errors import UsageError


def compare(
    base: str = typer.Argument(..., help="A ref, or a folder."),
    head: str = typer.Argument(..., help="A ref, or a folder."),
    suite: list[str] = SUITE,
    only: str = ONLY,
    margin: float = MARGIN,
    budget_s: float = BUDGET,
    forks: int = FORKS,
    jobs: int = JOBS,
    timeout_s: float = TIMEOUT,
    memory: bool = MEMORY,
    base_python: Path = typer.Option(None, "--base-python", help="The interpreter for base."),
    head_python: Path = typer.Option(None, "--head-python", help="The interpreter for head."),
    suite_of: str = typer.Option(None, "--suite-of", metavar="A|B", help="Whose suite examines both. [default: B]"),
    setup: str = SETUP,
    path: list[str] = PATH,
    seed: int = SEED,
    output: list[str] = FORMAT,
) -> None:
    """Compare any two refs, folders or interpreters. Example: boss-perf compare v1.0 v1.1 --suite tests/perf"""
    from boss_perf.cli.outputs import check_outputs, write_report

    if suite_of not in (None, "A", "B", base, head):
        raise UsageError(f"--suite-of {suite_of}: it is A or B", hint=f"A is {base}, B is {head}")
    wanted = check_outputs(output)
    command = setup_command(setup)
    with (
        side_tree(base, base_python, path, setup=command) as base_tree,
        side_tree(head, head_python, path, setup=command) as head_tree,
    ):
        request = request_of(
            base_tree, head_tree, suite=suite, only=only, margin=margin, budget_s=budget_s, forks=forks,
            jobs=jobs, timeout_s=timeout_s, memory=memory, seed=seed, head_targets=None, base_targets=None,
            examiner=base_tree if suite_of in ("A", base) else head_tree, is_built=bool(command),
        )  # fmt: skip
        report = measured(request)
    write_report(report, wanted)
    raise typer.Exit(report.exit_status)


COMMANDS = {"compare": compare}
