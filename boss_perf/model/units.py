"""Units of measure: everything inside is in a base unit (ns, bytes, 1/s, ratio, count); scaling is for display.

Refuses to guess: a number with a unit it does not know is a ValueError that names the unit.
"""

import math
import re
from collections.abc import Callable
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


_SCALES = {
    Unit.NANOSECONDS: ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")),
    Unit.BYTES: ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    Unit.PER_SECOND: ((1.0, "/s"),),
    Unit.RATIO: ((0.01, "%"),),
    Unit.COUNT: ((1.0, ""),),
}
_MOST_DIGITS = 5
_LARGEST_RATIO = 1000


def format_quantity(value: float, unit: Unit, *, apart_from: float | None = None) -> str:
    """Three significant digits in the largest unit that keeps the number at 1 or more.

    More of them where the number would read like `apart_from`, or a share below 100 % like the whole, and is not.
    """

    def text_of(each: float, more_digits: int) -> str:
        factor, name = _scale_of(each, unit)
        return f"{_three_digits(each / factor, more_digits)} {name}".rstrip()

    return _told_apart(text_of, value, apart_from, 1.0 if unit is Unit.RATIO and value < 1 else None)


def format_change(ratio: float) -> str:
    """A ratio of new over old as a signed percentage: 0.4 is `-60 %`, 1.25 is `+25 %`.

    More digits where what is left would read like nothing, and is not.
    """
    return f"{_change(ratio, _least_decimals(ratio), None)} %"


def format_changes(value: float, low: float, high: float, *, joint: str, apart_from: float | None = None) -> str:
    """`−62 % (−63 to −61)` with the joint `to`; the figure alone where all read alike or no lower side is known.

    A side above the thousandfold, or below the thousandth of what the figure is not, bounds nothing: `∞`, `−100`.
    """
    fewest = _least_decimals(value)
    shown, decimals = _change(value, fewest, apart_from), max(fewest, _decimals(_change(value, fewest, None)))
    least, most = (
        "∞" if each > _LARGEST_RATIO
        else "−100" if each < 1 / _LARGEST_RATIO <= value
        else _change(each, decimals, apart_from)
        for each in (low, high)
    )  # fmt: skip
    return _with_interval("∞" if value > _LARGEST_RATIO else f"{shown} %", least, most, unit=" %", joint=joint, low=low)


def format_ratio(
    value: float, low: float, high: float, *, is_factor: bool = False, apart_from: float | None = None
) -> str:
    """New over old with its interval: `209× (197 … 223)` from the double on, below it `−62 % (−63 … −61)`."""
    if not is_factor and not value >= 2:
        return format_changes(value, low, high, joint="…", apart_from=apart_from)
    shown = format_quantity(value, Unit.COUNT, apart_from=apart_from)
    decimals = _decimals(format_quantity(value, Unit.COUNT))
    least, most = (
        "∞" if each > _LARGEST_RATIO * max(value, 1) else _side(each, decimals, apart_from) for each in (low, high)
    )
    return _with_interval(f"{shown}×", least, most, unit="×", joint="…", low=low)


def format_interval(value: float, low: float, high: float, unit: Unit, *, apart_from: float | None = None) -> str:
    """`42.0 ms (41.2 … 42.8)`: the sides in the figure's own unit and as finely; an exact figure stands alone."""
    factor, name = _scale_of(value, unit)
    mark = None if apart_from is None else apart_from / factor
    shown = format_quantity(value, unit, apart_from=apart_from)
    decimals = _decimals(format_quantity(value, unit))
    least, most = (_side(side / factor, decimals, mark) for side in (low, high))
    return _with_interval(shown, least, most, unit=f" {name}" if name else "", joint="…", low=0.0)


def _with_interval(shown: str, least: str, most: str, *, unit: str, joint: str, low: float) -> str:
    return shown if low < 0 or shown == f"{least}{unit}" == f"{most}{unit}" else f"{shown} ({least} {joint} {most})"


def _side(value: float, figure_decimals: int, mark: float | None) -> str:
    """As finely as its figure; more so where two digits need it, or where it would read like `mark` and is not."""
    if not math.isfinite(value):
        return _three_digits(value, 0)
    least = max(figure_decimals, min(9, 1 - math.floor(math.log10(abs(value)))) if value else 0)
    return _told_apart(lambda each, more: f"{each:,.{least + more}f}".replace(",", " "), value, mark)


def _told_apart(text_of: Callable[[float, int], str], value: float, *marks: float | None) -> str:
    """The text with the fewest further digits, up to four, at which it reads like none of the marks that it is not."""
    others = [mark for mark in marks if mark is not None and mark != value]
    for more_digits in range(_MOST_DIGITS):
        text = text_of(value, more_digits)
        if text not in [text_of(other, more_digits) for other in others]:
            return text
    return text_of(value, 0)


def _decimals(shown: str) -> int:
    return len(re.split(r"\D", shown.partition(".")[2])[0])


def several(count: int, noun: str) -> str:
    """`1 fork`, `5 forks`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def format_duration(seconds: float) -> str:
    """`48 s`, `2 min 41 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def needed_time(seconds: float) -> str:
    """How much longer an undecided measurement would take: `needs about 40 s more`."""
    if not math.isfinite(seconds):
        return "needs longer than can be estimated"
    if seconds < 90:
        return f"needs about {math.ceil(seconds)} s more"
    amount = f"{math.ceil(seconds / 60)} min" if seconds < 5400 else f"{math.ceil(seconds / 3600)} h"
    return f"needs about {amount} more"


def _change(ratio: float, least_decimals: int, apart_from: float | None) -> str:
    """The percentage without its sign of percent."""
    return _told_apart(lambda each, more: _percent(each, least_decimals + more), ratio, apart_from, 0.0)


def _least_decimals(ratio: float) -> int:
    return 2 if ratio <= 0.01 else 0 if abs(ratio - 1) >= 0.1 else 1


def _percent(ratio: float, digits: int) -> str:
    text = f"{(ratio - 1) * 100:+.{digits}f}"
    return "±0" if float(text) == 0 else text.replace("-", "−")


def _scale_of(value: float, unit: Unit) -> tuple[float, str]:
    """The factor and name of the largest unit that keeps the number at 1 or more."""
    scale = _SCALES[unit]
    return next((each for each in scale if abs(value) >= each[0] * 0.9995), scale[-1])


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
