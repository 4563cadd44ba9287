"""Which commit made a benchmark slower: the gate's sequential test as the judge of a bisection.

Each step holds one commit against GOOD, in fresh forks; a commit that cannot run the benchmark is skipped for its
neighbours, as git does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from boss_perf.errors import UsageError
from boss_perf.measure.revision import git


class StepVerdict(StrEnum):
    """What a commit is, compared with GOOD."""

    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One commit that was tried, with the sentence of the comparison."""

    commit: str
    subject: str
    verdict: StepVerdict
    reason: str


@dataclass(frozen=True, slots=True)
class Culprits:
    """The commits that may have done it: one, or several where those between could not be judged."""

    commits: tuple[str, ...]
    steps: tuple[Step, ...]


def commits_between(repository: Path, good: str, bad: str) -> tuple[str, ...]:
    """The commits after GOOD up to BAD along first parents, oldest first; UsageError when GOOD is no ancestor."""
    listed = git(repository, "rev-list", "--first-parent", "--reverse", f"{good}..{bad}").split()
    if not listed or git(repository, "merge-base", good, bad) != good:
        raise UsageError("the good commit is not an ancestor of the bad one", hint="swap them, or name an older one")
    return tuple(listed)


def bisect(
    commits: tuple[str, ...], *, judge: Callable[[str], tuple[StepVerdict, str]], describe: Callable[[str], str]
) -> Culprits:
    """Search the first bad commit of a range whose last is bad, in about log2(n) steps.

    A skipped commit widens the answer only when it stays between the last good and the first bad one.
    """
    steps: list[Step] = []
    good, bad = -1, len(commits) - 1
    skipped: set[int] = set()
    while True:
        open_ones = [index for index in range(good + 1, bad) if index not in skipped]
        if not open_ones:
            return Culprits(commits[good + 1 : bad + 1], tuple(steps))
        middle = min(open_ones, key=lambda index: abs(2 * index - good - bad))
        verdict, reason = judge(commits[middle])
        steps.append(Step(commits[middle], describe(commits[middle]), verdict, reason))
        if verdict is StepVerdict.BAD:
            bad = middle
        elif verdict is StepVerdict.GOOD:
            good = middle
        else:
            skipped.add(middle)
