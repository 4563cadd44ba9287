"""What a test tells at its end: why it has no valid figure, in pytest's own words, and the numbers in `extra_info`."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from .messages import Failure, FailureKind
from .paired import ArmsDisagree

TEXT_LIMIT = 4000


def fault_of(report: pytest.TestReport, error: BaseException | None) -> Failure | None:
    """What a phase of a test shows against its figure; None where it shows nothing."""
    if report.skipped:
        expected = getattr(report, "wasxfail", None)
        reason = f"xfail: {expected}" if expected is not None else skip_reason(report)
        return Failure(FailureKind.SKIPPED, reason[:TEXT_LIMIT])
    if not report.failed and error is None:
        return None
    kind = FailureKind.DISAGREED if isinstance(error, ArmsDisagree) else FailureKind.RAISED
    said = f"{type(error).__name__}: {error}" if error is not None else "failed"
    return Failure(kind, said[:TEXT_LIMIT], report.longreprtext[-TEXT_LIMIT:])


def skip_reason(report: pytest.CollectReport | pytest.TestReport) -> str:
    """Why it was skipped."""
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return said.removeprefix("Skipped: ")[:TEXT_LIMIT]


def last_line(text: str) -> str:
    """The last line of what pytest prints of an error while collecting."""
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E")]
    return (lines[-1] if lines else text.strip().splitlines()[-1] if text.strip() else "collection failed")[:TEXT_LIMIT]


def facts_in(extra_info: Mapping[str, Any]) -> tuple[dict[str, float], list[str]]:
    """The numbers by name, numpy's included, and the names of what is none, or is too large for one."""
    numbers = {str(name): _number(given) for name, given in extra_info.items()}
    facts = {name: number for name, number in numbers.items() if number is not None}
    return facts, [name for name in numbers if name not in facts]


def _number(given: Any) -> float | None:
    if type(given).__name__ in ("bool", "bool_") or not hasattr(type(given), "__float__"):
        return None
    try:
        number = float(given)
    except (OverflowError, TypeError, ValueError):
        return None
    return None if math.isinf(number) and isinstance(given, int) else number
