"""Units of measure: everything inside is in a base unit (ns, bytes, 1/s, ratio, count); scaling is for display.

Refuses to guess: a number without a unit, or with one it does not know, is a ValueError that lists what it knows.
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
_NUMBER = re.compile(r"^\s*([+-]?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\s*(.*?)\s*$", re.IGNORECASE)

KNOWN_UNITS = ("ns", "us", "ms", "s", "min", "hour", "day", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "%", "/s")


def parse_quantity(text: str) -> Quantity:
    """`50 ms`, `1 hour`, `30 days`, `100 MB`, `3%`, `2000 /s`, or a bare count; ValueError names the unknown unit."""
    match = _NUMBER.match(text)
    if match is None:
        raise ValueError(f"not a number with a unit: {text!r}")
    number, name = float(match[1].replace("_", "")), match[2]
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


def format_quantity(value: float, unit: Unit) -> str:
    """Three significant digits in the largest unit that keeps the number at 1 or more."""
    if unit is Unit.NANOSECONDS:
        return _scaled(value, _NS_SCALE)
    if unit is Unit.BYTES:
        return _scaled(value, _BYTE_SCALE)
    if unit is Unit.PER_SECOND:
        return f"{_three_digits(value)} /s"
    if unit is Unit.RATIO:
        return f"{_three_digits(value * 100)} %"
    return _three_digits(value)


def format_change(ratio: float) -> str:
    """A ratio of new over old as a signed percentage: 0.4 is `-60 %`, 1.25 is `+25 %`."""
    percent = (ratio - 1) * 100
    digits = 0 if abs(percent) >= 10 else 1
    if ratio < 1 and percent <= -99:
        digits = 2
    text = f"{percent:+.{digits}f}"
    return f"{'±0' if float(text) == 0 else text.replace('-', '−')} %"


def needed_time(seconds: float) -> str:
    """How much longer an undecided measurement would take: `needs about 40 s more`."""
    if not math.isfinite(seconds):
        return "needs longer than can be estimated"
    if seconds < 90:
        return f"needs about {math.ceil(seconds)} s more"
    amount = f"{math.ceil(seconds / 60)} min" if seconds < 5400 else f"{math.ceil(seconds / 3600)} h"
    return f"needs about {amount} more"


def _scaled(value: float, scale: tuple[tuple[float, str], ...]) -> str:
    for factor, name in scale:
        if abs(value) >= factor * 0.9995:
            return f"{_three_digits(value / factor)} {name}"
    return f"{_three_digits(value / scale[-1][0])} {scale[-1][1]}"


def _three_digits(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "∞", "-inf": "−∞"}.get(str(value), "?")
    magnitude = abs(value)
    if magnitude >= 99.95:
        return f"{value:,.0f}".replace(",", " ")
    text = f"{value:.1f}" if magnitude >= 9.995 else f"{value:.2f}"
    return "0" if float(text) == 0 and value == 0 else text
