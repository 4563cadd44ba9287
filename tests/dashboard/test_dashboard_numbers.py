import json
import math
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from dashboard_examples import (
    AS_OF,
    FASTER,
    P95,
    compared,
    empty_dashboard,
    estimate,
    found,
    hostile_dashboard,
    judged,
    load_sample,
    pair_samples,
    records,
    target,
    team_dashboard,
)
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.model.metrics import Metric
from boss_perf.model.samples import Pass, Reading, Sample, Series
from boss_perf.model.targets import Change, Section
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Verdict
from boss_perf.report.dashboard import render_dashboard
from boss_perf.report.dashboard_cards import bars_of, card_of
from boss_perf.report.dashboard_curves import distribution_of, load_curve_of, noise_of, rounded, timeline_of, trend_of
from boss_perf.report.glance import glance_of, moves, share_text

PROMISE = target("Search", Section.BUDGETS)
P95_MET = found(P95, Verdict.MET)


def shown_trend(history, finding):
    return trend_of(history, finding, timeline=timeline_of(history, (), subjects={}))


def numbers_in(page: str) -> dict:
    (text,) = re.findall(r'<script type="application/json" id="numbers">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def test_the_same_data_give_the_same_page() -> None:
    assert render_dashboard(team_dashboard(9, 20)) == render_dashboard(team_dashboard(9, 20))


@pytest.mark.parametrize("data", [team_dashboard(7, 20), hostile_dashboard(), empty_dashboard()])
def test_the_page_names_no_other_place_and_is_plain_utf8(data) -> None:
    page = render_dashboard(data)
    page.encode("utf-8")
    assert not re.search(r"""(?:src|href|action)\s*=\s*["']?\s*(?!#|data:|x\b)[^"'\s>]*//""", page)
    assert "\u2028" not in page and "\u202e" not in page and "\x00" not in page
    script = page.split('id="numbers">')[1].split("</script>")[0]
    assert script.isascii() and not set("<>&") & set(script)


def test_history_is_of_one_machine_and_each_measurement_once() -> None:
    mine = records(PROMISE, 20, level=4e6, unit=Unit.NANOSECONDS, is_ratio=False)
    other = [replace(each, machine="m2", value=9e6) for each in mine[:5]]
    again = [replace(each, judged_at=each.judged_at + timedelta(minutes=1), run_id="again") for each in mine[:3]]
    trend = shown_trend([*other, *again, *mine], found(P95, Verdict.MET))
    assert len(trend.chart["run"]) == 20
    assert max(trend.chart["value"]) < 5e6
    assert trend.elsewhere_count == 5
    assert shown_trend([*other, *again, *mine], found(FASTER, Verdict.MET)) is None
    assert trend.chart["bound"] == 50_000_000
    assert None in trend.chart["high"], "an open bound is a gap, not a number"


def test_a_step_is_a_change_point_and_noise_is_none() -> None:
    steady = records(PROMISE, 80, level=4e6, unit=Unit.NANOSECONDS, is_ratio=False)
    assert shown_trend(steady, P95_MET).changes == ()
    stepped = records(PROMISE, 80, level=4e6, unit=Unit.NANOSECONDS, is_ratio=False, step_at=50)
    ((at, ratio),) = shown_trend(stepped, P95_MET).changes
    assert abs((at - stepped[50].judged_at).total_seconds()) <= 2 * 6 * 3600
    assert ratio == pytest.approx(1.25, rel=0.02)
    card = card_of(judged(PROMISE, Verdict.MET, found(P95, Verdict.MET)), stepped, shown_trend(stepped, P95_MET))
    assert "changed by +25 %" in card.story or "changed by +24 %" in card.story


def test_a_relative_promise_is_told_as_a_change() -> None:
    history = records(PROMISE, 12, level=0.35, unit=Unit.NANOSECONDS, is_ratio=True)
    finding = found(FASTER, Verdict.MET, comparison=compared(0.35, 8e6, Unit.NANOSECONDS))
    trend = shown_trend(history, finding)
    assert (trend.chart["unit"], trend.chart["bound"]) == ("change", 0.4)
    card = card_of(judged(PROMISE, Verdict.MET, finding), history, trend)
    assert card.figure == "−65 %"
    assert bars_of(finding) == (("baseline", "8.00 ms", 100.0), ("optimized", "2.80 ms", 35.0))
    assert card.no_change_percent == 100.0
    assert card.forks[0][0] == 0.0


def test_the_distribution_pools_forks_per_call() -> None:
    curve = distribution_of(pair_samples(), 50e6)
    values = sorted(each / 10 for sample in pair_samples() for each in sample.values("baseline", Reading.WALL_NS))
    baseline = dict(zip(curve["percent"], curve["arms"][0]["value"], strict=True))
    assert baseline[50] == pytest.approx(values[149], rel=1e-4)
    assert baseline[0] == pytest.approx(values[0], rel=1e-4)
    assert [arm["name"] for arm in curve["arms"]] == ["baseline", "optimized"]
    assert distribution_of((), None) is None
    memory = Sample(
        workload="w",
        phase=Pass.MEMORY,
        fork=0,
        started_at=AS_OF,
        arms=("a",),
        series=(Series("a", Reading.PEAK_BYTES, (1,)),),
    )
    assert distribution_of((memory,), None) is None


def test_the_load_curve_adds_up() -> None:
    curve = load_curve_of((load_sample(),))
    width_s = 10.0 / len(curve["second"])
    assert sum(curve["throughput"]) * width_s == pytest.approx(2000, rel=1e-3)
    assert sum(curve["failed"]) * width_s == pytest.approx(2, rel=1e-3)
    assert all(p50 <= p95 for p50, p95 in zip(curve["p50"], curve["p95"], strict=True))
    assert [arm["name"] for arm in distribution_of((load_sample(),), None)["arms"]] == ["answered"]
    assert load_curve_of((replace(load_sample(), facts=()),)) is None


def test_noise_is_in_time_order() -> None:
    noise = noise_of(reversed(pair_samples()))
    assert noise["at"] == sorted(noise["at"])
    assert noise["stalled"] == [0, 0.02, 0.04, 0.06, 0.08]
    assert noise_of((load_sample(),)) is None


def test_counts_and_charts_of_the_page_are_the_judgements() -> None:
    data = team_dashboard(20, 12)
    page = render_dashboard(data)
    targets = numbers_in(page)["targets"]
    assert set(targets) == {judgement.target.id for judgement in data.judgements}
    for verdict in Verdict:
        count = sum(judgement.verdict is verdict for judgement in data.judgements)
        assert f'data-verdict="{verdict}" aria-pressed="false"><b>{count}</b>' in page


def test_infinite_and_missing_numbers_do_not_break_the_page() -> None:
    odd = replace(estimate(5e6, Unit.NANOSECONDS), value=math.nan, low=-math.inf, high=math.inf)
    broken = compared(0.5, 1.0, Unit.BYTES)
    broken = replace(broken, baseline=odd, fork_log_ratios=(math.inf, math.nan))
    judgement = judged(
        PROMISE,
        Verdict.UNDECIDED,
        found(P95, Verdict.UNDECIDED, estimate=odd),
        found(FASTER, Verdict.UNDECIDED, comparison=broken),
    )
    page = render_dashboard(replace(team_dashboard(1, 1), judgements=(judgement,)))
    assert "NaN" not in numbers_in(page) and "∞" in page


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_rounding_keeps_five_digits_and_drops_what_is_no_number(value: float) -> None:
    short = rounded(value)
    if not math.isfinite(value):
        assert short is None
    else:
        assert short == pytest.approx(value, rel=1e-4, abs=1e-300)
        json.dumps(short, allow_nan=False)


def test_a_throughput_is_told_as_a_rate_beside_its_bound() -> None:
    comparison = compared(0.5, 40e6, Unit.NANOSECONDS)
    rate = found(Change(Metric.THROUGHPUT, 1.25, "throughput +25%"), Verdict.MET, comparison=comparison)
    history = records(PROMISE, 12, level=0.5, unit=Unit.NANOSECONDS, is_ratio=True, of=rate.expectation)
    trend = shown_trend(history, rate)
    assert trend is not None
    assert trend.chart["bound"] == 1.25
    assert trend.chart["value"][0] == pytest.approx(1 / history[0].ratio, rel=1e-4)
    sides = zip(trend.chart["low"], trend.chart["value"], trend.chart["high"], strict=True)
    assert all(low < value < high for low, value, high in sides)
    card = card_of(judged(PROMISE, Verdict.MET, rate), history, trend)
    assert card.figure == "2.00×"
    assert card.forks[0][1] == "+112 %"


def test_each_promise_with_a_number_is_one_dot_and_none_hides_another() -> None:
    data = team_dashboard(110, 3)
    picture = glance_of(data.judgements)
    assert len(picture.dots) + picture.missing_count == 110
    assert len({(dot.x, dot.y) for dot in picture.dots}) == len(picture.dots)
    assert all(0 < dot.y < picture.height for dot in picture.dots)
    assert len(picture.nearest) == 8


def test_left_of_the_limit_is_what_keeps_its_promise() -> None:
    promise = target("Search", Section.BUDGETS)
    kept = judged(promise, Verdict.MET, found(P95, Verdict.MET, estimate=estimate(49e6, Unit.NANOSECONDS)))
    broken = judged(promise, Verdict.MISSED, found(P95, Verdict.MISSED, estimate=estimate(51e6, Unit.NANOSECONDS)))
    wild = judged(promise, Verdict.MISSED, found(P95, Verdict.MISSED, estimate=estimate(5e12, Unit.NANOSECONDS)))
    picture = glance_of([kept, broken, wild])
    places = {dot.text.split(".")[0]: dot.x for dot in picture.dots}
    assert [each.x < picture.limit_x for each in sorted(picture.dots, key=lambda dot: dot.x)] == [True, False, False]
    assert max(places.values()) < 1080
    assert [near.name for near in picture.nearest] == ["Search"] * 3


@pytest.mark.parametrize(("time_ns", "ticks"), [(49e6, 2), (4e6, 3), (1.0, 6)])
def test_the_axis_begins_where_the_promises_do(time_ns: float, ticks: int) -> None:
    promise = target("Search", Section.BUDGETS)
    kept = judged(promise, Verdict.MET, found(P95, Verdict.MET, estimate=estimate(time_ns, Unit.NANOSECONDS)))
    picture = glance_of([kept])
    assert [text for _, text in picture.ticks][-1] == "the limit" and len(picture.ticks) == ticks
    assert picture.ticks[0][0] <= picture.dots[0].x < picture.limit_x == picture.ticks[-1][0]


def test_what_changed_is_a_verdict_or_a_figure_beyond_its_intervals() -> None:
    finding = found(P95, Verdict.MET, estimate=estimate(4e6, Unit.NANOSECONDS))
    judgement = judged(PROMISE, Verdict.MET, finding)

    def moved(*values: float, last: Verdict = Verdict.MET) -> list[str]:
        base = records(PROMISE, len(values), level=4e6, unit=Unit.NANOSECONDS, is_ratio=False)
        history = [
            replace(each, value=v, low=v * 0.97, high=v * 1.03, verdict=Verdict.MET)
            for each, v in zip(base, values, strict=True)
        ]
        history[-1] = replace(history[-1], verdict=last)
        return [each.text for each in moves([judgement], {PROMISE.id: shown_trend(history, finding)})]

    assert moved(4e6) == []
    assert moved(4e6, 4.1e6) == []
    assert moved(4e6, 4.23e6) == []
    assert moved(4e6, 5e6) == ["+25 %"]
    assert moved(4e6, 4e6, last=Verdict.UNDECIDED) == ["MET → UNDECIDED"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "uses nothing of it"),
     (0.0002, "uses 1/5 000 of what is allowed"), (0.235, "uses 23.5 % of what is allowed"),
     (1.35, "1.35 times what is allowed")],
)  # fmt: skip
def test_a_share_in_words(share: float, text: str) -> None:
    assert share_text(share) == text


def test_only_a_plain_web_address_becomes_a_link_to_commits() -> None:
    data = team_dashboard(3, 2)
    assert numbers_in(render_dashboard(data))["commit_url"] == "https://github.com/acme/boss/commit/"
    for address in ("javascript:alert(1)/", "https://example.org/<script>/", "http://example.org/a/"):
        assert numbers_in(render_dashboard(replace(data, commit_url=address)))["commit_url"] is None
