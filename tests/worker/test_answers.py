"""Answers of two processes are the same when their plain data is."""

import pytest

from boss_perf.worker.answers import answer_digest


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": [1, 2.0, None]}, {"a": [1, 2.0, None]}),
        ({3, 1, 2}, {2, 3, 1}),
        (0.1 + 0.2, 0.3),
        (float("nan"), float("nan")),
    ],
)
def test_equal_answers_have_one_digest(left: object, right: object) -> None:
    assert answer_digest(left) == answer_digest(right) is not None


@pytest.mark.parametrize(
    ("left", "right"), [(1, True), ("1", 1), ([1, 2], [2, 1]), ([1], [1, 1]), (b"a", "a"), (1.0, 1)]
)
def test_different_answers_have_different_digests(left: object, right: object) -> None:
    assert answer_digest(left) != answer_digest(right)


def test_what_is_not_plain_data_has_none() -> None:
    assert answer_digest(object()) is None
    assert answer_digest([lambda: 1]) is None
    assert answer_digest(list(range(200_000))) is None
    deep: list = []
    for _ in range(100):
        deep = [deep]
    assert answer_digest(deep) is None
