"""Answers of two processes are the same when what they hold is, whatever type people return."""

import array
import collections
import contextlib
import dataclasses
import datetime
import decimal
import enum
import fractions
import itertools
import pathlib
import re
import threading
import time
import types
import uuid
from typing import Any, NamedTuple

import msgspec
import numpy
import pytest

from boss_perf.worker.answer_digest import AnswerDigest, digest_answer


@dataclasses.dataclass
class Money:
    amount: int
    note: str = dataclasses.field(default="", compare=False)


class Point(NamedTuple):
    x: int
    y: int


class Record(msgspec.Struct):
    name: str
    rows: list[int]


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Box:
    def __init__(self, held: Any) -> None:
        self.held = held


class Slots:
    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held


class Tags(list):
    pass


class Rows:
    def __init__(self, *rows: int) -> None:
        self._rows = rows

    def __iter__(self) -> Any:
        yield from self._rows


class Pydantic:
    """As pydantic's models look from outside."""

    __pydantic_fields__ = ()

    def __init__(self, **fields: Any) -> None:
        vars(self).update(fields)
        self.__pydantic_extra__ = None


class Attrs:
    """As attrs' classes look from outside."""

    __attrs_attrs__ = (types.SimpleNamespace(name="a", eq=True), types.SimpleNamespace(name="memo", eq=False))

    def __init__(self, a: Any, memo: Any) -> None:
        self.a, self.memo = a, memo


def text(answer: Any, **options: Any) -> str | None:
    return digest_answer(answer, walks=True, **options).text


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": [1, 2.0, None]}, {"a": [1, 2.0, None]}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({3, 1, 2}, {2, 3, 1}),
        (0.1 + 0.2, 0.3),
        ([0.1 + 0.2] * 50, [0.3] * 50),
        (0.0, -0.0),
        (complex(0.1 + 0.2, 1), complex(0.3, 1)),
        (float("nan"), float("nan")),
        (Money(3, "paid"), Money(3, "not yet")),
        (Attrs(1, "memo"), Attrs(1, None)),
        (numpy.array([0.1 + 0.2, 0.0, numpy.nan]), numpy.array([0.3, -0.0, numpy.nan])),
        (numpy.array([1.0 - 1e-16, -numpy.inf]), numpy.array([1.0, -numpy.inf])),
        (numpy.arange(12).reshape(3, 4).T, numpy.arange(12).reshape(3, 4).T.copy()),
        (array.array("d", [0.1 + 0.2]), array.array("d", [0.3])),
        (collections.defaultdict(list, a=[1]), collections.defaultdict(list, a=[1])),
        (re.compile("a+"), re.compile("a+")),
        (Slots(1), Slots(1)),
        (iter([1, 2]), iter([1, 2])),
        ({1: 2}.keys(), {1: 3}.keys()),
    ],
)  # fmt: skip
def test_equal_answers_have_one_digest(left: object, right: object) -> None:
    assert text(left) == text(right) is not None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True), ("1", 1), ([1, 2], [2, 1]), ([1], [1, 1]), (b"a", "a"), (1.0, 1), ([1], (1,)), (["ab"], ["a", "b"]),
        ([[1], 2], [[1, 2]]), (list(range(50)), [*range(49), 0]),
        (Money(3), Money(4)), (Point(1, 2), Point(1, 3)), (Point(1, 2), (1, 2)), (Attrs(1, 0), Attrs(2, 0)),
        (Record("a", [1]), Record("a", [2])), (Pydantic(a=1), Pydantic(a=2)),
        (Colour.RED, Colour.GREEN), (Access.READ | Access.WRITE, Access.READ),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")), (fractions.Fraction(1, 3), fractions.Fraction(1, 2)),
        (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)), (datetime.timedelta(1), datetime.timedelta(2)),
        (uuid.UUID(int=1), uuid.UUID(int=2)), (pathlib.Path("/a"), pathlib.Path("/b")), (range(3), range(4)),
        (1 + 2j, 1 + 3j), (slice(1), slice(2)), (int, str),
        (bytearray(b"a"), bytearray(b"b")), (memoryview(b"a"), memoryview(b"b")),
        (array.array("i", [1]), array.array("i", [2])), (array.array("i", [1]), array.array("l", [1])),
        (numpy.array([1, 2]), numpy.array([1, 3])), (numpy.zeros((2, 3)), numpy.zeros((3, 2))),
        (numpy.zeros(2, "f4"), numpy.zeros(2, "f8")), (numpy.array([1.0]), numpy.array([1.00001])),
        (numpy.array(["a", 1], object), numpy.array(["a", 2], object)), (numpy.float64(1.5), numpy.float64(2.5)),
        (numpy.array([1j]), numpy.array([2j])), (numpy.array(["a"]), numpy.array(["b"])),
        (collections.deque([1, 2]), collections.deque([2, 1])),
        (collections.Counter("aab"), collections.Counter("abb")),
        (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1)),
        (Box(1), Box(2)), (Slots(1), Slots(2)), (Box([Box(1)]), Box([Box(2)])), (ValueError("a"), ValueError("b")),
        (collections.UserDict(a=1), collections.UserDict(a=2)),
        (types.SimpleNamespace(a=1), types.SimpleNamespace(a=2)),
        ((n for n in (1, 2)), (n for n in (1,))), (map(str, [1]), map(str, [2])), (Rows(1, 2), Rows(1)),
        ({1: 2}.values(), {1: 3}.values()), (re.compile("a"), re.compile("b")),
    ],
    ids=lambda each: type(each).__name__,
)  # fmt: skip
def test_different_answers_have_different_digests(left: object, right: object) -> None:
    first, second = text(left), text(right)
    assert None not in (first, second)
    assert first != second


def test_attributes_of_a_list_of_ones_own_count() -> None:
    plain, marked = Tags([1]), Tags([1])
    marked.origin = "b"  # type: ignore[attr-defined]
    assert text(plain) != text(marked)


def test_a_list_of_ones_own_does_not_speak_for_what_it_holds() -> None:
    class Liar(list):
        def __repr__(self) -> str:
            return "[]"

    assert digest_answer(Liar(range(100)), walks=False) != digest_answer(Liar(range(101)), walks=False)


def test_what_is_private_is_told_apart_from_what_is_public() -> None:
    left, right = Box(1), Box(1)
    left._memo, right._memo = [1], [2]  # type: ignore[attr-defined]
    first, second = str(text(left)), str(text(right))
    assert first != second
    assert first.partition(":")[0] == second.partition(":")[0]


def test_the_path_of_the_tree_is_no_part_of_an_answer() -> None:
    here, there = "/tmp/arm-0/tree", "/tmp/arm-1/tree"
    for make in (lambda root: f"{root}/a.py", lambda root: [pathlib.Path(root, "a")], lambda root: [f"{root}/a"] * 99):
        assert text(make(here), root=here) == text(make(there), root=there) != text(make(here))


def test_the_number_of_pytests_temporary_folder_is_no_part_of_an_answer() -> None:
    here, there, other = (
        text([pathlib.Path(f"/tmp/pytest-of-ada/pytest-{name}.json")], root="/tree")
        for name in ("9/test_load0/a", "10/test_load0/a", "10/test_load0/b")
    )
    assert here == there != other


def test_what_would_be_used_up_is_walked_only_when_it_may_be() -> None:
    lazy = iter([1, 2, 3])
    assert digest_answer([lazy], walks=False).is_lazy
    assert list(lazy) == [1, 2, 3]
    assert digest_answer(Rows(1), walks=False).is_lazy


def test_of_plain_inputs_no_object_is_looked_at() -> None:
    def plain(given: Any) -> str | None:
        return digest_answer(given, walks=False, is_plain=True).text

    assert plain([1, {"a": (2,)}, numpy.zeros(2)]) is not None
    assert [plain([each]) for each in (Box(1), Money(1), Record("a", []), iter(()), Tags())] == [None] * 5


class Raising:
    def __reduce_ex__(self, _protocol: Any) -> Any:
        raise ValueError("not me")


class Leaving:
    def __reduce_ex__(self, _protocol: Any) -> Any:
        raise SystemExit(0)


class Stubborn:
    """Never done, and deaf to exceptions of the usual kind."""

    def __reduce_ex__(self, _protocol: Any) -> Any:
        while True:
            with contextlib.suppress(Exception):
                time.sleep(0.01)


class Growing:
    def __reduce_ex__(self, _protocol: Any) -> Any:
        return Growing, (), {"next": Growing()}


@pytest.mark.parametrize(
    ("answer", "doubt"),
    [
        (lambda: 1, "does not say what it holds"),
        ([threading.Lock()], "does not say what it holds"),
        (Raising(), "raised ValueError"),
        (Leaving(), "raised SystemExit"),
        (Growing(), "nested deeper"),
    ],
)
def test_what_cannot_be_looked_at_has_no_digest_but_a_reason(answer: object, doubt: str) -> None:
    found = digest_answer(answer, walks=True)
    assert found.text is None
    assert doubt in found.doubt


def test_an_answer_that_never_ends_looking_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boss_perf.worker.answer_digest.LOOK_LIMIT_S", 0.1)
    assert digest_answer(Stubborn(), walks=True) == AnswerDigest(None, "looking at it took longer than 0 s")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (lambda: itertools.count(), lambda: itertools.count(1)),
        (lambda: [[n] for n in range(4_000)], lambda: [[n + 1] for n in range(4_000)]),
    ],
    ids=["infinite", "huge"],
)
def test_of_a_huge_answer_the_beginning_is_compared_and_that_is_said(
    left: Any, right: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boss_perf.worker.answer_digest.ITEM_LIMIT", 1_000)
    assert text(left()) == text(left()) != text(right())
    assert "only the first" in digest_answer(left(), walks=True).doubt


def test_a_long_row_of_plain_values_is_seen_whole() -> None:
    long = list(range(1_000_000))
    found = digest_answer(long, walks=False)
    assert (found.doubt, found.text is None) == ("", False)
    assert found.text != text([*long[:-1], 0])


def test_a_cycle_is_no_trouble() -> None:
    def cycle(end: int) -> list[Any]:
        answer: list[Any] = [end]
        answer.append(answer)
        return answer

    assert text(cycle(1)) == text(cycle(1)) != text(cycle(2))


def test_tables_of_pandas_are_compared_by_content_shape_and_type() -> None:
    pandas = pytest.importorskip("pandas")

    def frame(last: Any, name: str = "a", kind: str = "f8") -> Any:
        return pandas.DataFrame({name: numpy.array([1, last], kind), "text": ["x", "y"]})

    assert text(frame(2)) == text(frame(2)) is not None
    for other in (frame(3), frame(2, "b"), frame(2, kind="i8"), frame(2).iloc[:1], frame(2)["a"], frame(2).index):
        assert text(other) not in (None, text(frame(2)))
