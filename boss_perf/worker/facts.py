"""Numbers that a test leaves in `extra_info`."""

import math
from collections.abc import Mapping
from typing import Any


def facts_in(extra_info: Mapping[str, Any]) -> tuple[dict[str, float], list[str]]:
    """The numbers by name, numpy's included, and the names of what is none, or is too large for one."""
    facts, dropped = {}, []
    for name, given in extra_info.items():
        number = _number(given)
        if number is None:
            dropped.append(str(name))
        else:
            facts[str(name)] = number
    return facts, dropped


def _number(given: Any) -> float | None:
    if type(given).__name__ in ("bool", "bool_") or not hasattr(type(given), "__float__"):
        return None
    try:
        number = float(given)
    except (OverflowError, TypeError, ValueError):
        return None
    return None if math.isinf(number) and isinstance(given, int) else number
