import math
from typing import Any

import pytest

from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Change, as_promised
from boss_perf.model.units import Unit, format_change, format_changes, format_interval, format_quantity, format_ratio


@pytest.mark.parametrize(
    ("number", "unit", "apart_from", "text"),
    [
        (42.04e6, Unit.NANOSECONDS, None, "42.0 ms"),
        (999.6e3, Unit.NANOSECONDS, None, "1.00 ms"),
        (50.004e6, Unit.NANOSECONDS, 50e6, "50.004 ms"),
        (50e6, Unit.NANOSECONDS, 50e6, "50.0 ms"),
        (999.97e3, Unit.NANOSECONDS, 1e6, "0.99997 ms"),
        (0.9997, Unit.RATIO, None, "99.97 %"),
        (1.0, Unit.RATIO, None, "100 %"),
        (1.0002, Unit.RATIO, None, "100 %"),
        (0.000019, Unit.RATIO, None, "0.0019 %"),
        (0.0, Unit.RATIO, None, "0 %"),
        (float("inf"), Unit.PER_SECOND, None, "∞ /s"),
        (float("nan"), Unit.BYTES, None, "? B"),
    ],
)
def test_a_figure_never_reads_like_another(number: float, unit: Unit, apart_from: float | None, text: str) -> None:
    assert format_quantity(number, unit, apart_from=apart_from) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.4, "−60 %"), (1.04, "+4.0 %"), (1.0004, "±0 %"), (0.00003, "−99.997 %"), (0.0, "−100.00 %")],
)
def test_a_change_never_reads_like_nothing_left(ratio: float, text: str) -> None:
    assert format_change(ratio) == text


@pytest.mark.parametrize(("ratio", "text"), [(0.2497, "−75.03 %"), (0.25, "−75 %")])
def test_a_change_never_reads_like_its_line(ratio: float, text: str) -> None:
    assert format_changes(ratio, ratio, ratio, joint="…", apart_from=0.25) == text


def test_an_interval_stands_beside_its_centre_unless_all_read_alike() -> None:
    assert format_changes(0.38, 0.37, 0.39, joint="to") == "−62 % (−63 to −61)"
    assert format_changes(0.38, 0.3801, 0.3799, joint="to") == "−62 %"
    assert format_changes(0.25, 0.249, 0.2502, joint="…", apart_from=0.25) == "−75 % (−75.1 … −74.98)"
    assert format_changes(0.03, 0.00001, 0.12, joint="…") == "−97 % (−100 … −88)"
    assert format_changes(0.0003, 0.0001, 0.0005, joint="…") == "−99.97 % (−99.99 … −99.95)"
    assert format_changes(0.91, 0.009, 1.02, joint="…") == "−9.0 % (−99.1 … +2.0)"
    assert format_changes(1.004, 0.95, 1.017, joint="…") == "+0.4 % (−5.0 … +1.7)"
    assert format_changes(2.0, 1.5, float("inf"), joint="to") == "+100 % (+50 to ∞)"
    assert format_changes(0.2, float("-inf"), float("inf"), joint="…") == "−80 %"


@pytest.mark.parametrize(
    ("sides", "settings", "text"),
    [
        ((0.4, 0.38, 0.43), {}, "−60 % (−62 … −57)"),
        ((1.35, 1.33, 1.38), {"is_factor": True}, "1.35× (1.33 … 1.38)"),
        ((209.0, 197.4, 223.1), {}, "209× (197 … 223)"),
        ((209.0, float("-inf"), float("inf")), {}, "209×"),
        ((1.2, 0.8, 2e16), {"is_factor": True}, "1.20× (0.80 … ∞)"),
        ((1.4996, 1.4, 1.5004), {"is_factor": True, "apart_from": 1.5}, "1.4996× (1.40 … 1.5004)"),
    ],
)
def test_a_ratio_reads_as_people_say_it(sides: tuple[float, float, float], settings: dict[str, Any], text: str) -> None:
    assert format_ratio(*sides, **settings) == text


@pytest.mark.parametrize(
    ("sides", "unit", "apart_from", "text"),
    [
        ((42e6, 41.2e6, 42.8e6), Unit.NANOSECONDS, None, "42.0 ms (41.2 … 42.8)"),
        ((1.05e3, 950.0, 1.2e3), Unit.NANOSECONDS, None, "1.05 µs (0.95 … 1.20)"),
        ((49.98e6, 49e6, 50.01e6), Unit.NANOSECONDS, 50e6, "49.98 ms (49.0 … 50.01)"),
        ((236.0, 55.0, 790.0), Unit.NANOSECONDS, None, "236 ns (55 … 790)"),
        ((236.0, 5.52, 790.0), Unit.NANOSECONDS, None, "236 ns (5.5 … 790)"),
        ((5.13e6, 1.15e6, 12.74e6), Unit.NANOSECONDS, None, "5.13 ms (1.15 … 12.74)"),
        ((0.97, 0.96, 0.98), Unit.RATIO, 0.95, "97.0 % (96.0 … 98.0)"),
        ((20e6, 20e6, 20e6), Unit.BYTES, None, "20.0 MB"),
        ((3.0, 2.0, float("inf")), Unit.COUNT, None, "3.00 (2.00 … ∞)"),
    ],
)
def test_an_interval_is_in_the_unit_of_its_figure(
    sides: tuple[float, float, float], unit: Unit, apart_from: float | None, text: str
) -> None:
    assert format_interval(*sides, unit, apart_from=apart_from) == text


def test_a_rate_turns_the_sides_of_its_cost_around_and_keeps_what_is_unknown() -> None:
    rate = Change(Metric.THROUGHPUT, 1.25, "throughput +25%")
    assert as_promised((0.5, 0.4, 0.8), rate) == (2.0, 1.25, 2.5)
    assert as_promised((0.5, -math.inf, math.inf), rate) == (2.0, -math.inf, math.inf)
    assert as_promised((0.5, 0.4, 0.8), Change(Metric.LATENCY, 0.6, "latency -40%")) == (0.5, 0.4, 0.8)
