"""`boss-perf gate` and `compare`: two trees against each other; stop what is slower, say what is not known."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import typer

from boss_perf import __version__
from boss_perf.cli.flags import DEFAULT_TARGETS, CompareFlags, OnCluster, OutputFlags, ProjectFlags
from boss_perf.cli.judging import judge_history, recorded_seconds
from boss_perf.cli.project import open_evidence, read_project, repository_folder, targets_of
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.cli.run_recorder import keep_finished, new_run
from boss_perf.cli.settings import PYPROJECT, settled, settled_by_base, text_at, text_in
from boss_perf.cli.trees import commit_tree, folder_tree, measured, request_of, setup_words, side_tree
from boss_perf.errors import NotCollectedError, UsageError
from boss_perf.fleet.shard_file import encode_shard
from boss_perf.fleet.shards import Shard, names_of_share, shard_of
from boss_perf.judge import exit_status
from boss_perf.measure.gate_run import GateRequest
from boss_perf.measure.worktree import base_of_change, resolve_commit
from boss_perf.model.runs import RunKind
from boss_perf.plan import choose
from boss_perf.report.digest import digest_of_gate, digest_of_judgements
from boss_perf.report.writing import write_text


def gate(
    here: ProjectFlags,
    flags: CompareFlags,
    answer: OutputFlags,
    against: str = typer.Option(
        None, "--against", metavar="REF", help="Measure HEAD against it; `base`, the default without targets, finds it."
    ),
    on: OnCluster = None,
    shard: str = typer.Option(
        None, "--shard", metavar="I/N", help="Measure this share only; `auto` asks the CI system. See merge."
    ),
) -> None:
    """Judge the newest evidence, or HEAD against a ref. Example: boss-perf gate --against origin/main

    Without a targets file there is no evidence to judge, so HEAD is measured against where it left the default branch.
    Exit status: 0 open, 2 usage, 3 somebody has to act, 4 not proven, 5 environment, 130 interrupted.
    """
    wanted = check_outputs(answer, further=("shard",))
    mine = shard_of(shard, os.environ) if shard is not None else None
    if "shard" in wanted and mine is None:
        raise UsageError("--output shard=FILE keeps a share", hint="say which one: --shard 1/2")
    targets = here.targets
    if against is None and (targets.exists() or targets != DEFAULT_TARGETS):
        _judge_evidence(here, answer, wanted, flags)
        return
    root = repository_folder(targets)
    head_targets = targets_of(root, targets)
    name = against or "base"
    commit = base_of_change(root) if name == "base" else resolve_commit(root, name)
    flags, notes = settled_by_base(flags, base=text_at(root, commit, PYPROJECT), head=text_in(root))
    with commit_tree(root, commit, name, flags) as base, folder_tree(root, "HEAD", flags) as head:
        base_targets = targets_of(base.root, targets)
        request = request_of(base, head, flags, head_targets=head_targets, base_targets=base_targets)
        request = replace(request, notes=notes)
        shared = request if mine is None else _shared(request, mine, root, here.store)
        report = measured(shared, is_explained=flags.explain, on=on, setup=setup_words(flags))
    if mine is not None and "shard" in wanted:
        write_text(Path(wanted["shard"]), encode_shard(report, shard=mine, tool_version=__version__))
    project = head_targets.project if head_targets else root.name
    write_digest(digest_of_gate(report, project=project), answer, wanted)
    # A gate at somebody's desk is no evidence that every change is gated, as the tracker's row about it promises.
    if head_targets is not None and os.environ.get("CI") and not report.is_interrupted:
        note = f"exit {report.exit_status}"
        keep_finished(root, here.store, new_run(root, head_targets, RunKind.GATE, seed=request.seed, note=note))
    raise typer.Exit(report.exit_status)


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


def _shared(request: GateRequest, mine: Shard, root: Path, store: str | None) -> GateRequest:
    """The request for one share: the longest benchmarks first, as far as the history knows how long they take."""

    def share(names: Sequence[str]) -> frozenset[str]:
        return names_of_share(mine, names, recorded_seconds(root, store, names))

    note = f"share {mine}: the others are measured elsewhere"
    return replace(request, share=share, is_first_share=mine.index == 1, notes=(*request.notes, note))


def _judge_evidence(here: ProjectFlags, answer: OutputFlags, wanted: dict[str, str], flags: CompareFlags) -> None:
    project = read_project(here.targets)
    chosen = choose(project.target_set, only=flags.only)
    with open_evidence(project.root, here.store) as history:
        judgements = judge_history(project, history, targets=chosen)
    policy = project.target_set.policy
    status = exit_status(judgements, policy=policy, fail_on=flags.fail_on)
    digest = digest_of_judgements(
        judgements, title=project.target_set.project, exit_status=status, tolerate=policy.tolerate
    )
    write_digest(digest, answer, wanted)
    raise typer.Exit(status)


def _interpreter(python: str) -> str:
    """`CPython 3.11.7 (/usr/bin/python3)`, its place alone where it does not say."""
    words = "import platform; print(platform.python_implementation(), platform.python_version())"
    try:
        done = subprocess.run([python, "-I", "-c", words], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return python
    return f"{done.stdout.strip()} ({python})"
