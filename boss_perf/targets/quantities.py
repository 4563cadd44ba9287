"""Amounts in the units that a place allows; a mistake is told with the units it could have been."""

import math
import re

from boss_perf.model.units import Quantity, Unit, parse_quantity
from boss_perf.targets.diagnostics import ParseError, nearest

UNITS = {
    Unit.NANOSECONDS: ("ns", "us", "ms", "s", "min", "hour", "day"),
    Unit.BYTES: ("B", "kB", "MB", "GB", "KiB", "MiB", "GiB"),
    Unit.PER_SECOND: ("/s",),
    Unit.RATIO: ("%",),
    Unit.COUNT: (),
}
_NOUNS = {
    Unit.NANOSECONDS: "a time",
    Unit.BYTES: "a size",
    Unit.PER_SECOND: "a rate",
    Unit.RATIO: "a percentage",
    Unit.COUNT: "a bare number",
}
_USUAL = {Unit.NANOSECONDS: "ms", Unit.BYTES: "MB", Unit.PER_SECOND: "/s", Unit.RATIO: "%"}


def quantity_of(text: str, *allowed: Unit, usual: str | None = None) -> Quantity:
    """The finite amount, zero or more, that `text` states in one of the allowed units; ParseError otherwise.

    `usual` is the unit that a hint gives to a number without one.
    """
    said = text.strip()
    units = [name for unit in allowed for name in UNITS[unit]]
    known = f"known units: {', '.join(units)}" if units else "write a bare number"
    try:
        quantity = parse_quantity(said)
    except ValueError as error:
        word = re.sub(r"^[+-]?\d[\d_]*(\.\d+)?\s*", "", said)
        near = nearest(word, units, cutoff_ratio=0.5)
        raise ParseError(str(error), hint=f'did you mean "{near}"? {known}' if near else known) from None
    if not math.isfinite(quantity.value):
        raise ParseError(f"{said} is too large a number")
    if quantity.value < 0:
        raise ParseError(f"{said} is negative", hint="zero or more")
    if quantity.unit in allowed:
        return quantity
    if quantity.unit is Unit.COUNT:
        raise ParseError(f"the number {said} has no unit", hint=f"as in {said} {usual or _USUAL[allowed[0]]}; {known}")
    expected = " or ".join(_NOUNS[unit] for unit in allowed)
    raise ParseError(f"{said} is {_NOUNS[quantity.unit]}, expected {expected}", hint=known)
