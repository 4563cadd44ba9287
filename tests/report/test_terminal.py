import io

import pytest
from rich.console import Console, RenderableType
from tracker_examples import COMPLETED, JUDGEMENTS, RECORDS, RUN, TARGETS

from boss_perf.model.verdicts import Verdict
from boss_perf.report.terminal import judgement_table, status_tables
from boss_perf.report.view import TrackerView, build_view


@pytest.fixture
def view() -> TrackerView:
    return build_view(TARGETS, JUDGEMENTS, records=RECORDS, completed_by_month=COMPLETED, runs=(RUN,))


def printed(renderable: RenderableType, *, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(renderable)
    return out.getvalue()


def test_the_terminal_says_what_the_tracker_says(view: TrackerView) -> None:
    shown = printed(status_tables(view, is_full=True), width=400)
    assert view.summary in shown
    for table in (view.optimizations, view.caches, view.memory, view.loads, view.bottlenecks):
        assert table is not None
        assert table.title in shown
        assert all(row[0].text in shown for row in table.rows)
    assert "[1] " in shown


def test_columns_without_a_word_or_room_are_left_out(view: TrackerView) -> None:
    shown = printed(status_tables(view))
    assert "Notes" not in shown
    assert "Expected Improvement" in shown
    assert "Notes" in printed(status_tables(view, is_full=True), width=400)


def test_the_worst_verdict_comes_first() -> None:
    lines = printed(judgement_table(JUDGEMENTS), width=300).splitlines()
    verdicts = [verdict for line in lines for verdict in Verdict if f" {verdict.value} " in line[:20]]
    assert verdicts[:2] == [Verdict.FAILED, Verdict.MISSED]
    assert verdicts[-1] is Verdict.MET
    assert len(verdicts) == len(JUDGEMENTS)


def test_no_name_is_taken_for_markup_or_moves_the_cursor() -> None:
    hostile = [JUDGEMENTS[5].__class__(
        target=JUDGEMENTS[5].target, verdict=Verdict.FAILED, status=JUDGEMENTS[5].status,
        reason="[bold red]x[/] \x1b[2J \r gone :smile:",
    )]  # fmt: skip
    shown = printed(judgement_table(hostile), width=300)
    assert "\x1b" not in shown
    assert "[bold red]x[/] \\x1b[2J" in shown
