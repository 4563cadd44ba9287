"""An answer that makes what it holds when it is looked at is told, and what it makes then is timed."""

import dataclasses
import functools
import random
from collections.abc import Iterator
from typing import Any, SupportsIndex

import attrs
import pydantic
import pytest

from boss_perf.worker.answer_digest import digest_answer
from boss_perf.worker.clocks import CLOCKS
from boss_perf.worker.late_answers import walk
from boss_perf.worker.repeated_answers import RepeatedAnswers
from boss_perf.worker.subject import Subject

LOOKS: list[int] = []


class Later:
    def __get__(self, owner: Any, _kind: Any = None) -> int:
        if owner is None:
            raise AttributeError
        LOOKS.append(1)
        return 7

    def __set__(self, owner: Any, given: int) -> None:
        owner.__dict__["given"] = given


@dataclasses.dataclass
class Record:
    number: Any = Later()


@dataclasses.dataclass
class Plain:
    number: int = 7

    @functools.cached_property
    def aside(self) -> int:
        return 1


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    number: int = 7


@attrs.frozen
class Attributes:
    number: int = 7


class Model(pydantic.BaseModel):
    number: int = 7


class Bare:
    def __init__(self) -> None:
        self.number = 7


class State(Bare):
    def __getstate__(self) -> dict[str, int]:
        LOOKS.append(1)
        return {"number": 7}


class Reduced(Bare):
    def __reduce_ex__(self, _protocol: SupportsIndex) -> Any:
        LOOKS.append(1)
        return Bare, (), {"number": 7}


class Rows(list[int]):
    def __iter__(self) -> Iterator[int]:
        LOOKS.append(1)
        return iter([1, 2])


LATE = [Record(1), State(), Reduced(), Rows(), {"a": [Record(1)]}, Plain([State()])]  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", LATE)
def test_what_is_made_when_it_is_looked_at_is_late(answer: Any) -> None:
    assert digest_answer(answer, walks=False).is_late
    LOOKS.clear()
    walk(answer, limit=100)
    assert LOOKS


@pytest.mark.parametrize("answer", [Plain(), Slotted(), Attributes(), Model(), Bare(), [1], {"a": (2,)}, ValueError(1)])
def test_what_is_there_is_not(answer: Any) -> None:
    assert not digest_answer(answer, walks=False).is_late


def test_what_takes_long_to_look_at_is_work_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    LOOKS.clear()
    monkeypatch.setattr(CLOCKS, "wall_ns", lambda: 40_000 * len(LOOKS))
    assert RepeatedAnswers(Subject(Record, args=(1,)), root="").is_lazy


def test_what_costs_no_more_than_any_look_is_no_work_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    LOOKS.clear()
    monkeypatch.setattr(CLOCKS, "wall_ns", lambda: 10_000 * len(LOOKS))
    assert not RepeatedAnswers(Subject(State), root="").is_lazy


def test_a_walk_ends_where_answers_do_not() -> None:
    ring: list[Any] = []
    ring += [ring, random.Random(1), iter(int, 1)]
    walk(ring, limit=1000)
