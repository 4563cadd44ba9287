"""`boss-perf gate`: stop what is slower, say what is not known."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boss_perf.cli.project import STORE, TARGETS, open_history, read_project
from boss_perf.cli.trees import BUDGET, FORMAT, JOBS, MARGIN, SUITE, measured, request_of, tree_of
from boss_perf.errors import UsageError

if TYPE_CHECKING:
    from boss_perf.model.gate import GateReport
    from boss_perf.model.targets import TargetSet


def gate(
    against: str = typer.Option(None, "--against", metavar="REF", help="Measure HEAD against it; `base` finds it."),
    targets: Path = TARGETS,
    store: str = STORE,
    suite: list[str] = SUITE,
    only: str = typer.Option(None, "--only", help="A regular expression over benchmarks."),
    margin: float = MARGIN,
    budget_s: float = BUDGET,
    forks: int = typer.Option(30, "--forks", help="The most forks per benchmark and stage."),
    jobs: int = JOBS,
    timeout_s: float = typer.Option(60.0, "--timeout", help="Seconds of silence after which a benchmark has failed."),
    memory: bool = typer.Option(True, "--memory/--no-memory", help="Also compare exact allocated peaks."),
    setup: str = typer.Option(None, "--setup", help="A command that prepares base's tree, such as a build."),
    path: list[str] = typer.Option([], "--path", help="Folders that go first on sys.path, relative to the tree."),
    seed: int = typer.Option(None, "--seed", help="The seed of all random choices. [default: drawn]"),
    output: list[str] = FORMAT,
) -> None:
    """Judge the newest evidence, or HEAD against a ref. Example: boss-perf gate --against origin/main

    Exit status: 0 open, 2 usage, 3 missed or regressed, 4 undecided or unmeasured, 5 environment, 130 interrupted.
    """
    from boss_perf.cli.outputs import check_outputs, write_report

    wanted = check_outputs(output)
    if against is None:
        _judge_evidence(targets, store, wanted)
        return
    root = _repository_folder(targets)
    head_targets = _targets_of(root, targets)
    from boss_perf.measure.revision import git, revision_of
    from boss_perf.measure.worktree import default_base, prepare, resolve_commit, worktree
    from boss_perf.model.gate import Side

    repository = Path(git(root, "rev-parse", "--show-toplevel"))
    commit = default_base(repository) if against == "base" else resolve_commit(repository, against)
    revision = revision_of(root)
    with worktree(repository, commit) as tree:
        base_root = tree / root.relative_to(repository)
        if not base_root.is_dir():
            raise UsageError(
                f"{against} has no folder {root.relative_to(repository)}", hint="run it where both have it"
            )
        if setup:
            prepare(base_root, shlex.split(setup))
        request = request_of(
            tree_of(base_root, Side(against, commit), path),
            tree_of(root, Side("HEAD", revision.commit, revision.is_dirty), path),
            suite=suite, only=only, margin=margin, budget_s=budget_s, forks=forks, jobs=jobs, timeout_s=timeout_s,
            memory=memory, seed=seed, head_targets=head_targets, base_targets=_targets_of(base_root, targets),
        )  # fmt: skip
        report = measured(request)
    write_report(report, wanted)
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


def _repository_folder(targets: Path) -> Path:
    return targets.resolve().parent if targets.exists() else Path.cwd()


def _targets_of(root: Path, targets: Path) -> "TargetSet | None":
    place = root / targets.name
    if not place.exists():
        return None
    return read_project(place).target_set


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
