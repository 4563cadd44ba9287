"""What the commands over two trees share: the flags, the trees by the words that name them, the request, the run."""

import functools
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

from boss_perf.cli.flags import CompareFlags, TreeFlags, seed_of
from boss_perf.cli.progress import Progress, Standing
from boss_perf.cli.project import interpreter, machine_or_cluster, pass_on, require_positive
from boss_perf.errors import UsageError
from boss_perf.explain.explaining import with_explanations
from boss_perf.judge.decision import DecisionRule, Need, decide_time, stage_alpha
from boss_perf.judge.gate.terms import GateTerms, SuiteMargin
from boss_perf.measure.build import run_setup
from boss_perf.measure.campaign import Limits
from boss_perf.measure.gate_run import GateRequest, run_gate
from boss_perf.measure.revision import git, revision_of
from boss_perf.measure.suite_files import suite_files
from boss_perf.measure.tree import Tree
from boss_perf.measure.worktree import checked_out, copied, resolve_commit
from boss_perf.model.gate import GateReport, Side
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.targets import RunPolicy, TargetSet
from boss_perf.stats.boundaries import FIRST_LOOK
from boss_perf.worker.asv_config import AsvConfigError, find_configs, read_config, usable_suites

SUITE_FOLDERS = ("benchmarks", "tests/benchmarks", "bench", "tests", "testing", "test")


def measured(
    request: GateRequest, *, is_explained: bool = False, on: str | None = None, setup: tuple[str, ...] = ()
) -> GateReport:
    """Show progress and run the gate, `on` a cluster, which sets its trees up, or on this machine, which is then held.

    `is_explained`: look why what moved has moved.
    """
    alpha = stage_alpha(request.terms.false_alarm_ratio, 1)
    rule = DecisionRule(margin_ratio=request.terms.margin_ratio, alpha=alpha, fork_limit=request.limits.forks)
    with (
        machine_or_cluster("boss-perf gate", on, setup=setup) as cluster,
        Progress(lambda _name, samples: _standing(samples, rule)) as watcher,
    ):
        executor = cluster.executor if cluster is not None else None
        explain = functools.partial(
            with_explanations, sides=(request.base.side.name, request.head.side.name),
            timeout_s=request.limits.timeout_s, seed=request.seed, executor=executor,
        )  # fmt: skip
        report, _ = run_gate(
            replace(request, executor=executor), watcher=watcher, explain=explain if is_explained else None
        )
        return report if cluster is None else replace(report, fingerprint=next(iter(cluster.machines.values())))


def _standing(samples: Sequence[Sample], rule: DecisionRule) -> Standing:
    decision = decide_time([each for each in samples if each.phase is Pass.PAIRS], rule=rule)
    verdict = decision.verdict.value.lower() if decision.need is Need.NOTHING else ""
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
    for name in ("margin", "ceiling", "budget_s", "timeout_s"):
        require_positive(f"--{name.removesuffix('_s')}", getattr(flags, name))
    if flags.forks < FIRST_LOOK:
        raise UsageError(f"--forks must be at least {FIRST_LOOK}: fewer decide nothing")
    if flags.jobs < 1:
        raise UsageError("--jobs must be at least 1")
    check_choice(flags.suite, flags.only, tuple(each.root for each in (base, head, examiner) if each is not None))
    suites = [
        tuple(flags.suite) or default_suite(*each) for each in ((head.root, head_targets), (base.root, base_targets))
    ]
    return GateRequest(
        base=base,
        head=head,
        terms=GateTerms(
            suite=tuple(dict.fromkeys((*suites[0], *suites[1]))),
            examining=suites[0] if examiner is head else suites[1],
            today=date.today(),
            margin_ratio=min(policy.margin_ratio, before.margin_ratio) if flags.margin is None else flags.margin / 100,
            ceiling_ratio=min(policy.ceiling_ratio, before.ceiling_ratio)
            if flags.ceiling is None
            else flags.ceiling / 100,
            memory_margin_ratio=min(policy.memory_margin_ratio, before.memory_margin_ratio),
            false_alarm_ratio=(before if base_targets else policy).false_alarm_ratio,
            head_targets=head_targets,
            base_targets=base_targets,
            suite_margins=tuple(_asv_margin(each.root) for each in (base, head) if flags.margin is None),
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
        seed=seed_of(flags.seed),
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


def default_suite(root: Path, target_set: TargetSet | None = None) -> tuple[str, ...]:
    """The files the targets name, else those that use the fixture or the marker, and the asv suites.

    Where no text tells of any, the first of the usual folders, else everything. UsageError for a broken configuration
    of asv's.
    """
    targets = target_set.targets if target_set is not None else ()
    if named := [target.workload.split("::", 1)[0] for target in targets if target.workload]:
        return tuple(dict.fromkeys(named))
    try:
        asv = [read_config(str(root), each).folder for each in find_configs(str(root))]
    except AsvConfigError as error:
        raise UsageError(error.why, where=str(root / error.file), hint="or name the suite with --suite") from error
    usual = next((each for each in SUITE_FOLDERS if (root / each).is_dir()), ".")
    return tuple(dict.fromkeys((*asv, *suite_files(root)))) or (usual,)


def _asv_margin(root: Path) -> SuiteMargin:
    """What the asv suites of a tree allow a benchmark, as `regressions_thresholds` say."""
    suites = usable_suites(str(root))

    def margin_ratio(benchmark: str) -> float | None:
        return next((each.margin_ratio(benchmark) for each in suites if each.holds(benchmark.split("::", 1)[0])), None)

    return margin_ratio


def side_tree(name: str, flags: TreeFlags, python: Path | None = None) -> AbstractContextManager[Tree]:
    """A side as its user names it: a folder that is there, or a ref of the repository around; set up if asked."""
    if Path(name).is_dir():
        return folder_tree(Path(name).resolve(), name, flags, python)
    return commit_tree(Path.cwd(), resolve_commit(Path.cwd(), name), name, flags, python)


@contextmanager
def commit_tree(root: Path, commit: str, name: str, flags: TreeFlags, python: Path | None = None) -> Iterator[Tree]:
    """A commit of the repository around a folder as a side, as far as it lies below the folder; set up if asked."""
    repository = Path(git(root, "rev-parse", "--show-toplevel"))
    with checked_out(repository, commit, folder=root.relative_to(repository)) as place:
        tree = tree_of(place, Side(name, commit), flags, python)
        _set_up(tree, flags)
        yield tree


@contextmanager
def folder_tree(root: Path, name: str, flags: TreeFlags, python: Path | None = None) -> Iterator[Tree]:
    """A folder as a side, as it is; where there is a set-up command, a copy in which it was run."""
    revision = revision_of(root)
    tree = tree_of(root, Side(name, revision.commit, revision.is_dirty), flags, python)
    with copied(tree) if flags.setup else nullcontext(tree) as ready:
        _set_up(ready, flags)
        yield ready


def tree_of(root: Path, side: Side, flags: TreeFlags, python: Path | None = None) -> Tree:
    """A side's tree; its own `python` goes before the one that the flags name for both."""
    return Tree(
        root=root,
        side=side,
        python=interpreter(python or flags.python, root),
        path=tuple(flags.path),
        options=tuple(flags.pytest_option),
    )


def setup_words(flags: TreeFlags) -> tuple[str, ...]:
    """The words of `--setup`, split as a shell would and given to none; none where there is no command."""
    try:
        return tuple(shlex.split(flags.setup or ""))
    except ValueError as error:
        raise UsageError(f"--setup cannot be split into words: {error}", where=flags.setup) from error


def _set_up(tree: Tree, flags: TreeFlags) -> None:
    if command := setup_words(flags):
        run_setup(tree, command)
