"""`boss-perf bisect`: the commit that made a benchmark slower."""

import json
import math
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import typer

from boss_perf.cli.explain import benchmark_named, flags_for, two_places
from boss_perf.cli.flags import DEFAULT_TARGETS, AsJson, SessionFlags
from boss_perf.cli.progress import Progress
from boss_perf.cli.streams import say
from boss_perf.cli.trees import commit_tree, request_of
from boss_perf.errors import ExitStatus, MeasureError, UsageError
from boss_perf.explain.explaining import explain_benchmarks
from boss_perf.measure.bisection import StepVerdict, commits_between
from boss_perf.measure.bisection import bisect as search
from boss_perf.measure.gate_run import GateRequest, run_gate
from boss_perf.measure.machine.lock import machine_lock
from boss_perf.measure.revision import git
from boss_perf.measure.tree import Tree
from boss_perf.measure.worktree import resolve_commit
from boss_perf.model.gate import GateMetric, GateVerdict
from boss_perf.model.samples import Pass
from boss_perf.model.units import several
from boss_perf.report.explanation_text import explanation_lines
from boss_perf.text import inert


def bisect(
    flags: SessionFlags,
    good: str = typer.Argument(..., help="A commit that was fast."),
    bad: str = typer.Argument(..., help="A commit that is slow; its version of the benchmark is run everywhere."),
    benchmark: str = typer.Argument(..., metavar="ID", help="A pytest node id, tests/test_x.py::test_y, or a target."),
    as_json: AsJson = False,
) -> None:
    """Find the commit that made one benchmark slower. Example: boss-perf bisect v1.0 HEAD tests/test_x.py::test_y

    A commit whose set-up fails, or that cannot run the benchmark, is skipped for its neighbours.
    """
    here = Path.cwd()
    benchmark, _ = benchmark_named(benchmark, here, DEFAULT_TARGETS)
    first, last = resolve_commit(here, good), resolve_commit(here, bad)
    commits = commits_between(here, first, last)
    steps: list[dict[str, str]] = []

    def tell(line: str) -> None:
        say(inert(line), err=as_json)

    steps_count = max(1, (len(commits) - 1).bit_length())
    tell(f"{several(len(commits), 'commit')}, about {several(steps_count, 'step')}")

    def describe(commit: str) -> str:
        return git(here, "log", "-1", "--format=%h %s", commit)

    def side(commit: str) -> AbstractContextManager[Tree]:
        return commit_tree(here, commit, commit[:12], flags)

    with machine_lock("boss-perf bisect"), side(first) as fast, side(last) as slow:
        compared = flags_for(benchmark, flags)

        def judge(commit: str, tree: Tree | None = None) -> tuple[StepVerdict, str]:
            try:
                with nullcontext(tree) if tree is not None else side(commit) as head:
                    verdict, reason = _verdict(request_of(fast, head, compared, examiner=slow))
            except (MeasureError, UsageError) as error:
                if tree is not None:
                    raise
                verdict, reason = StepVerdict.SKIPPED, error.message  # the flags fit BAD, so it is the commit
            tell(f"{verdict.value:8} {describe(commit)}: {reason}")
            steps.append({"commit": commit, "verdict": verdict.value, "reason": reason})
            return verdict, reason

        verdict, reason = judge(last, slow)
        if verdict is not StepVerdict.BAD:
            said = "cannot be compared with" if verdict is StepVerdict.SKIPPED else "is not slower than"
            sys.stderr.write(inert(f"{bad} {said} {good}: {reason}\n"))
            raise typer.Exit(ExitStatus.UNDECIDED)
        guilty = search(commits, judge=judge)
        before = git(here, "rev-parse", f"{guilty[0]}^")
        with side(before) as good_side, side(guilty[-1]) as bad_side:
            why = _why(good_side, bad_side, benchmark, flags, examiner=slow)
    if as_json:
        found = {"benchmark": benchmark, "slower_since": guilty, "why": why, "steps": steps}
        say(json.dumps(found, indent=2))
        return
    tell("slower since:" if len(guilty) == 1 else "slower since one of:")
    for line in (*map(describe, guilty), *why):
        tell(f"  {line}")


def _why(base: Tree, head: Tree, benchmark: str, flags: SessionFlags, *, examiner: Tree) -> tuple[str, ...]:
    """What made the guilty commit slower than the one before it, in at most three lines."""
    seed = 1 if flags.seed is None else flags.seed
    sides = (base.side.name, head.side.name)
    try:
        with two_places(base, head, benchmark, flags, examiner=examiner) as (places, preload):
            answers = explain_benchmarks(
                places,
                {benchmark: (Pass.PROFILE,)},
                sides=sides,
                preload=preload,
                timeout_s=flags.timeout_s,
                seed=seed,
                proven_ratios={benchmark: math.inf},
            )
            answer = answers[benchmark]
    except (MeasureError, UsageError) as error:
        answer = error.message
    return (f"not explained: {answer}",) if isinstance(answer, str) else explanation_lines(answer)


def _verdict(request: GateRequest) -> tuple[StepVerdict, str]:
    """What a commit is against the good one; KeyboardInterrupt when somebody stopped the measurement."""
    with Progress() as watcher:
        report, _ = run_gate(request, watcher=watcher)
    if report.is_interrupted:
        raise KeyboardInterrupt
    item = next(each for each in report.items if each.metric is GateMetric.TIME)
    if item.verdict is GateVerdict.SLOWER:
        return StepVerdict.BAD, item.reason
    if item.verdict in (GateVerdict.NOT_SLOWER, GateVerdict.FASTER):
        return StepVerdict.GOOD, item.reason
    return StepVerdict.SKIPPED, item.reason
