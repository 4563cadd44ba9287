"""Each row of a tracker's tables as a row of `targets.yaml`, its promise made checkable where its words allow it."""

import re
from collections.abc import Callable
from datetime import date, datetime

from boss_perf.errors import TargetsError
from boss_perf.model.targets import Section
from boss_perf.targets.expectations import parse_expectation
from boss_perf.targets.scalars import BYTES, DURATION_S
from boss_perf.targets.target_rows import derived_id
from boss_perf.tracker_import.tables import Cells, TableKind, Yaml
from boss_perf.tracker_import.wording import PRESENT, checkable, statistic_of

NOTHING_PROMISED = "(nothing was promised)"
_DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
_PARTICULAR = (
    ("memory_profiler run", r"memory.profiler"),
    ("distributed load run", r"(load|locust).*distribut|distribut.*(load|locust)"),
    ("provisioned dashboard", r"grafana"),
)
_EVIDENCE = (
    ("memory run", r"memory|memray"),
    ("load run", r"\bload|locust|stress"),
    ("gate run", r"continuous|\bci\b|regression|pipeline"),
    ("rendered dashboard", r"dashboard|grafana|visuali"),
    ("benchmark run", r"benchmark"),
)


def promised(
    cells: Cells, column: str, *, unit: str = "", method: str = "", name: str = "", is_memory: bool = False
) -> Yaml:
    """The promise of a cell, with what it is to be measured by; `unit` is that of a bare number or multiple."""
    wording = cells.take(column)
    present = PRESENT.search(wording)
    promise = wording[: present.start()] if present else wording
    if unit and re.search(r"\d\s?[kKMx×]?[^\w%]*$", promise):
        wording = f"{promise} {unit}{wording[len(promise) :]}"
    said, found = _stated(wording)
    if not found:
        comma = cells.source.decimal_comma
        found = checkable(said, method=method, name=name, is_memory=is_memory, decimal_comma=comma)
    why = cells.footnotes(column)
    if not why and wording and not found:
        why = "The tracker's words leave open what would prove them: write expect: and say here why."
    elif not why and "mean" in " ".join(found) and statistic_of(f"{wording} {method} {name}") is None:
        why = "The tracker names no statistic: the mean was taken."
    expect = found[0] if len(found) == 1 else list(found) or None
    return {"expect": expect, "wording": said or NOTHING_PROMISED, "method": method, "why": why}


def _stated(wording: str) -> tuple[str, tuple[str, ...]]:
    """The words and the expectations of what `boss-perf report` writes: `60% less (latency -60%; recall >= 0.9)`."""
    whole = re.fullmatch(r"(.*\S)\s+\((.+)\)", wording)
    for words, stated in ((whole[1], whole[2]), (wording, wording)) if whole else ((wording, wording),):
        parts = tuple(part.strip() for part in stated.split(";"))
        if all(_reads(parse_expectation, part) for part in parts):
            return words, parts
    return wording, ()


def due_of(cells: Cells, text: str) -> date | None:
    """The date, however it is written; what is none is left over."""
    said = text.removesuffix("⚠ overdue").strip()
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(said, form).date()
        except ValueError:
            continue
    cells.leave("target completion", said)
    return None


def _name(cells: Cells, column: str) -> str:
    return cells.take(column) or f"unnamed row of line {cells.line}"


def _plan(cells: Cells) -> Yaml:
    due = due_of(cells, cells.take("target completion"))
    return {"priority": cells.take("priority"), "owner": cells.take("assigned to"), "due": due}


def _optimization(cells: Cells) -> Yaml:
    name = _name(cells, "optimization target")
    head: Yaml = {"id": derived_id(Section.OPTIMIZATIONS, name), "name": name, **_plan(cells)}
    return {**head, **promised(cells, "expected improvement"), "notes": cells.take("notes")}


def _budget(cells: Cells) -> Yaml:
    component, operation = _name(cells, "component"), cells.take("operation") or "(no operation named)"
    identity = derived_id(Section.BUDGETS, component, operation)
    method = cells.take("measurement method")
    promise = promised(cells, "target performance", method=method, name=f"{component} {operation}")
    head: Yaml = {"id": identity, "component": component, "operation": operation, **_plan(cells)}
    return {**head, **promise, "notes": cells.take("notes")}


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
    is_open = "time" in eviction.lower() and ttl is None
    why = f'The tracker gives no lifetime ("{eviction}"): each entry brings its own.' if is_open else ""
    head: Yaml = {"id": derived_id(Section.CACHES, name), "name": name, "type": cells.take("cache type") or "LRU"}
    head |= {"eviction": eviction, "size": size or ("" if eviction else "(no limit named)"), "ttl": ttl}
    return {**head, "max_entries": max_entries, "max_bytes": max_bytes, "why": why, "notes": cells.take("notes")}


def _memory(cells: Cells) -> Yaml:
    component = _name(cells, "component")
    promise = promised(cells, "target memory usage", is_memory=True)
    identity = derived_id(Section.MEMORY, component)
    return {"id": identity, "component": component, **promise, "notes": cells.take("notes")}


def _infrastructure(cells: Cells) -> Yaml:
    name, description, notes = _name(cells, "component"), cells.take("description"), cells.take("notes")
    said = f"{name} {description} {notes}".lower()
    looks = [(said, _PARTICULAR), (name.lower(), _EVIDENCE), (said, _EVIDENCE)]
    evidence = next((kind for words, kinds in looks for kind, pattern in kinds if re.search(pattern, words)), None)
    identity = derived_id(Section.INFRASTRUCTURE, name)
    return {"id": identity, "name": name, "description": description, "evidence": evidence, "notes": notes}


def _bottleneck(cells: Cells) -> Yaml:
    head = {"name": _name(cells, "bottleneck"), "impact": cells.take("impact")}
    return {**head, "approach": cells.take("optimization approach"), "priority": cells.take("priority")}


def _progress(cells: Cells) -> Yaml:
    row: Yaml = {"month": _name(cells, "month"), "completed": cells.take("optimizations completed")}
    for column, key in (("total completed", "total_completed"), ("total remaining", "total_remaining")):
        said = cells.take(column)
        row[key] = int(said) if (is_number := re.fullmatch(r"[0-9]{1,18}", said)) else 0
        if not is_number:
            cells.leave(column, said)
    return row


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except TargetsError:
        return False
    return True


def _kind(key: str, convert: Callable[[Cells], Yaml], columns: str, *, is_certain: bool = True) -> TableKind:
    """`columns` in one line, with a `!` behind those without which it is another table."""
    named = columns.split(", ")
    needed = tuple(name.removesuffix("!") for name in named if name.endswith("!"))
    return TableKind(key, tuple(name.removesuffix("!") for name in named), needed, convert, is_certain)


_PROMISED = "status, priority, assigned to, target completion"
KINDS = (
    _kind("optimizations", _optimization, f"optimization target!, {_PROMISED}, expected improvement, notes"),
    _kind("budgets", _budget, "component!, operation, current performance, target performance!, measurement method, "
          f"{_PROMISED}, notes"),
    _kind("caches", _cache, "caching target!, status, cache type, eviction policy, size limit, notes"),
    _kind("memory", _memory, "component!, current memory usage, target memory usage!, status, notes"),
    _kind("infrastructure", _infrastructure, "component!, status, description!, notes", is_certain=False),
    _kind("progress", _progress, "month!, optimizations completed, total completed!, total remaining"),
    _kind("bottlenecks", _bottleneck, "bottleneck!, impact, optimization approach, priority"),
)  # fmt: skip
