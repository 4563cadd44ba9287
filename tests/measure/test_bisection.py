"""The search itself, with a judge that knows the answer."""

import pytest

from boss_perf.measure.bisection import StepVerdict, bisect

COMMITS = tuple(f"c{index:02}" for index in range(40))


def judge_of(culprit: int, *, skipped: frozenset[int] = frozenset()):
    def judge(commit: str) -> tuple[StepVerdict, str]:
        index = COMMITS.index(commit)
        if index in skipped:
            return StepVerdict.SKIPPED, "does not build"
        return (StepVerdict.BAD if index >= culprit else StepVerdict.GOOD), ""

    return judge


@pytest.mark.parametrize("culprit", range(len(COMMITS)))
def test_the_first_bad_commit_is_found_in_few_steps(culprit: int) -> None:
    found = bisect(COMMITS, judge=judge_of(culprit), describe=str)
    assert found.commits == (COMMITS[culprit],)
    assert len(found.steps) <= 6


def test_commits_that_cannot_be_judged_stay_suspects() -> None:
    found = bisect(COMMITS, judge=judge_of(10, skipped=frozenset({8, 9, 10})), describe=str)
    assert found.commits == COMMITS[8:12]


def test_a_commit_skipped_elsewhere_is_no_suspect() -> None:
    found = bisect(COMMITS, judge=judge_of(30, skipped=frozenset({19, 20})), describe=str)
    assert found.commits == (COMMITS[30],)


def test_a_single_commit_needs_no_step() -> None:
    assert bisect(COMMITS[:1], judge=judge_of(0), describe=str).steps == ()
