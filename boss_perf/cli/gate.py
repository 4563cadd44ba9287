"""`boss-perf gate`: stop what is slower, say what is not known."""

import os
from pathlib import Path

import typer

from boss_perf.cli.evidence import judge_history
from boss_perf.cli.flags import DEFAULT_TARGETS, CompareFlags, OutputFlags, ProjectFlags
from boss_perf.cli.keeping import keep_finished
from boss_perf.cli.outputs import check_outputs, write_digest
from boss_perf.cli.project import (
    open_evidence,
    read_project,
    repository_folder,
    targets_of,
)
from boss_perf.cli.runs import new_run
from boss_perf.cli.trees import (
    folder_tree,
    measured,
    request_of,
    setup_command,
    tree_of,
)
from boss_perf.judge import exit_status
from boss_perf.measure.revision import git
from boss_perf.measure.worktree import base_of_change, checked_out, resolve_commit
from boss_perf.model.gate import FailOn, GateReport, Side
from boss_perf.model.runs import RunKind
from boss_perf.model.targets import TargetSet
from boss_perf.report.digest import digest_of_gate, digest_of_judgements


def gate(
    here: ProjectFlags,
    flags: CompareFlags,
    answer: OutputFlags,
    against: str = typer.Option(
        None, "--against", metavar="REF", help="Measure HEAD against it; `base`, the default without targets, finds it."
    ),
) -> None:
    """Judge the newest evidence, or HEAD against a ref. Example: boss-perf gate --against origin/main

    Without a targets file there is no evidence to judge, so HEAD is measured against where it left the default branch.
    Exit status: 0 open, 2 usage, 3 somebody has to act, 4 not proven, 5 environment, 130 interrupted.
    """
    wanted = check_outputs(answer.output, as_json=answer.json)
    command = setup_command(flags.setup)
    targets = here.targets
    if against is None and (targets.exists() or targets != DEFAULT_TARGETS):
        _judge_evidence(here, answer, wanted, flags.fail_on)
        return
    root = repository_folder(targets)
    head_targets = targets_of(root, targets)
    repository = Path(git(root, "rev-parse", "--show-toplevel"))
    name = against or "base"
    commit = base_of_change(repository) if name == "base" else resolve_commit(repository, name)
    with (
        checked_out(repository, commit, folder=root.relative_to(repository), setup=command) as base_root,
        folder_tree(root, "HEAD", None, flags.path, setup=command) as head,
    ):
        request = request_of(
            tree_of(base_root, Side(name, commit), flags.path),
            head,
            flags,
            head_targets=head_targets,
            base_targets=targets_of(base_root, targets),
        )
        report = measured(request, is_explained=flags.explain)
    write_digest(digest_of_gate(report, command="gate"), answer, wanted)
    if not report.is_interrupted:
        _keep_run(root, here.store, head_targets, report, request.seed)
    raise typer.Exit(report.exit_status)


def _judge_evidence(here: ProjectFlags, answer: OutputFlags, wanted: dict[str, str], fail_on: FailOn) -> None:
    project = read_project(here.targets)
    with open_evidence(project.root, here.store) as history:
        judgements = judge_history(project.target_set, history, root=project.root)
    policy = project.target_set.policy
    status = exit_status(judgements, policy=policy, fail_on=fail_on)
    digest = digest_of_judgements(
        judgements, title=project.target_set.project, exit_status=status, tolerate=policy.tolerate
    )
    write_digest(digest, answer, wanted)
    raise typer.Exit(status)


def _keep_run(root: Path, store: str | None, target_set: TargetSet | None, report: GateReport, seed: int) -> None:
    """Keep the run where continuous integration ran it: that is what the tracker's row about it promises.

    A gate at somebody's desk is no evidence that every change is gated.
    """
    if target_set is None or not os.environ.get("CI"):
        return
    keep_finished(root, store, new_run(root, target_set, RunKind.GATE, seed=seed, note=f"exit {report.exit_status}"))
