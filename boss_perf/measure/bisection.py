"""Which commit made a benchmark slower: the gate's sequential test as the judge of a bisection.

Each step holds one commit against GOOD, in fresh forks; a commit that cannot run the benchmark is skipped for its
neighbours, as git does.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from boss_perf.errors import UsageError
from boss_perf.measure.revision import git


class StepVerdict(StrEnum):
    """What a commit is, compared with GOOD."""

    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"


def commits_between(repository: Path, good: str, bad: str) -> tuple[str, ...]:
    """The commits after GOOD up to BAD along first parents, oldest first; UsageError when GOOD is no ancestor."""
    listed = git(repository, "rev-list", "--first-parent", "--reverse", f"{good}..{bad}").split()
    if not listed or git(repository, "merge-base", good, bad) != good:
        raise UsageError("the good commit is not an ancestor of the bad one", hint="swap them, or name an older one")
    return tuple(listed)


def bisect(commits: tuple[str, ...], *, judge: Callable[[str], tuple[StepVerdict, str]]) -> tuple[str, ...]:
    """The first bad commit of a range whose last is bad, in about log2(n) steps; several where some are skipped.

    A skipped commit widens the answer only when it stays between the last good and the first bad one.
    """
    good, bad = -1, len(commits) - 1
    skipped: set[int] = set()
    while open_ones := [index for index in range(good + 1, bad) if index not in skipped]:
        middle = min(open_ones, key=lambda index: abs(2 * index - good - bad))
        verdict, _ = judge(commits[middle])
        if verdict is StepVerdict.BAD:
            bad = middle
        elif verdict is StepVerdict.GOOD:
            good = middle
        else:
            skipped.add(middle)
    return commits[good + 1 : bad + 1]
