"""What the commands over two trees share: the flags, the trees by the words that name them, the request, the run."""

import functools
import random
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path

from boss_perf.cli.flags import CompareFlags
from boss_perf.cli.progress import Progress, Standing
from boss_perf.cli.project import pass_on, require_positive
from boss_perf.errors import UsageError
from boss_perf.explain.explaining import with_explanations
from boss_perf.judge.decision import DecisionRule, Stage, decide_time, stage_alpha
from boss_perf.judge.gate_items import GateTerms
from boss_perf.measure.campaign import Limits
from boss_perf.measure.exam import copied
from boss_perf.measure.gate_run import GateRequest, run_gate
from boss_perf.measure.machine_lock import machine_lock
from boss_perf.measure.revision import git, revision_of
from boss_perf.measure.tree import Tree
from boss_perf.measure.worktree import checked_out, resolve_commit, run_setup
from boss_perf.model.gate import GateReport, Side
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.targets import RunPolicy, TargetSet
from boss_perf.stats.boundaries import FIRST_LOOK

SUITE_FOLDERS = ("benchmarks", "tests/benchmarks", "bench", "tests", "testing", "test")


def measured(request: GateRequest, *, is_explained: bool = False) -> GateReport:
    """Hold the machine, show progress, and run the gate; `is_explained`: look why what moved has moved."""
    sides, timeout_s = (request.base.side.name, request.head.side.name), request.limits.timeout_s
    explain = functools.partial(with_explanations, sides=sides, timeout_s=timeout_s, seed=request.seed)
    alpha = stage_alpha(request.terms.false_alarm_ratio, 1)
    rule = DecisionRule(margin_ratio=request.terms.margin_ratio, alpha=alpha, fork_limit=request.limits.forks)
    with (
        machine_lock("boss-perf gate"),
        Progress(lambda _name, samples: _standing(samples, rule)) as watcher,
    ):
        report, _ = run_gate(request, watcher=watcher, explain=explain if is_explained else None)
    return report


def _standing(samples: Sequence[Sample], rule: DecisionRule) -> Standing:
    decision = decide_time([each for each in samples if each.phase is Pass.PAIRS], rule=rule)
    verdict = decision.verdict.value.lower() if decision.stage is Stage.DONE else ""
    style = "yellow" if not verdict else "green" if decision.verdict.opens else "red"
    return Standing(verdict, style, decision.reason)


def request_of(
    base: Tree,
    head: Tree,
    flags: CompareFlags,
    *,
    head_targets: TargetSet | None = None,
    base_targets: TargetSet | None = None,
    examiner: Tree | None = None,
) -> GateRequest:
    """The request that the flags add up to; a flag goes before the policies, and head's policy cannot widen base's.

    `examiner` is the tree whose suite examines both, base where it is None.
    """
    policy = head_targets.policy if head_targets else RunPolicy()
    before = base_targets.policy if base_targets else RunPolicy()
    pass_on(before)
    if flags.margin is not None:
        require_positive("--margin", flags.margin)
    if flags.ceiling is not None:
        require_positive("--ceiling", flags.ceiling)
    require_positive("--timeout", flags.timeout_s)
    if flags.forks < FIRST_LOOK:
        raise UsageError(f"--forks must be at least {FIRST_LOOK}: fewer decide nothing")
    if flags.jobs < 1:
        raise UsageError("--jobs must be at least 1")
    check_choice(flags.suite, flags.only, (base.root, head.root))
    suite = flags.suite or default_suite((head.root, head_targets), (base.root, base_targets))
    return GateRequest(
        base=base,
        head=head,
        terms=GateTerms(
            suite=tuple(suite),
            today=date.today(),
            margin_ratio=min(policy.margin_ratio, before.margin_ratio) if flags.margin is None else flags.margin / 100,
            ceiling_ratio=min(policy.ceiling_ratio, before.ceiling_ratio)
            if flags.ceiling is None
            else flags.ceiling / 100,
            memory_margin_ratio=min(policy.memory_margin_ratio, before.memory_margin_ratio),
            false_alarm_ratio=(before if base_targets else policy).false_alarm_ratio,
            head_targets=head_targets,
            base_targets=base_targets,
            only=flags.only,
            fail_on=flags.fail_on,
        ),
        limits=Limits(
            forks=flags.forks,
            jobs=flags.jobs,
            memory_forks=2 if flags.memory else 0,
            budget_s=policy.time_budget_s if flags.budget_s is None else flags.budget_s,
            timeout_s=flags.timeout_s,
        ),
        suite=examiner,
        is_built=bool(flags.setup),
        seed=random.SystemRandom().randrange(2**32) if flags.seed is None else flags.seed,
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


def default_suite(*sides: tuple[Path, TargetSet | None]) -> tuple[str, ...]:
    """The files the targets name, else the usual folders, else everything; of either side, so that none can vanish."""
    return tuple(dict.fromkeys(each for root, target_set in sides for each in _suite_of(root, target_set)))


def _suite_of(root: Path, target_set: TargetSet | None) -> list[str]:
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


def tree_of(root: Path, side: Side, path: list[str], python: Path | None = None) -> Tree:
    """A side's tree; `path` names folders below it that go first on the import path.

    An interpreter named by a path is meant from here, not from the tree.
    """
    chosen = sys.executable if python is None else str(python if python.name == str(python) else python.absolute())
    return Tree(root=root, side=side, python=chosen, path=tuple(path))


def setup_command(text: str | None) -> tuple[str, ...]:
    """The words of `--setup`, split as a shell would and given to none; empty when there is no command."""
    try:
        return tuple(shlex.split(text or ""))
    except ValueError as error:
        raise UsageError(f"--setup cannot be split into words: {error}", where=text) from error


@contextmanager
def side_tree(name: str, python: Path | None, path: list[str], *, setup: Sequence[str] = ()) -> Iterator[Tree]:
    """A side as its user names it: a folder that is there, or a ref of the repository around; both set up if asked."""
    if Path(name).is_dir():
        with folder_tree(Path(name).resolve(), name, python, path, setup=setup) as tree:
            yield tree
        return
    repository = Path(git(Path.cwd(), "rev-parse", "--show-toplevel"))
    commit = resolve_commit(repository, name)
    with checked_out(repository, commit, folder=Path.cwd().relative_to(repository), setup=setup) as root:
        yield tree_of(root, Side(name, commit), path, python)


@contextmanager
def folder_tree(
    root: Path, name: str, python: Path | None, path: list[str], *, setup: Sequence[str] = ()
) -> Iterator[Tree]:
    """A folder as a side, as it is; where there is a set-up command, a copy in which it was run."""
    revision = revision_of(root)
    tree = tree_of(root, Side(name, revision.commit, revision.is_dirty), path, python)
    with copied(tree) if setup else nullcontext(tree) as ready:
        if setup:
            run_setup(ready.root, setup)
        yield ready
