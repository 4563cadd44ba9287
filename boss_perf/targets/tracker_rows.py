"""The tables of a tracker by their columns, and each of their rows as a row of `targets.yaml`.

A table is known by its columns, not by its heading. What has no place in `targets.yaml` (a column nobody knows, a
status typed by hand, a figure without evidence) is handed back as a leftover, never dropped.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from boss_perf.errors import TargetsError
from boss_perf.model.targets import Section
from boss_perf.targets.ids import derived_id
from boss_perf.targets.kinds import BYTES, DURATION_S
from boss_perf.targets.misread import Misread, nearest
from boss_perf.targets.tracker_markdown import MarkdownTable, TableRow
from boss_perf.targets.tracker_wording import checkable, statistic_of

Yaml = dict[str, object]
NOTHING = frozenset({"", "-", "–", "—", "n/a", "none", "tbd", "?"})
_DATE_FORMATS = ("%Y/%m/%d", "%d.%m.%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
_EVIDENCE = (
    ("memory run", r"memory|memray"),
    ("load run", r"\bload|locust|stress"),
    ("gate run", r"continuous|\bci\b|regression|pipeline"),
    ("dashboard run", r"dashboard|grafana|visuali"),
    ("benchmark run", r"benchmark"),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """One row: what goes into `targets.yaml`, and the (column, text) pairs that cannot."""

    values: Yaml
    leftovers: tuple[tuple[str, str], ...]
    line: int


class Cells:
    """The cells of a row by known column; each is taken once, and what nobody takes is left over."""

    def __init__(self, columns: tuple[str | None, ...], table: MarkdownTable, row: TableRow) -> None:
        self._known: dict[str, str] = {}
        self._left: list[tuple[str, str]] = [("more cells", row.excess)] if row.excess else []
        self.line = row.line
        for column, title, text in zip(columns, table.columns, row.cells, strict=True):
            if column is not None and column not in self._known:
                self._known[column] = text
            elif text:
                self._left.append((title or "column without a name", text))

    def take(self, column: str) -> str:
        """The text of a column, empty where the cell says nothing."""
        text = self._known.pop(column, "")
        return "" if text.lower() in NOTHING else text

    def leave(self, column: str, text: str) -> None:
        """Hand a text back that has no place."""
        if text:
            self._left.append((column, text))

    def leftovers(self) -> tuple[tuple[str, str], ...]:
        """What was not taken; a status that says nothing was done is what `targets.yaml` says as well."""
        status = self.take("status")
        if status and not re.fullmatch(r"\W*not started\W*", status, re.IGNORECASE):
            self.leave("status", status)
        for column in tuple(self._known):
            self.leave(column, self.take(column))
        return tuple(self._left)


@dataclass(frozen=True, slots=True)
class TableKind:
    """A table that trackers have: the key in `targets.yaml`, its columns, and those without which it is another."""

    key: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    convert: Callable[[Cells], Yaml]


def kind_of(table: MarkdownTable) -> tuple[TableKind, tuple[str | None, ...]] | None:
    """Which table this is, and for each of its columns the known name or None; None for a table nobody knows."""
    best: tuple[int, TableKind, tuple[str | None, ...]] | None = None
    for kind in KINDS:
        columns = tuple(nearest(title, kind.columns, cutoff_ratio=0.85) if title else None for title in table.columns)
        score = len({column for column in columns if column})
        if all(column in columns for column in kind.needed) and (best is None or score > best[0]):
            best = score, kind, columns
    return None if best is None else best[1:]


def imported_rows(table: MarkdownTable, kind: TableKind, columns: tuple[str | None, ...]) -> tuple[Imported, ...]:
    """Every row that says anything, in order."""
    found: list[Imported] = []
    for row in table.rows:
        if not any(row.cells) and not row.excess:
            continue
        cells = Cells(columns, table, row)
        values = {key: value for key, value in kind.convert(cells).items() if value not in ("", None, ())}
        found.append(Imported(values, cells.leftovers(), row.line))
    return tuple(found)


def _promise(cells: Cells, wording: str, *, method: str = "", is_memory: bool = False) -> Yaml:
    found = checkable(wording, method=method, is_memory=is_memory)
    why = ""
    if wording and not found:
        why = "The tracker's words leave open what would prove them: write expect: and say here why."
    elif any(text.startswith("mean") for text in found) and statistic_of(f"{wording} {method}") is None:
        why = "The tracker names no statistic: the mean was taken."
    expect = found[0] if len(found) == 1 else list(found) or None
    return {"expect": expect, "wording": wording or "(nothing was promised)", "method": method, "why": why}


def _due(cells: Cells) -> date | None:
    said = cells.take("target completion")
    for form in ("%Y-%m-%d", *_DATE_FORMATS):
        try:
            return datetime.strptime(said, form).date()
        except ValueError:
            continue
    cells.leave("target completion", said)
    return None


def _name(cells: Cells, column: str) -> str:
    return cells.take(column) or f"unnamed row of line {cells.line}"


def _optimization(cells: Cells) -> Yaml:
    name = _name(cells, "optimization target")
    head = {"id": derived_id(Section.OPTIMIZATIONS, name), "name": name, "priority": cells.take("priority")}
    head |= {"owner": cells.take("assigned to"), "due": _due(cells)}
    return {**head, **_promise(cells, cells.take("expected improvement")), "notes": cells.take("notes")}


def _budget(cells: Cells) -> Yaml:
    component, operation = _name(cells, "component"), cells.take("operation") or "(no operation named)"
    identity = derived_id(Section.BUDGETS, component, operation)
    method = cells.take("measurement method")
    promise = _promise(cells, cells.take("target performance"), method=method)
    return {"id": identity, "component": component, "operation": operation, **promise, "notes": cells.take("notes")}


def _cache(cells: Cells) -> Yaml:
    name = _name(cells, "caching target")
    eviction, size = cells.take("eviction policy"), cells.take("size limit")
    ttl = max_bytes = max_entries = None
    for amount in re.findall(r"\d[\d.,]*\s*[A-Za-zµ]+", f"{eviction}; {size}"):
        said = amount.replace(",", "")
        if ttl is None and _reads(DURATION_S.parse, said):
            ttl = said
        elif max_bytes is None and _reads(BYTES.parse, said):
            max_bytes = re.sub(r"(?<=\d)(?=[A-Za-z])", " ", said)
        elif max_entries is None and re.fullmatch(r"0*[1-9]\d{0,17}\s*(entries|items|keys|elements)", said, re.I):
            max_entries = int(re.sub(r"\D", "", said))
    why = ""
    if "time" in eviction.lower() and ttl is None:
        why = f'The tracker gives no lifetime ("{eviction}"): each entry brings its own.'
    return {
        "id": derived_id(Section.CACHES, name),
        "name": name,
        "type": cells.take("cache type") or "LRU",
        "eviction": eviction,
        "size": size or ("" if eviction else "(no limit named)"),
        "ttl": ttl,
        "max_entries": max_entries,
        "max_bytes": max_bytes,
        "why": why,
        "notes": cells.take("notes"),
    }


def _memory(cells: Cells) -> Yaml:
    component = _name(cells, "component")
    promise = _promise(cells, cells.take("target memory usage"), is_memory=True)
    identity = derived_id(Section.MEMORY, component)
    return {"id": identity, "component": component, **promise, "notes": cells.take("notes")}


def _infrastructure(cells: Cells) -> Yaml:
    name, description, notes = _name(cells, "component"), cells.take("description"), cells.take("notes")
    said = f"{name} {description} {notes}".lower()
    evidence = next((kind for kind, pattern in _EVIDENCE if re.search(pattern, name.lower())), None)
    evidence = evidence or next((kind for kind, pattern in _EVIDENCE if re.search(pattern, said)), None)
    identity = derived_id(Section.INFRASTRUCTURE, name)
    return {"id": identity, "name": name, "description": description, "evidence": evidence, "notes": notes}


def _bottleneck(cells: Cells) -> Yaml:
    head = {"name": _name(cells, "bottleneck"), "impact": cells.take("impact")}
    return {**head, "approach": cells.take("optimization approach"), "priority": cells.take("priority")}


def _progress(cells: Cells) -> Yaml:
    row: Yaml = {"month": _name(cells, "month"), "completed": cells.take("optimizations completed")}
    for column, key in (("total completed", "total_completed"), ("total remaining", "total_remaining")):
        said = cells.take(column)
        row[key] = int(said) if re.fullmatch(r"[0-9]{1,18}", said) else 0
        if said and not re.fullmatch(r"[0-9]{1,18}", said):
            cells.leave(column, said)
    return row


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except (Misread, TargetsError):
        return False
    return True


KINDS = (
    TableKind(
        "optimizations",
        (
            "optimization target",
            "status",
            "priority",
            "assigned to",
            "target completion",
            "expected improvement",
            "notes",
        ),
        ("optimization target",),
        _optimization,
    ),
    TableKind(
        "budgets",
        ("component", "operation", "current performance", "target performance", "measurement method", "notes"),
        ("component", "target performance"),
        _budget,
    ),
    TableKind(
        "caches",
        ("caching target", "status", "cache type", "eviction policy", "size limit", "notes"),
        ("caching target",),
        _cache,
    ),
    TableKind(
        "memory",
        ("component", "current memory usage", "target memory usage", "status", "notes"),
        ("component", "target memory usage"),
        _memory,
    ),
    TableKind(
        "infrastructure", ("component", "status", "description", "notes"), ("component", "description"), _infrastructure
    ),
    TableKind(
        "progress",
        ("month", "optimizations completed", "total completed", "total remaining"),
        ("month", "total completed"),
        _progress,
    ),
    TableKind(
        "bottlenecks", ("bottleneck", "impact", "optimization approach", "priority"), ("bottleneck",), _bottleneck
    ),
)
