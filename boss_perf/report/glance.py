"""All promises in one picture: how much of what is allowed each one uses, those nearest to their limit, what moved.

Positions are in the units of the picture, WIDTH wide; the axis is logarithmic, begins at the decade of the
least share and ends a little beyond the limit.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from boss_perf.judge.promises.verdict_bounds import closest_to_limit
from boss_perf.model.targets import Section
from boss_perf.model.units import format_change
from boss_perf.model.verdicts import Judgement
from boss_perf.report.dashboard_curves import Trend
from boss_perf.text import visible_line

WIDTH = 1080
_LEFT, _RIGHT = 120, 1072
_MOST_SHARE = 4.0
_DOT = 9.5
_MOST_DEPTH = 48.0
_NEAREST_COUNT = 8
_BAR_SHARE = 1.25
_MOVED_RATIO = 0.05
_TICKS = {1e-5: "1/100 000", 1e-4: "1/10 000", 1e-3: "1/1000", 1e-2: "1/100", 1e-1: "1/10", 1.0: "the limit"}


@dataclass(frozen=True, slots=True)
class Remark:
    """A promise and what is said of it."""

    id: str
    name: str
    verdict: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot(Remark):
    """One in the picture; `start`, `end` and `place` of its interval and figure are percentages of a bar."""

    x: float
    y: float
    share: float
    start: float
    end: float
    place: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The picture with its labels; `missing_count` targets have no share and so no dot."""

    height: float
    limit_x: float
    dots: tuple[Dot, ...]
    labels: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    nearest: tuple[Dot, ...]
    limit_percent: float
    missing_count: int


def glance_of(judgements: Sequence[Judgement]) -> Glance:
    """A row of dots for each section that has any; dots that would lie on each other are stacked, closer where many."""
    used = closest_to_limit(tuple(judgements))
    least_share = _least_share(share[0] for _, _, share in used)
    top, dots, labels = 12.0, [], []
    for section in Section:
        entries = [entry for entry in used if entry[0].target.section is section]
        if not entries:
            continue
        places = _stacked([_x(share[0], least_share) for _, _, share in entries])
        depth = max(places)
        step = min(_DOT, _MOST_DEPTH / max(1, depth))
        middle = top + 16 + depth * step / 2
        labels.append((middle, section.value))
        for (judgement, finding, share), level in zip(entries, places, strict=True):
            target = judgement.target
            value, low, high = (100 * max(0.0, min(each, _BAR_SHARE)) / _BAR_SHARE for each in share)
            dots.append(
                Dot(
                    id=visible_line(target.id),
                    name=target.name,
                    verdict=judgement.verdict.value,
                    text=f"{target.name}: {share_text(share[0])}. {finding.reason}",
                    x=_x(share[0], least_share),
                    y=round(middle + (level - depth / 2) * step, 1),
                    share=share[0],
                    start=round(low, 2),
                    end=round(max(high, low + 0.4), 2),
                    place=round(value, 2),
                )
            )
        top = middle + depth * step / 2 + 16
    return Glance(
        height=round(top, 1),
        limit_x=_x(1.0, least_share),
        dots=tuple(dots),
        labels=tuple((round(y, 1), text) for y, text in labels),
        ticks=tuple((_x(share, least_share), text) for share, text in _TICKS.items() if share >= least_share),
        nearest=tuple(sorted(dots, key=lambda dot: -dot.share)[:_NEAREST_COUNT]),
        limit_percent=100 / _BAR_SHARE,
        missing_count=len(judgements) - len(used),
    )


def moves(judgements: Iterable[Judgement], trends: Mapping[str, Trend | None]) -> tuple[Remark, ...]:
    """Verdicts that changed, then figures that moved by more than 5 % and beyond both intervals, the largest first."""
    turned, moved = [], []
    for judgement in judgements:
        trend = trends.get(judgement.target.id)
        if trend is None or len(trend.chart["run"]) < 2:
            continue
        name, target_id = judgement.target.name, visible_line(judgement.target.id)
        before, now = trend.chart["verdict"][-2:]
        if before != now:
            turned.append(Remark(target_id, name, now, f"{before} → {now}"))
        distance = abs(math.log(trend.step)) if trend.step else 0.0
        lows, highs = trend.chart["low"][-2:], trend.chart["high"][-2:]
        is_apart = None not in (*lows, *highs) and max(lows) > min(highs)
        if trend.step and distance > math.log1p(_MOVED_RATIO) and is_apart:
            moved.append((distance, Remark(target_id, name, now, format_change(trend.step))))
    return (*turned, *(each for _, each in sorted(moved, key=lambda pair: -pair[0])))


def share_text(share: float) -> str:
    """`uses 23 % of what is allowed`, `1/4000 of what is allowed`, `1.35 times what is allowed`."""
    if share >= 1:
        return f"{share:.3g} times what is allowed"
    if share >= 0.01:
        return f"uses {share * 100:.3g} % of what is allowed"
    return f"uses 1/{round(1 / share):,} of what is allowed".replace(",", " ") if share > 0 else "uses nothing of it"


def percent_text(share: float) -> str:
    """`23.5 %`, `0.078 %`, `< 0.01 %`: as many digits as a bar or a column has room for."""
    percent = share * 100
    return "< 0.01 %" if 0 < percent < 0.01 else f"{percent:.{2 if percent < 1 else 3}g} %"


def _least_share(shares: Iterable[float]) -> float:
    """Where the axis begins: the largest tick that no share is below, a decade under the limit at most."""
    smallest = min(shares, default=1.0)
    return max((tick for tick in _TICKS if tick <= min(smallest, 0.1)), default=min(_TICKS))


def _x(share: float, least_share: float) -> float:
    """Where a share lies: decades of equal width from the least share to the most."""
    clipped_share = max(least_share, min(share, _MOST_SHARE))
    return round(_LEFT + (_RIGHT - _LEFT) * math.log(clipped_share / least_share, _MOST_SHARE / least_share), 1)


def _stacked(places: Sequence[float]) -> list[int]:
    """The level of each dot: the lowest at which no dot placed before it is nearer than its width."""
    ends: list[list[float]] = []
    levels = []
    for x in places:
        level = next((n for n, taken in enumerate(ends) if all(abs(x - other) >= _DOT for other in taken)), len(ends))
        if level == len(ends):
            ends.append([])
        ends[level].append(x)
        levels.append(level)
    return levels
