"""When two arms count as agreed: with one type and one content, or by an `agree` that says so in so many words."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy
import pytest

from boss_perf.worker.paired import ArmsDisagree, Paired, is_same


class Loose:
    """Equal to everything, without saying True."""

    def __init__(self, held: int) -> None:
        self.held = held

    def __eq__(self, other: object) -> Any:
        return "yes"

    def __hash__(self) -> int:
        return 1


class Broken:
    def __eq__(self, other: object) -> bool:
        raise ValueError("cannot say")

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        raise ValueError("cannot say either")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1, True), (1, 1.0, False), (1, True, False), ([1], (1,), False), (0.1 + 0.2, 0.3, True),
        (numpy.array([1, 2]), numpy.array([1, 2]), True), (numpy.array([1, 2]), numpy.array([1, 3]), False),
        (Loose(1), Loose(2), False), (Loose(1), Loose(1), True), (Broken(), Broken(), True),
        (lambda: 1, lambda: 1, False), (float("nan"), float("nan"), True),
    ],
)  # fmt: skip
def test_answers_are_the_same_by_type_and_content_or_by_a_real_true(left: Any, right: Any, same: bool) -> None:
    assert is_same(left, right) is same


def pair(*, calls: int = 0) -> Paired:
    """A pair whose arms are called so often when they are measured."""

    def measure(_arms: Any, subjects: Any, _first: Any, ask_again: Callable[[], Any]) -> None:
        for subject in subjects:
            subject.batch(calls)
        ask_again()

    return Paired(measure)


def test_agree_has_to_say_true_or_false() -> None:
    with pytest.raises(TypeError, match="`agree` returned None, not True or False"):
        pair()(baseline=lambda: 1, optimized=lambda: 2, agree=lambda _left, _right: None)
    with pytest.raises(ArmsDisagree, match="input 0: 1 against 2"):
        pair()(baseline=lambda: 1, optimized=lambda: 2, agree=lambda left, right: left == right)


@pytest.mark.parametrize(
    ("agree", "is_doubted"),
    [
        (lambda _left, _right: True, True),
        (lambda left, right: left == right, False),
        (lambda left, right: len(left) == len(right), False),
    ],
    ids=["anything", "equal", "raises"],
)
def test_an_agree_that_accepts_anything_is_doubted(agree: Callable[[Any, Any], Any], is_doubted: bool) -> None:
    both = pair()
    both(baseline=lambda: "a", optimized=lambda: "a", agree=agree)
    assert [kind for kind, _ in both.caveats] == ["agrees_with_anything"] * is_doubted


class Late:
    """Computes what it is worth when it is compared."""

    def __init__(self, number: int, worth: int | None = None) -> None:
        self._number, self._worth = number, worth

    def worth(self) -> int:
        if self._worth is None:
            self._worth = self._number**2
        return self._worth

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Late) and self.worth() == other.worth()

    def __hash__(self) -> int:
        return 1


@pytest.mark.parametrize(("worth", "is_doubted"), [(None, True), (9, False)])
def test_answers_that_are_equal_by_their_own_word_alone_are_doubted(worth: int | None, is_doubted: bool) -> None:
    both = pair()
    both(baseline=lambda: Late(3, 9), optimized=lambda: Late(3, worth))
    assert [kind for kind, _ in both.caveats] == ["equal_by_own_word"] * is_doubted


@pytest.mark.parametrize("limit", [2, 50])
def test_an_arm_that_answers_right_for_a_while_only_disagrees(limit: int) -> None:
    turns = itertools.count()
    with pytest.raises(ArmsDisagree, match="asked again after measuring, input 0: 3 against None"):
        pair(calls=100)(baseline=lambda: 3, optimized=lambda: 3 if next(turns) < limit else None)


def test_what_a_comparison_would_use_up_is_not_compared_in_silence() -> None:
    with pytest.raises(ArmsDisagree, match="say how with `agree=`"):
        pair()(baseline=lambda: iter([1]), optimized=lambda: iter([2]))


def test_answers_that_raise_when_they_are_shown_end_in_a_sentence() -> None:
    with pytest.raises(ArmsDisagree, match="whose repr raises ValueError"):
        pair()(baseline=Broken, optimized=lambda: 1)
