"""Units of measure: everything inside is in a base unit (ns, bytes, 1/s, ratio, count); scaling is for display.

Refuses to guess: a number with a unit it does not know is a ValueError that names the unit.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """The base units; every stored or computed number is in one of these."""

    NANOSECONDS = "ns"
    BYTES = "bytes"
    PER_SECOND = "per_s"
    RATIO = "ratio"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a base unit."""

    value: float
    unit: Unit


_NS_PER = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "sec": 10**9, "second": 10**9,
    "min": 60 * 10**9, "minute": 60 * 10**9, "h": 3600 * 10**9, "hour": 3600 * 10**9, "day": 86_400 * 10**9,
    "d": 86_400 * 10**9, "week": 604_800 * 10**9,
}  # fmt: skip
_BYTES_PER = {
    "b": 1, "byte": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30,
}  # fmt: skip
_PER_SECOND = {"/s", "per_s", "per s", "per second", "rps", "req/s", "calls/s", "items/s"}
_NUMBER = re.compile(r"^\s*([+-]?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)(.*)$", re.IGNORECASE | re.DOTALL)


def parse_quantity(text: str) -> Quantity:
    """`50 ms`, `1 hour`, `30 days`, `100 MB`, `3%`, `2000 /s`, or a bare count; ValueError names the unknown unit."""
    match = _NUMBER.match(text)
    if match is None:
        raise ValueError(f"not a number with a unit: {text!r}")
    number, name = float(match[1].replace("_", "")), match[2].strip()
    lowered = name.lower()
    singular = lowered[:-1] if len(lowered) > 3 and lowered.endswith("s") else lowered
    if not name:
        return Quantity(number, Unit.COUNT)
    if name == "%":
        return Quantity(number / 100, Unit.RATIO)
    if lowered in _PER_SECOND:
        return Quantity(number, Unit.PER_SECOND)
    for spelling in (lowered, singular):
        if spelling in _NS_PER:
            return Quantity(number * _NS_PER[spelling], Unit.NANOSECONDS)
        if spelling in _BYTES_PER:
            return Quantity(number * _BYTES_PER[spelling], Unit.BYTES)
    raise ValueError(f"unknown unit {name!r}")


_NS_SCALE = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_BYTE_SCALE = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
_MOST_DIGITS = 5


def format_quantity(value: float, unit: Unit, *, apart_from: float | None = None) -> str:
    """Three significant digits in the largest unit that keeps the number at 1 or more.

    More of them where the number would read like `apart_from`, or a share below 100 % like the whole, and is not.
    """
    marks = (apart_from, 1.0 if unit is Unit.RATIO and value < 1 else None)
    others = [mark for mark in marks if mark is not None and mark != value]
    for more_digits in range(_MOST_DIGITS):
        text = _formatted(value, unit, more_digits)
        if text not in [_formatted(other, unit, more_digits) for other in others]:
            break
    return text


def format_change(ratio: float, *, apart_from: float | None = None) -> str:
    """A ratio of new over old as a signed percentage: 0.4 is `-60 %`, 1.25 is `+25 %`.

    More digits where it would read like the ratio `apart_from`, or what is left like nothing, and is not.
    """
    least = 0 if abs(ratio - 1) >= 0.1 else 1
    if ratio < 1 and (ratio - 1) * 100 <= -99:
        least = 2
    others = [mark for mark in (apart_from, 0.0) if mark is not None and mark != ratio]
    for digits in range(least, least + _MOST_DIGITS):
        text = _percent(ratio, digits)
        if text not in [_percent(other, digits) for other in others]:
            break
    return text


def format_changes(value: float, low: float, high: float, *, joint: str, apart_from: float | None = None) -> str:
    """`−62 % (−63 % to −61 %)` with the joint `to`; the figure alone where all read alike or no lower side is known.

    An open upper side is `∞`.
    """
    shown, least, most = (
        "∞" if math.isinf(each) else format_change(each, apart_from=apart_from) for each in (value, low, high)
    )
    return shown if low < 0 or shown == least == most else f"{shown} ({least} {joint} {most})"


def needed_time(seconds: float) -> str:
    """How much longer an undecided measurement would take: `needs about 40 s more`."""
    if not math.isfinite(seconds):
        return "needs longer than can be estimated"
    if seconds < 90:
        return f"needs about {math.ceil(seconds)} s more"
    amount = f"{math.ceil(seconds / 60)} min" if seconds < 5400 else f"{math.ceil(seconds / 3600)} h"
    return f"needs about {amount} more"


def _percent(ratio: float, digits: int) -> str:
    text = f"{(ratio - 1) * 100:+.{digits}f}"
    return f"{'±0' if float(text) == 0 else text.replace('-', '−')} %"


def _formatted(value: float, unit: Unit, more_digits: int) -> str:
    if unit is Unit.NANOSECONDS:
        return _scaled(value, _NS_SCALE, more_digits)
    if unit is Unit.BYTES:
        return _scaled(value, _BYTE_SCALE, more_digits)
    if unit is Unit.PER_SECOND:
        return f"{_three_digits(value, more_digits)} /s"
    if unit is Unit.RATIO:
        return f"{_three_digits(value * 100, more_digits)} %"
    return _three_digits(value, more_digits)


def _scaled(value: float, scale: tuple[tuple[float, str], ...], more_digits: int) -> str:
    for factor, name in scale:
        if abs(value) >= factor * 0.9995:
            return f"{_three_digits(value / factor, more_digits)} {name}"
    return f"{_three_digits(value / scale[-1][0], more_digits)} {scale[-1][1]}"


def _three_digits(value: float, more_digits: int) -> str:
    """At a tiny number its first two digits: what is not nothing does not read like it."""
    if not math.isfinite(value):
        return {"inf": "∞", "-inf": "−∞"}.get(str(value), "?")
    magnitude = abs(value)
    if magnitude >= 99.95:
        return f"{value:,.{more_digits}f}".replace(",", " ")
    if magnitude >= 9.995:
        return f"{value:.{1 + more_digits}f}"
    if magnitude >= 0.005:
        return f"{value:.{2 + more_digits}f}"
    return f"{value:.{min(9, 1 - math.floor(math.log10(magnitude))) + more_digits}f}" if value else "0"
