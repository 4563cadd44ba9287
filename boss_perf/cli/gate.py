"""`boss-perf gate`: stop what is slower, say what is not known."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boss_perf.cli.project import (
    DEFAULT_TARGETS,
    STORE,
    TARGETS,
    open_history,
    read_project,
    repository_folder,
    targets_of,
)
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
    tree_of,
)

if TYPE_CHECKING:
    from boss_perf.model.gate import GateReport
    from boss_perf.model.targets import TargetSet


def gate(
    against: str = typer.Option(
        None, "--against", metavar="REF", help="Measure HEAD against it; `base`, the default without targets, finds it."
    ),
    targets: Path = TARGETS,
    store: str = STORE,
    suite: list[str] = SUITE,
    only: str = ONLY,
    margin: float = MARGIN,
    ceiling: float = CEILING,
    budget_s: float = BUDGET,
    forks: int = FORKS,
    jobs: int = JOBS,
    timeout_s: float = TIMEOUT,
    memory: bool = MEMORY,
    setup: str = SETUP,
    path: list[str] = PATH,
    seed: int = SEED,
    output: list[str] = FORMAT,
) -> None:
    """Judge the newest evidence, or HEAD against a ref. Example: boss-perf gate --against origin/main

    Without a targets file there is no evidence to judge, so HEAD is measured against where it left the default branch.
    Exit status: 0 open, 2 usage, 3 missed or regressed, 4 undecided or unmeasured, 5 environment, 130 interrupted.
    """
    from boss_perf.cli.outputs import check_outputs, write_report

    wanted = check_outputs(output)
    command = setup_command(setup)
    if against is None and (targets.exists() or targets != DEFAULT_TARGETS):
        _judge_evidence(targets, store, wanted)
        return
    root = repository_folder(targets)
    head_targets = targets_of(root, targets)
    from boss_perf.measure.revision import git, revision_of
    from boss_perf.measure.worktree import checked_out, default_base, resolve_commit
    from boss_perf.model.gate import Side

    repository = Path(git(root, "rev-parse", "--show-toplevel"))
    name = against or "base"
    commit = default_base(repository) if name == "base" else resolve_commit(repository, name)
    revision = revision_of(root)
    with checked_out(repository, commit, folder=root.relative_to(repository), setup=command) as base_root:
        request = request_of(
            tree_of(base_root, Side(name, commit), path),
            tree_of(root, Side("HEAD", revision.commit, revision.is_dirty), path),
            suite=suite, only=only, margin=margin, ceiling=ceiling, budget_s=budget_s, forks=forks,
            jobs=jobs, timeout_s=timeout_s, memory=memory, seed=seed, head_targets=head_targets,
            base_targets=targets_of(base_root, targets),
        )  # fmt: skip
        report = measured(request)
    write_report(report, wanted)
    if not report.is_interrupted:
        _keep_run(root, store, head_targets, report, request.seed)
    raise typer.Exit(report.exit_status)


def _judge_evidence(targets: Path, store: str | None, wanted: dict[str, str]) -> None:
    from boss_perf.cli.evidence import judge_history
    from boss_perf.cli.outputs import write_judgements
    from boss_perf.judge import exit_status

    project = read_project(targets)
    with open_history(project.root, store, create=False) as history:
        judgements = judge_history(project.target_set, history, root=project.root)
    write_judgements(judgements, wanted, title=project.target_set.project, policy=project.target_set.policy)
    raise typer.Exit(exit_status(judgements, policy=project.target_set.policy))


def _keep_run(root: Path, store: str | None, target_set: "TargetSet | None", report: "GateReport", seed: int) -> None:
    """Keep the run where continuous integration ran it: that is what the tracker's row about it promises.

    A gate at somebody's desk is no evidence that every change is gated.
    """
    if target_set is None or not os.environ.get("CI"):
        return
    from boss_perf.cli.keeping import keep_finished
    from boss_perf.cli.runs import new_run
    from boss_perf.model.runs import RunKind

    keep_finished(root, store, new_run(root, target_set, RunKind.GATE, seed=seed, note=f"exit {report.exit_status}"))


COMMANDS = {"gate": gate}
