"""What asking a subject again, before and after it is measured, finds out."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from boss_perf.worker.clocks import CLOCKS
from boss_perf.worker.one_shot import OneShot
from boss_perf.worker.repeated_answers import RepeatedAnswers
from boss_perf.worker.subject import Subject


def asked(function: Callable[..., Any], *args: Any, inputs: Sequence[Any] | None = None, calls: int = 50) -> Any:
    """The digests before and after so many calls, and the kinds of doubt."""
    subject = Subject(function, args=args, inputs=inputs)
    answers = RepeatedAnswers(subject, root="")
    subject.batch(calls)
    first, later = answers.again()
    return first, later, [kind for kind, _ in answers.caveats]


@pytest.mark.parametrize("limit", [3, 40])
def test_an_answer_that_is_right_for_a_while_is_another_one_later(limit: int) -> None:
    turns = itertools.count()
    first, later, _ = asked(lambda: 3 if next(turns) < limit else 4)
    assert first != later


def test_what_answers_only_after_a_pause_is_asked_without_one() -> None:
    is_after_pause = [True]

    def hasty() -> int | None:
        is_ready, is_after_pause[0] = is_after_pause[0], False
        return 3 if is_ready else None

    subject = Subject(hasty)
    answers = RepeatedAnswers(subject, root="")
    subject.batch(50)
    is_after_pause[0] = True
    first, later = answers.again()
    assert first != later


def test_to_have_to_await_an_answer_is_another_answer() -> None:
    async def later() -> int:
        return 3

    plain, *_ = asked(lambda: 3)
    assert plain != asked(later)[0] == asked(lambda: later())[0]


def test_of_several_inputs_the_first_few_are_asked() -> None:
    table = {1: "a", 2: "b", 3: "c"}
    first, later, doubts = asked(table.get, inputs=[1, 2, 3])
    assert (first == later, doubts) == (True, [])
    assert first != asked({**table, 3: "x"}.get, inputs=[1, 2, 3])[0]


def test_what_a_subject_leaves_of_its_plain_inputs_belongs_to_its_answer() -> None:
    def in_place(numbers: list[int]) -> list[int]:
        numbers.sort()
        return numbers

    assert asked(sorted, [3, 1, 2])[0] != asked(in_place, [3, 1, 2])[0]
    assert asked(sorted, [1, 2, 3])[0] == asked(in_place, [1, 2, 3])[0]


def test_what_an_input_object_keeps_to_itself_is_no_answer() -> None:
    class Page:
        title = "a"

    def cached(page: Page) -> str:
        page.memo = page.title  # type: ignore[attr-defined]
        return page.title

    assert asked(lambda page: page.title, Page())[0] == asked(cached, Page())[0]


@pytest.mark.parametrize(("setup", "doubts"), [(None, ["first_call"]), (tuple, [])])
def test_a_slow_first_call_is_told_and_a_slow_set_up_is_none(
    monkeypatch: pytest.MonkeyPatch, setup: Callable[[], Any] | None, doubts: list[str]
) -> None:
    clock = itertools.chain([0, 10_000_000_000], itertools.count(20_000_000_000, 100))
    subject = Subject(lambda: 1, setup=setup)
    monkeypatch.setattr(CLOCKS, "wall_ns", lambda: next(clock))
    answers = RepeatedAnswers(subject, root="")
    subject.rounds.add([100])
    answers.again()
    assert [kind for kind, _ in answers.caveats] == doubts


def test_a_one_shot_is_called_once_whatever_is_asked() -> None:
    calls: list[int] = []

    def create() -> list[int]:
        calls.append(1)
        return list(calls)

    subject = OneShot(create)
    answers = RepeatedAnswers(subject, root="")
    assert calls == []
    assert subject.batch(5) == subject.batch(1)
    assert subject.calls(7) == [subject.batch(1)[1]]
    first, later = answers.again()
    assert (calls, answers.answer, first == later is not None) == ([1], [1], True)


def test_what_takes_its_input_from_what_was_prepared_is_called_as_often_as_stated() -> None:
    prepared = [4, 3, 2, 1]
    subject = Subject(lambda number: number, setup=lambda: ((prepared.pop(),), {}))
    answers = RepeatedAnswers(subject, root="", stated_calls=4)
    assert (subject.is_one_shot, prepared) == (True, [4, 3, 2])
    assert subject.batch(5) == subject.batch(1)
    assert (prepared, len(subject.calls(9))) == ([], 3)
    first, later = answers.again()
    assert (answers.answer, first == later is not None) == (4, True)


@pytest.mark.parametrize("stated_calls", [0, 4])
def test_what_leaves_as_much_as_it_found_is_called_at_will(stated_calls: int) -> None:
    rows = [1, 2]
    subject = Subject(lambda: rows.append(rows.pop()))
    RepeatedAnswers(subject, root="", stated_calls=stated_calls)
    assert not subject.is_one_shot


@pytest.mark.parametrize(("is_set_up", "doubts"), [(True, []), (False, ["consumed_input"])])
def test_what_uses_up_its_input_is_doubted_where_no_call_gets_it_anew(is_set_up: bool, doubts: list[str]) -> None:
    rows = [1, 2, 3]
    subject = Subject(rows.clear, setup=(lambda: rows.extend([1, 2, 3])) if is_set_up else None)
    answers = RepeatedAnswers(subject, root="", stated_calls=5)
    assert ([kind for kind, _ in answers.caveats], subject.is_one_shot) == (doubts, False)
