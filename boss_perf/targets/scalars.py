"""The scalars of `targets.yaml`: how each is read from the characters as written, and its pattern for editors."""

import re
from collections.abc import Callable
from datetime import date

from boss_perf.model.units import Unit
from boss_perf.targets.diagnostics import ParseError, known_words_hint
from boss_perf.targets.expectations import (
    BUDGET_PATTERN,
    CHANGE_PATTERN,
    EVIDENCE_KINDS,
    EVIDENCE_PATTERN,
    EXAMPLES,
    MULTIPLE_PATTERN,
    parse_evidence,
    parse_expectation,
)
from boss_perf.targets.quantities import quantity_of
from boss_perf.targets.schema_types import JsonSchema, Kind

TOLERABLE = ("UNDECIDED", "STALE", "UNMEASURED")
EXCUSABLE = (
    "slower", "missed", "undecided", "failed", "changed answer", "removed", "skipped", "weakened", "stale",
    "unmeasured",
)  # fmt: skip
_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_TEXT: JsonSchema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_QUANTITY = r"^\s*\d[\d_]*(\.\d+)?([eE][+-]?\d+)?\s*"


def _line(text: str) -> str:
    return " ".join(text.split())


def _prose(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _identifier(text: str) -> str:
    word = text.strip()
    if not re.fullmatch(_ID, word):
        raise ParseError(f'"{word}" is no id', hint="up to 100 letters, digits, dots, dashes and underscores")
    return word


def _date(text: str) -> date:
    said = text.strip()
    hint = "write year-month-day, as in 2024-07-15"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        raise ParseError(f'"{said}" is no date', hint=hint)
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise ParseError(f"there is no {said}", hint=hint) from None


def _amount(text: str, *units: Unit, usual: str | None = None) -> float:
    quantity = quantity_of(text, *units, usual=usual)
    if quantity.value == 0:
        raise ParseError(f"{text.strip()} is no amount", hint="more than zero")
    return quantity.value


def _duration_s(text: str) -> float:
    return _amount(text, Unit.NANOSECONDS, usual="s") / 1e9


def _bytes(text: str) -> int:
    size = _amount(text, Unit.BYTES)
    if size != int(size):
        raise ParseError(f"{text.strip()} is no whole number of bytes")
    return int(size)


def _share(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        said = text.strip()
        quantity = quantity_of(said, Unit.RATIO, Unit.COUNT)
        if quantity.unit is Unit.COUNT and quantity.value >= 1:
            raise ParseError(f"{said} may be a percentage or a ratio", hint=f"write {said}%")
        if not low < quantity.value < high:
            raise ParseError(f"{said} is out of range", hint=f"above {low * 100:g}%, below {high * 100:g}%")
        return quantity.value

    return read


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        said = text.strip().replace("_", "")
        if not re.fullmatch(r"[+-]?\d{1,18}", said):
            raise ParseError(f'"{text.strip()[:40]}" is no whole number', hint="digits only, as in 1000")
        if int(said) < least:
            raise ParseError(f"{text.strip()} is {'negative' if int(said) < 0 else 'zero'}", hint=f"{least} or more")
        return int(said)

    return read


def _path(text: str) -> str:
    path = text.strip()
    if path.startswith(("/", "~")) or "\\" in path or re.match(r"[A-Za-z]:", path):
        raise ParseError(f'"{path}" is not relative to the project', hint="with slashes, from the folder of this file")
    if ".." in path.split("/"):
        raise ParseError(f'"{path}" leaves the project', hint="a workload lives beside or below this file")
    if path.startswith("-"):
        raise ParseError(f'"{path}" looks like an option', hint="start it with ./")
    return path


def _workload(text: str) -> str:
    said = text.strip()
    file, separator, test = said.partition("::")
    if not separator or not test or not file.endswith(".py"):
        raise ParseError(f'"{said}" is no pytest test', hint="as in benchmarks/test_search.py::test_search_1k")
    return f"{_path(file)}::{test}"


def _tolerable(text: str) -> str:
    word = text.strip().upper()
    if word not in TOLERABLE:
        waive = "; a MISSED or FAILED target needs a waive: of its own" if word in ("MISSED", "FAILED") else ""
        raise ParseError(f'"{text.strip()}" cannot be tolerated', hint=known_words_hint(word, TOLERABLE) + waive)
    return word


def _excusable(text: str) -> str:
    word = text.strip().lower().replace("_", " ")
    if word not in EXCUSABLE:
        raise ParseError(f'"{text.strip()}" cannot be excused', hint=known_words_hint(word, EXCUSABLE))
    return word


def _pattern(*patterns: str) -> JsonSchema:
    return {"type": "string", "pattern": "^\\s*(" + "|".join(patterns) + ")\\s*$"}


def _number(minimum: int) -> JsonSchema:
    return {"anyOf": [{"type": "integer", "minimum": minimum}, {"type": "string", "pattern": r"^\s*\+?[\d_]+\s*$"}]}


_SHARE: JsonSchema = {"type": ["string", "number"], "pattern": r"^\s*[\d._]+\s*%?\s*$", "exclusiveMinimum": 0}
_EXPECTATIONS = (CHANGE_PATTERN, MULTIPLE_PATTERN, BUDGET_PATTERN)

LINE = Kind("text", _line, _TEXT)
PROSE = Kind("text", _prose, _TEXT)
ID = Kind("an id", _identifier, {"type": ["string", "number"], "pattern": f"^\\s*{_ID}\\s*$"})
DATE = Kind("a date", _date, {"type": "string", "format": "date", "pattern": r"^\s*\d{4}-\d{2}-\d{2}\s*$"})
DURATION_S = Kind("a duration", _duration_s, {"type": "string", "pattern": _QUANTITY + r"[a-zA-Zµμ]+\s*$"})
BYTES = Kind("a size", _bytes, {"type": "string", "pattern": _QUANTITY + r"[a-zA-Z]+\s*$"})
MARGIN = Kind("a percentage", _share(0, 1), _SHARE)
FALSE_ALARMS = Kind("a percentage", _share(0, 0.5), _SHARE)
CONFIDENCE = Kind("a percentage", _share(0.5, 1), _SHARE)
POSITIVE = Kind("a whole number", _whole(1), _number(1))
COUNT = Kind("a whole number", _whole(0), _number(0))
RATE = Kind(
    "a rate",
    lambda text: _amount(text, Unit.PER_SECOND, Unit.COUNT),
    {"type": ["string", "number"], "pattern": r"^\s*[\d._]+", "exclusiveMinimum": 0},
)
PATH = Kind("a path", _path, {"type": "string", "pattern": r"^\s*[^/~\-\\\s]"})
WORKLOAD = Kind("a pytest test", _workload, {"type": "string", "pattern": r"^\s*[^/~\-\\\s].*\.py::."})
TOLERATED = Kind(
    "a verdict", _tolerable, {"type": "string", "enum": [*TOLERABLE, *(word.lower() for word in TOLERABLE)]}
)
EXCUSED = Kind("a verdict", _excusable, {"type": "string", "enum": list(EXCUSABLE)})
EXPECTATION = Kind(
    "an expectation", parse_expectation, {**_pattern(*_EXPECTATIONS, EVIDENCE_PATTERN), "examples": list(EXAMPLES)}
)
PROMISED_OF_CACHE = Kind(
    "an expectation",
    lambda text: None if text.strip() == "policy" else parse_expectation(text),
    {**_pattern("policy", *_EXPECTATIONS), "examples": ["policy", "hit_ratio >= 0.7"]},
)
_KIND_PATTERN = rf"(rendered\s+)?({'|'.join(EVIDENCE_KINDS)}|bench)(\s+run)?"
EVIDENCE = Kind(
    "a kind of run", parse_evidence, {**_pattern(EVIDENCE_PATTERN, _KIND_PATTERN), "examples": ["gate run"]}
)
