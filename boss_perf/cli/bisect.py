"""`boss-perf bisect`: the commit that made a benchmark slower."""

import sys
from pathlib import Path

import typer

from boss_perf.cli.trees import JOBS, MARGIN, two_trees
from boss_perf.errors import ExitStatus


def bisect(
    good: str = typer.Argument(..., help="A commit that was fast."),
    bad: str = typer.Argument(..., help="A commit that is slow."),
    benchmark: str = typer.Argument(..., metavar="ID", help="A pytest node id: tests/test_x.py::test_y."),
    margin: float = MARGIN,
    forks: int = typer.Option(30, "--forks", help="The most forks per commit and stage."),
    jobs: int = JOBS,
    timeout_s: float = typer.Option(60.0, "--timeout", help="Seconds of silence after which a commit is skipped."),
    seed: int = typer.Option(1, "--seed", help="The seed of all random choices."),
) -> None:
    """Find the commit that made one benchmark slower. Example: boss-perf bisect v1.0 HEAD tests/test_x.py::test_y"""
    from boss_perf.cli.progress import Progress
    from boss_perf.measure.bisection import StepVerdict, commits_between
    from boss_perf.measure.bisection import bisect as search
    from boss_perf.measure.machine_lock import machine_lock
    from boss_perf.measure.revision import git
    from boss_perf.measure.worktree import resolve_commit
    from boss_perf.model.gate import GateMetric, GateVerdict

    repository = Path(git(Path.cwd(), "rev-parse", "--show-toplevel"))
    first, last = resolve_commit(repository, good), resolve_commit(repository, bad)
    commits = commits_between(repository, first, last)
    typer.echo(f"{len(commits)} commits, about {max(1, (len(commits) - 1).bit_length())} steps")

    def judge(commit: str) -> tuple[StepVerdict, str]:
        with Progress(lambda _name, samples: f"{len(samples)} forks") as watcher:
            item = next(
                item
                for item in two_trees(
                    repository, first, commit, benchmark=benchmark, margin=margin, forks=forks, jobs=jobs,
                    timeout_s=timeout_s, seed=seed, watcher=watcher,
                )
                if item.metric is GateMetric.TIME
            )  # fmt: skip
        if item.verdict is GateVerdict.SLOWER:
            verdict = StepVerdict.BAD
        elif item.verdict in (GateVerdict.NOT_SLOWER, GateVerdict.FASTER, GateVerdict.NEW):
            verdict = StepVerdict.GOOD
        else:
            verdict = StepVerdict.SKIPPED
        typer.echo(f"{verdict.value:8} {describe(commit)}: {item.reason}")
        return verdict, item.reason

    def describe(commit: str) -> str:
        return git(repository, "log", "-1", "--format=%h %s", commit)

    with machine_lock("boss-perf bisect"):
        verdict, reason = judge(last)
        if verdict is not StepVerdict.BAD:
            sys.stderr.write(f"{bad} is not slower than {good}: {reason}\n")
            raise typer.Exit(ExitStatus.UNDECIDED)
        found = search(commits, judge=judge, describe=describe)
    typer.echo("slower since:" if len(found.commits) == 1 else "slower since one of:")
    for commit in found.commits:
        typer.echo(f"  {describe(commit)}")


COMMANDS = {"bisect": bisect}
