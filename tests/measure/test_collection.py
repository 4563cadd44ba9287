"""Both sides of a gate are collected at once, unless they do not bear each other."""

import sys
import threading
from pathlib import Path

import pytest

from boss_perf.errors import MeasureError
from boss_perf.measure import collection
from boss_perf.measure.collection import side_by_side
from boss_perf.measure.tree import Tree
from boss_perf.model.gate import Side
from boss_perf.worker.messages import Collected

BASE, HEAD = (Tree(root=Path(each), side=Side(each, None), python=sys.executable) for each in ("base", "head"))


def test_sides_that_bear_each_other_are_collected_at_once() -> None:
    meeting = threading.Barrier(2)

    def collect_one(tree: Tree) -> Collected:
        meeting.wait(timeout=30)
        return Collected((), (), loaded=(tree.side.name,))

    assert [each.loaded for each in side_by_side(collect_one, BASE, HEAD)] == [("base",), ("head",)]


@pytest.mark.parametrize("is_raised", [True, False])
def test_sides_that_clash_are_collected_one_after_the_other(is_raised: bool) -> None:
    meeting = threading.Barrier(2)
    asked: list[str] = []

    def collect_one(tree: Tree) -> Collected:
        asked.append(tree.side.name)
        if len(asked) <= 2:
            meeting.wait(timeout=30)
            if tree is HEAD and is_raised:
                raise MeasureError("the port is taken")
            return Collected((), (("tests/test_it.py", "the port is taken"),) if tree is HEAD else ())
        return Collected((), (), loaded=(tree.side.name,))

    assert [each.loaded for each in side_by_side(collect_one, BASE, HEAD)] == [("base",), ("head",)]
    assert asked[2:] == ["base", "head"]


def test_what_fails_alone_too_is_told() -> None:
    def collect_one(tree: Tree) -> Collected:
        raise MeasureError(f"{tree.side.name} cannot be collected")

    with pytest.raises(MeasureError, match="base cannot be collected"):
        side_by_side(collect_one, BASE, HEAD)


def test_what_takes_all_its_time_is_not_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def collect_one(tree: Tree) -> Collected:
        asked.append(tree.side.name)
        raise MeasureError("no sign of life")

    monkeypatch.setattr(collection, "COLLECT_LIMIT_S", 0.0)
    with pytest.raises(MeasureError, match="no sign of life"):
        side_by_side(collect_one, BASE, HEAD)
    assert sorted(asked) == ["base", "head"]
