from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracker_examples import JUDGEMENTS, RECORDS

from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Judgement
from boss_perf.report.figures import sparkline, trend_figures, trend_text


def on(machine: str) -> Judgement:
    judgement = JUDGEMENTS[0]
    return replace(judgement, evidence=replace(judgement.evidence, machine=machine))


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        ([], ""),
        ([1.0, 2.0, 3.0, 5.0, 8.0], "▁▂▃▅█"),
        ([8.0, 1.0], "█▁"),
        ([100.0, 100.5, 99.5, 100.0], "▄▅▄▄"),
        ([0.0, 0.0], "▄▄"),
    ],
)
def test_higher_figures_have_higher_blocks_and_noise_stays_flat(figures: list[float], line: str) -> None:
    shown = sparkline(figures)
    assert len(shown) == len(line)
    if len(set(figures)) > 1 and max(figures) > min(figures) * 1.5:
        assert shown == line
    else:
        assert set(shown) <= set("▃▄▅▆")


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=30))
def test_the_order_of_blocks_is_the_order_of_figures(figures: list[float]) -> None:
    shown = sparkline(figures)
    assert len(shown) == len(figures)
    blocks = [block for _, block in sorted(zip(figures, shown, strict=True))]
    assert blocks == sorted(blocks)


def test_a_measurement_counts_once_however_often_it_was_judged() -> None:
    first = replace(RECORDS[0], run_id="later", judged_at=RECORDS[0].judged_at + timedelta(days=3))
    assert trend_figures([*RECORDS, first], on("m1")) == (0.5, 0.45, 0.4, 0.35)
    assert trend_figures(RECORDS, on("nobody's")) == ()


def test_records_without_a_figure_or_with_an_open_one_are_left_out() -> None:
    gaps = [replace(RECORDS[0], ratio=None), replace(RECORDS[2], ratio=None, value=float("inf")), RECORDS[3]]
    assert trend_figures(gaps, on("m1")) == (0.4,)


def test_a_trend_needs_two_figures() -> None:
    first, second = RECORDS[0], RECORDS[2]
    assert trend_text([first], on("m1")) == ""
    assert trend_text([first, replace(second, ratio=0.55)], on("m1")) == f"{sparkline([0.5, 0.55])} +10 %"
    assert trend_text([replace(first, ratio=0.0), second], on("m1")) == sparkline([0.0, 0.45])


def test_figures_of_another_promise_do_not_join_the_line() -> None:
    recall = replace(RECORDS[0], figure_of="recall", ratio=None, unit=Unit.RATIO, value=0.98)
    newest = replace(recall, measured_at=RECORDS[-1].measured_at + timedelta(days=9))
    unknown = replace(newest, figure_of="")
    assert trend_figures([recall, *RECORDS, newest, unknown], on("m1")) == (0.5, 0.45, 0.4, 0.35)
