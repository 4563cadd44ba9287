"""`boss-perf gate` and `boss-perf compare`: stop what is slower, say what is not known."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boss_perf.cli.project import STORE, TARGETS, open_history, read_project
from boss_perf.errors import UsageError

if TYPE_CHECKING:
    from boss_perf.measure.gate_run import GateRequest, Tree
    from boss_perf.model.gate import GateReport
    from boss_perf.model.targets import TargetSet

SUITE = typer.Option(None, "--suite", help="Test files or folders. [default: the targets' files, benchmarks or tests]")
MARGIN = typer.Option(None, "--margin", help="The smallest slowdown worth failing, in per cent. [default: policy, 3]")
BUDGET = typer.Option(None, "--budget", help="Seconds for the timed forks. [default: policy.time_budget]")
FORMAT = typer.Option(
    [], "--output", "-o", help="FORMAT=FILE: json, junit, sarif, comment, annotations, …; - is the terminal."
)


def gate(
    against: str = typer.Option(None, "--against", metavar="REF", help="Measure HEAD against it; `base` finds it."),
    targets: Path = TARGETS,
    store: str = STORE,
    suite: list[str] = SUITE,
    only: str = typer.Option(None, "--only", help="A regular expression over benchmarks."),
    margin: float = MARGIN,
    budget_s: float = BUDGET,
    forks: int = typer.Option(30, "--forks", help="The most forks per benchmark and stage."),
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
        request = _request(
            _tree(base_root, Side(against, commit), path),
            _tree(root, Side("HEAD", revision.commit, revision.is_dirty), path),
            suite=suite, only=only, margin=margin, budget_s=budget_s, forks=forks, timeout_s=timeout_s, memory=memory,
            seed=seed, head_targets=head_targets, base_targets=_targets_of(base_root, targets),
        )  # fmt: skip
        report = _measured(request)
    _keep_run(root, store, head_targets, report, request.seed)
    write_report(report, wanted)
    raise typer.Exit(report.exit_status)


def compare(
    base: str = typer.Argument(..., help="A ref, or a folder."),
    head: str = typer.Argument(..., help="A ref, or a folder."),
    suite: list[str] = SUITE,
    only: str = typer.Option(None, "--only", help="A regular expression over benchmarks."),
    margin: float = MARGIN,
    budget_s: float = BUDGET,
    forks: int = typer.Option(30, "--forks", help="The most forks per benchmark and stage."),
    timeout_s: float = typer.Option(60.0, "--timeout", help="Seconds of silence after which a benchmark has failed."),
    memory: bool = typer.Option(True, "--memory/--no-memory", help="Also compare exact allocated peaks."),
    base_python: Path = typer.Option(None, "--base-python", help="The interpreter for base."),
    head_python: Path = typer.Option(None, "--head-python", help="The interpreter for head."),
    path: list[str] = typer.Option([], "--path", help="Folders that go first on sys.path, relative to the tree."),
    seed: int = typer.Option(None, "--seed", help="The seed of all random choices. [default: drawn]"),
    output: list[str] = FORMAT,
) -> None:
    """Compare any two refs, folders or interpreters. Example: boss-perf compare v1.0 v1.1 --suite tests/perf"""
    from boss_perf.cli.outputs import check_outputs, write_report

    wanted = check_outputs(output)
    with _side_tree(base, base_python, path) as base_tree, _side_tree(head, head_python, path) as head_tree:
        request = _request(
            base_tree, head_tree, suite=suite, only=only, margin=margin, budget_s=budget_s, forks=forks,
            timeout_s=timeout_s, memory=memory, seed=seed, head_targets=None, base_targets=None,
        )  # fmt: skip
        report = _measured(request)
    write_report(report, wanted)
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


def _measured(request: "GateRequest") -> "GateReport":
    from boss_perf.cli.progress import Progress
    from boss_perf.judge.duels import DuelRule, judge_duel
    from boss_perf.measure.gate_run import run_gate
    from boss_perf.measure.machine_lock import machine_lock

    rule = DuelRule(margin_ratio=request.terms.margin_ratio, alpha=0.01, fork_limit=request.limits.forks)
    with (
        machine_lock("boss-perf gate"),
        Progress(lambda _name, samples: judge_duel(samples, rule=rule).reason) as watcher,
    ):
        report, _ = run_gate(request, watcher=watcher)
    return report


def _request(
    base: "Tree", head: "Tree", *, suite: list[str] | None, only: str | None, margin: float | None,
    budget_s: float | None, forks: int, timeout_s: float, memory: bool, seed: int | None,
    head_targets: "TargetSet | None", base_targets: "TargetSet | None",
) -> "GateRequest":  # fmt: skip
    import random

    from boss_perf.judge.gate_items import GateTerms
    from boss_perf.measure.gate_run import GateRequest
    from boss_perf.measure.gate_session import GateLimits
    from boss_perf.model.targets import RunPolicy

    policy = head_targets.policy if head_targets else RunPolicy()
    if margin is not None and not margin > 0:
        raise UsageError("--margin must be above zero", hint="for example --margin 3")
    if forks < 5:
        raise UsageError("--forks must be at least 5: fewer decide nothing")
    return GateRequest(
        base=base,
        head=head,
        terms=GateTerms(
            suite=tuple(suite) if suite else _default_suite(head.root, head_targets),
            today=date.today(),
            margin_ratio=margin / 100 if margin is not None else policy.margin_ratio,
            memory_margin_ratio=policy.memory_margin_ratio,
            false_alarm_ratio=policy.false_alarm_ratio,
            head_targets=head_targets,
            base_targets=base_targets,
            only=only,
        ),
        limits=GateLimits(
            forks=forks,
            memory_forks=2 if memory else 0,
            budget_s=budget_s if budget_s is not None else policy.time_budget_s,
            timeout_s=timeout_s,
        ),
        seed=seed if seed is not None else random.SystemRandom().randrange(2**32),
    )


def _default_suite(root: Path, target_set: "TargetSet | None") -> tuple[str, ...]:
    """The files the targets name, else the usual folders, else pytest's own `testpaths`, else everything."""
    if target_set is not None:
        files = [target.workload.split("::", 1)[0] for target in target_set.targets if target.workload]
        if files:
            return tuple(dict.fromkeys(files))
    for name in ("benchmarks", "tests/benchmarks", "bench", "tests", "test"):
        if (root / name).is_dir():
            return (name,)
    return (".",)


def _tree(root: Path, side: object, path: list[str], python: Path | None = None) -> "Tree":
    from boss_perf.measure.gate_run import Tree
    from boss_perf.model.gate import Side

    if not isinstance(side, Side):
        raise TypeError(side)
    return Tree(
        root=root, side=side, python=str(python or sys.executable), path=tuple(str(root / each) for each in path)
    )


@contextmanager
def _side_tree(name: str, python: Path | None, path: list[str]) -> Iterator["Tree"]:
    """A side as its user names it: a folder that is there, or a ref of the repository around."""
    from boss_perf.measure.revision import git, revision_of
    from boss_perf.measure.worktree import resolve_commit, worktree
    from boss_perf.model.gate import Side

    folder = Path(name)
    if folder.is_dir():
        revision = revision_of(folder)
        yield _tree(folder.resolve(), Side(name, revision.commit, revision.is_dirty), path, python)
        return
    repository = Path(git(Path.cwd(), "rev-parse", "--show-toplevel"))
    commit = resolve_commit(repository, name)
    with worktree(repository, commit) as tree:
        yield _tree(tree / Path.cwd().relative_to(repository), Side(name, commit), path, python)


def _repository_folder(targets: Path) -> Path:
    return targets.resolve().parent if targets.exists() else Path.cwd()


def _targets_of(root: Path, targets: Path) -> "TargetSet | None":
    place = root / targets.name
    if not place.exists():
        return None
    return read_project(place).target_set


def _keep_run(root: Path, store: str | None, target_set: "TargetSet | None", report: "GateReport", seed: int) -> None:
    """A gate run is evidence too: an infrastructure row rests on it. Kept only where the project keeps a history."""
    if target_set is None:
        return
    import uuid

    from boss_perf.measure.fingerprint import versions
    from boss_perf.model.runs import Run, RunKind

    now = datetime.now(UTC)
    run = Run(
        id=uuid.uuid4().hex, kind=RunKind.GATE, started_at=now, finished_at=now, commit=report.head.commit,
        is_dirty=report.head.is_dirty, branch=None, fingerprint=report.fingerprint, versions=versions(),
        targets_digest=target_set.digest, seed=seed, note=f"exit {report.exit_status}",
    )  # fmt: skip
    with open_history(root, store) as history:
        history.save_run(run)
        history.finish_run(run.id, now)


COMMANDS = {"gate": gate, "compare": compare}
