"""The search itself, with a judge that knows the answer."""

import pytest

from boss_perf.measure.bisection import StepVerdict, bisect

COMMITS = tuple(f"c{index:02}" for index in range(40))


def found(culprit: int, *, among: tuple[str, ...] = COMMITS, skipped: frozenset[int] = frozenset()):
    """What the search says, and how many commits it tried."""
    tried = []

    def judge(commit: str) -> tuple[StepVerdict, str]:
        index = COMMITS.index(commit)
        tried.append(index)
        if index in skipped:
            return StepVerdict.SKIPPED, "does not build"
        return (StepVerdict.BAD if index >= culprit else StepVerdict.GOOD), ""

    return bisect(among, judge=judge), len(tried)


@pytest.mark.parametrize("culprit", range(len(COMMITS)))
def test_the_first_bad_commit_is_found_in_few_steps(culprit: int) -> None:
    guilty, steps = found(culprit)
    assert guilty == (COMMITS[culprit],)
    assert steps <= 6


def test_commits_that_cannot_be_judged_stay_suspects() -> None:
    assert found(10, skipped=frozenset({8, 9, 10}))[0] == COMMITS[8:12]


def test_a_commit_skipped_elsewhere_is_no_suspect() -> None:
    assert found(30, skipped=frozenset({19, 20}))[0] == (COMMITS[30],)


def test_a_single_commit_needs_no_step() -> None:
    assert found(0, among=COMMITS[:1]) == (COMMITS[:1], 0)
