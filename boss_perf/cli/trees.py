"""What the commands over two trees share: the flags, the trees by the words that name them, the request, the run."""

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boss_perf.errors import UsageError

if TYPE_CHECKING:
    from boss_perf.measure.gate_run import GateRequest, Tree
    from boss_perf.model.gate import GateReport, Side
    from boss_perf.model.targets import TargetSet

SUITE = typer.Option(None, "--suite", help="Test files or folders. [default: the targets' files, benchmarks or tests]")
ONLY = typer.Option(None, "--only", help="A regular expression over benchmarks.")
MARGIN = typer.Option(None, "--margin", help="A slowdown proven larger closes, in per cent. [default: policy, 1.5]")
CEILING = typer.Option(None, "--ceiling", help="UNDECIDED passes if proven slower by less. [default: policy, 10]")
BUDGET = typer.Option(None, "--budget", help="Seconds for the timed forks. [default: policy.time_budget]")
FORKS = typer.Option(30, "--forks", help="The most forks per benchmark and stage.")
JOBS = typer.Option(2, "--jobs", "-j", help="The most forks at once, each on a core of its own.")
TIMEOUT = typer.Option(60.0, "--timeout", help="Seconds of silence after which a benchmark has failed.")
MEMORY = typer.Option(True, "--memory/--no-memory", help="Also compare exact allocated peaks.")
SEED = typer.Option(None, "--seed", help="The seed of all random choices. [default: drawn]")
PATH = typer.Option([], "--path", help="Folders that go first on sys.path, relative to the tree.")
SETUP = typer.Option(None, "--setup", help="A command run in each tree that is checked out, such as a build.")
FORMAT = typer.Option(
    [], "--output", "-o", help="FORMAT=FILE: json, junit, sarif, comment, annotations, …; - is the terminal."
)

SUITE_FOLDERS = ("benchmarks", "tests/benchmarks", "bench", "tests", "testing", "test")


def measured(request: "GateRequest") -> "GateReport":
    """Hold the machine, show progress, and run the gate."""
    from boss_perf.cli.progress import Progress
    from boss_perf.judge.decision import DecisionRule, decide_time, stage_alpha
    from boss_perf.measure.gate_run import run_gate
    from boss_perf.measure.machine_lock import machine_lock

    alpha = stage_alpha(request.terms.false_alarm_ratio, 1)
    rule = DecisionRule(margin_ratio=request.terms.margin_ratio, alpha=alpha, fork_limit=request.limits.forks)
    with (
        machine_lock("boss-perf gate"),
        Progress(lambda _name, samples: decide_time(samples, rule=rule).reason) as watcher,
    ):
        report, _ = run_gate(request, watcher=watcher)
    return report


def request_of(
    base: "Tree", head: "Tree", *, suite: list[str] | None, only: str | None, margin: float | None,
    ceiling: float | None = None, budget_s: float | None, forks: int, jobs: int, timeout_s: float, memory: bool,
    seed: int | None, head_targets: "TargetSet | None", base_targets: "TargetSet | None",
) -> "GateRequest":  # fmt: skip
    """The request that the flags add up to; a flag goes before the policies, and head's policy cannot widen base's."""
    import random

    from boss_perf.judge.gate_items import GateTerms
    from boss_perf.measure.gate_run import GateRequest
    from boss_perf.measure.gate_session import GateLimits
    from boss_perf.model.targets import RunPolicy
    from boss_perf.stats.boundaries import FIRST_LOOK

    policy = head_targets.policy if head_targets else RunPolicy()
    before = base_targets.policy if base_targets else RunPolicy()
    if margin is not None and not margin > 0:
        raise UsageError("--margin must be above zero", hint="for example --margin 1.5")
    if ceiling is not None and not ceiling > 0:
        raise UsageError("--ceiling must be above zero", hint="for example --ceiling 10")
    if forks < FIRST_LOOK:
        raise UsageError(f"--forks must be at least {FIRST_LOOK}: fewer decide nothing")
    if jobs < 1:
        raise UsageError("--jobs must be at least 1")
    if not timeout_s > 0:
        raise UsageError("--timeout must be above zero", hint="for example --timeout 60")
    check_choice(suite or [], only, (base.root, head.root))
    return GateRequest(
        base=base,
        head=head,
        terms=GateTerms(
            suite=tuple(suite) if suite else default_suite((head.root, head_targets), (base.root, base_targets)),
            today=date.today(),
            margin_ratio=margin / 100 if margin is not None else min(policy.margin_ratio, before.margin_ratio),
            ceiling_ratio=ceiling / 100 if ceiling is not None else min(policy.ceiling_ratio, before.ceiling_ratio),
            memory_margin_ratio=min(policy.memory_margin_ratio, before.memory_margin_ratio),
            false_alarm_ratio=policy.false_alarm_ratio,
            head_targets=head_targets,
            base_targets=base_targets,
            only=only,
        ),
        limits=GateLimits(
            forks=forks,
            jobs=jobs,
            memory_forks=2 if memory else 0,
            budget_s=budget_s if budget_s is not None else policy.time_budget_s,
            timeout_s=timeout_s,
        ),
        seed=seed if seed is not None else random.SystemRandom().randrange(2**32),
    )


def check_choice(suite: list[str], only: str | None, roots: tuple[Path, ...]) -> None:
    """UsageError for a path of the suite that no side has, and for a pattern that is none."""
    for path in suite:
        if not any((root / path).exists() for root in roots):
            raise UsageError(f"--suite {path}: no side has it", where=str(roots[-1]))
    try:
        re.compile(only or "")
    except re.error as error:
        raise UsageError(f"--only {only}: no regular expression: {error}") from error


def default_suite(*sides: tuple[Path, "TargetSet | None"]) -> tuple[str, ...]:
    """The files the targets name, else the usual folders, else everything; of either side, so that none can vanish."""
    return tuple(dict.fromkeys(each for root, target_set in sides for each in _suite_of(root, target_set)))


def _suite_of(root: Path, target_set: "TargetSet | None") -> list[str]:
    if target_set is not None:
        files = [target.workload.split("::", 1)[0] for target in target_set.targets if target.workload]
        if files:
            return files
    for name in SUITE_FOLDERS:
        if (root / name).is_dir():
            found = sorted(each for each in (root / name).rglob("*bench*.py") if not each.name.startswith("test_"))
            unusual = [each for each in found if "def test" in each.read_text(encoding="utf-8", errors="replace")]
            return [name, *(each.relative_to(root).as_posix() for each in unusual)]
    return ["."]


def tree_of(root: Path, side: "Side", path: list[str], python: Path | None = None) -> "Tree":
    """A side's tree; `path` names folders below it that go first on the import path.

    An interpreter named by a path is meant from here, not from the tree.
    """
    from boss_perf.measure.gate_run import Tree

    chosen = sys.executable if python is None else str(python if python.name == str(python) else python.absolute())
    return Tree(root=root, side=side, python=chosen, path=tuple(str(root / each) for each in path))


def setup_command(text: str | None) -> tuple[str, ...]:
    """The words of `--setup`, split as a shell would and given to none; empty when there is no command."""
    try:
        return tuple(shlex.split(text or ""))
    except ValueError as error:
        raise UsageError(f"--setup cannot be split into words: {error}", where=text) from error


@contextmanager
def side_tree(
    name: str, python: Path | None, path: list[str], *, setup: Sequence[str] = (), is_base: bool = False
) -> Iterator["Tree"]:
    """A side as its user names it: a folder that is there, or a ref of the repository around, checked out and set up.

    The base's folder is copied, because head's suite will be laid over it.
    """
    from boss_perf.measure.revision import git, revision_of
    from boss_perf.measure.worktree import checked_out, copied, resolve_commit
    from boss_perf.model.gate import Side

    folder = Path(name)
    if folder.is_dir():
        revision = revision_of(folder)
        side = Side(name, revision.commit, revision.is_dirty)
        with copied(folder.resolve()) if is_base else nullcontext(folder.resolve()) as root:
            yield tree_of(root, side, path, python)
        return
    repository = Path(git(Path.cwd(), "rev-parse", "--show-toplevel"))
    commit = resolve_commit(repository, name)
    with checked_out(repository, commit, folder=Path.cwd().relative_to(repository), setup=setup) as root:
        yield tree_of(root, Side(name, commit), path, python)
