"""A floor rises after enough runs in a row, never sinks, and says what moved."""

from datetime import UTC, datetime, timedelta

import pytest

from boss_perf.judge.floors import advanced, moves
from boss_perf.model.gate import Floor, GateItem, GateMetric, GateVerdict, Witness

NAME = "test_a.py::test_a"
OLD, NEW, NEWER = "a" * 40, "b" * 40, "c" * 40
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def _run(
    floors: dict[str, Floor], verdict: GateVerdict, *, head: str, day: int = 0, count: int = 3
) -> dict[str, Floor]:
    item = GateItem(benchmark=NAME, metric=GateMetric.TIME, verdict=verdict, reason="", margin_ratio=0.03)
    against = {NAME: floors[NAME].commit if NAME in floors else OLD}
    return advanced(floors, [item], against=against, head=head, measured_at=DAY + timedelta(days=day), run_count=count)


def test_an_improvement_becomes_the_floor_after_as_many_runs_as_asked() -> None:
    floors = _run({NAME: Floor(OLD)}, GateVerdict.FASTER, head=NEW)
    floors = _run(floors, GateVerdict.FASTER, head=NEWER, day=1)
    assert floors[NAME] == Floor(OLD, (Witness(NEW, DAY), Witness(NEWER, DAY + timedelta(days=1))))
    floors = _run(floors, GateVerdict.FASTER, head=NEWER, day=2)
    assert floors[NAME] == Floor(NEW)


@pytest.mark.parametrize("verdict", [GateVerdict.NOT_SLOWER, GateVerdict.SLOWER, GateVerdict.WAIVED])
def test_a_run_that_is_no_faster_ends_the_row(verdict: GateVerdict) -> None:
    floors = _run({NAME: Floor(OLD, (Witness(NEW, DAY),))}, verdict, head=NEWER)
    assert floors[NAME] == Floor(OLD)


@pytest.mark.parametrize(
    "verdict",
    [
        GateVerdict.UNDECIDED,
        GateVerdict.FAILED,
        GateVerdict.REMOVED,
        GateVerdict.SKIPPED,
        GateVerdict.CHANGED_ANSWER,
    ],
)
def test_a_verdict_that_knows_nothing_of_the_speed_leaves_the_row_as_it_is(verdict: GateVerdict) -> None:
    floors = {NAME: Floor(OLD, (Witness(NEW, DAY),))}
    assert _run(floors, verdict, head=NEWER) == floors


def test_the_first_run_sets_the_floor_where_it_measured_against() -> None:
    assert _run({}, GateVerdict.SLOWER, head=NEW) == {NAME: Floor(OLD)}


def test_what_the_first_floor_did_not_have_begins_at_head() -> None:
    assert _run({}, GateVerdict.NEW, head=NEW) == {NAME: Floor(NEW)}


def test_memory_does_not_move_the_floor_of_time() -> None:
    item = GateItem(benchmark=NAME, metric=GateMetric.MEMORY, verdict=GateVerdict.FASTER, reason="", margin_ratio=0.01)
    floors = {NAME: Floor(OLD)}
    after = advanced(floors, [item], against={NAME: OLD}, head=NEW, measured_at=DAY, run_count=1)
    assert after == floors


def test_what_was_not_measured_keeps_its_floor() -> None:
    floors = {NAME: Floor(OLD), "other": Floor(NEW)}
    assert _run(floors, GateVerdict.FASTER, head=NEWER)["other"] == Floor(NEW)


def test_a_move_is_said() -> None:
    before = {"a": Floor(OLD), "b": Floor(OLD), "d": Floor(OLD)}
    after = {"a": Floor(NEW), "b": Floor(OLD, (Witness(NEW, DAY),)), "c": Floor(NEWER), "d": Floor(OLD)}
    assert moves(before, after) == [
        "a: the floor rises from aaaaaaaaaaaa to bbbbbbbbbbbb",
        "b: faster than its floor aaaaaaaaaaaa, confirmed 1 x so far",
        "c: its floor begins at cccccccccccc",
    ]
