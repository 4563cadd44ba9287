"""Tables that other projects track their performance in: any that names something and promises an amount for it.

The words of a heading tell what its column holds, in whatever order. What is promised becomes a budget, an improvement
an optimization. The present value, a status typed by hand and columns nobody knows go into the notes.
"""

import re
from collections import defaultdict

from boss_perf.model.targets import Section
from boss_perf.targets.target_rows import derived_id
from boss_perf.tracker_import.languages import PROMISE, REQUIREMENT, UNIT
from boss_perf.tracker_import.markdown import Item, Listing, MarkdownTable, TableRow
from boss_perf.tracker_import.rows import NOTHING_PROMISED, due_of, promised
from boss_perf.tracker_import.tables import NOTHING, Cells, TableKind, Yaml
from boss_perf.tracker_import.wording import PRESENT_NAME, has_amount, metric_of, one_of_each, statistic_of

_ROLES = (
    ("target completion", r"\b(?:due|deadline|eta|dates?|by when)\b|target completion"),
    ("promise", r"\b(?:targets?|budgets?|goals?|slos?|slas?|thresholds?|limits?|objectives?|expect\w*|desired"
                rf"|require\w*|acceptance|allowed|aim|ceiling|max(?:imum)?|must|should)\b|{PROMISE}|{REQUIREMENT}"),
    ("current", r"\b(?:current\w*|actual\w*|today|now|measured|observed|latest|before|baseline|results?|as[- ]is)\b"),
    ("status", r"\b(?:status|state|progress|done|met|pass\w*|health|rag)\b|✅|🟢"),
    ("priority", r"\b(?:prio\w*|severity|importance)\b"),
    ("assigned to", r"\b(?:owners?|assign\w*|responsible|team|dri|who|lead)\b"),
    ("unit", rf"^(?:units?|{UNIT})$"),
    ("method", r"\b(?:measure\w*|how|statistics?|percentiles?|aggregation|tools?)\b|\bmethods?$"),
    ("notes", r"\b(?:notes?|comments?|remarks?|descriptions?|details?|rationale|why)\b"),
    ("name", r"\b(?:operations?|metrics?|components?|scenarios?|endpoints?|apis?|services?|pages?|features?|tests?"
             r"|benchmarks?|quer(?:y|ies)|names?|areas?|items?|routes?|use.?cases?|workloads?|kpis?|slis?|indicators?|resources?"
             r"|functions?|modules?|tasks?|jobs?|steps?|paths?|urls?|actions?|categor(?:y|ies)|(?:sub)?systems?|process\w*|requests?"
             r"|milestones?|optimi[sz]ations?|what)\b"),
)  # fmt: skip
_SPEEDUP = r"speed.?up"
_IMPROVEMENT = rf"improve\w*|reduction|gains?|{_SPEEDUP}|savings?"
_RATE_AT_END = re.compile(r"(?:^|\s)(\w{1,20}/s(?:ec(?:ond)?)?|[nuµm]?s/\w{1,20}|[rqtf]ps)$", re.IGNORECASE)
_HEADING = (
    r"\b(?:targets?|budgets?|goals?|slos?|slas?|objectives?|thresholds?|(?:performance|latency|load) requirements?)\b"
    rf"|{PROMISE}"
)
_COMPARISON = (
    r"[<>\u2264\u2265]|\b(?:under|below|(?:no |not )?(?:less|more) than|at most|up to|within|over|above|at least)\b"
)
_COMPARED = re.compile(rf"(?:{_COMPARISON})=?\s?~?\d", re.IGNORECASE)
_DASH = re.compile(r" [-–—→] (?=.{0,9}\d)")
_MARK = re.compile(r"(?:\[[ xX]\]|[^\w\s!-~]{1,9}) +")
"""What stands before a name and tells a status: `[x]`, a coloured sign."""
_VERB = r"\W*(?:GET|POST|PUT|PATCH|DELETE|HEAD)\b.*"


def _roles(table: MarkdownTable) -> list[str | None]:
    roles = [_role(title) for title in table.columns]
    cells = [[row.cells[at] for row in table.rows] for at in range(len(roles))]
    for at, role in enumerate(roles):
        if role == "method" and any(re.fullmatch(_VERB, cell) for cell in cells[at]):
            roles[at] = "name"
        if role == "name" and at and all(re.match(r"(?:yes|no)\b|$", cell, re.I) for cell in cells[at]):
            roles[at] = None
    if "promise" not in roles:
        roles = [_promise_by_heading(table, at, cells[at]) or role for at, role in enumerate(roles)]
    first, *others = roles or [None]
    has_words = any(not has_amount(cell) and cell.lower() not in NOTHING for cell in cells[0]) if cells else False
    if (first is None and "name" not in others) or (first == "promise" and "promise" in others and has_words):
        roles[:1] = ["name"]
    return roles


def _promise_by_heading(table: MarkdownTable, at: int, cells: list[str]) -> str | None:
    """Whether a column promises although its title does not say so, because the table stands under a heading that does.

    It does where its title names a statistic or a metric, or all that it holds are comparisons.
    """
    title, heading = table.columns[at].lower(), table.heading.lower()
    is_compared = any(cells) and all(re.match(r"[<>\u2264\u2265]|$", cell) for cell in cells)
    is_near = re.search(_HEADING, heading) is not None
    if (
        (statistic_of(title) and re.search(_ROLES[1][1], heading))
        or (is_near and at and _role(title) is None and metric_of(title))
        or (is_compared and (is_near or re.search(_HEADING, table.above.lower())))
    ):
        return "promise"
    return None


def foreign_kind(table: MarkdownTable) -> tuple[TableKind, tuple[str | None, ...]] | None:
    """How to read the table, with a role and a number for each column; None where it promises nothing."""
    roles = _roles(table)
    promises = [at for at, role in enumerate(roles) if role == "promise"]
    names = [at for at, role in enumerate(roles) if role == "name"]
    if not names or not promises:
        return None
    has_unit = "unit" in roles or any(_unit_of(table.columns[at]) for at in promises)
    amounts = [
        has_amount(row.cells[at])
        or (re.search(r"\d", row.cells[at]) and (has_unit or any(_unit_of(row.cells[name]) for name in names)))
        for row in table.rows
        for at in promises
    ]
    if not any(amounts):
        return None
    main = promises[0]
    measured = {at: metric_of(table.columns[at].lower()) or "latency" for at in promises}
    kept = [at for at in promises if at == main or statistic_of(table.columns[at]) or measured[at] != measured[main]]
    columns = tuple(
        None if role is None or (role == "promise" and at not in kept) else f"{role} {at}"
        for at, role in enumerate(roles)
    )
    is_improvement = re.search(_IMPROVEMENT, table.columns[main].lower()) is not None
    section = Section.OPTIMIZATIONS if is_improvement else Section.BUDGETS
    read = {column: (role, title) for column, role, title in zip(columns, roles, table.columns, strict=True) if column}

    def convert(cells: Cells) -> Yaml:
        return _converted(cells, section, read)

    return TableKind(section.value, tuple(read), tuple(read), convert), columns


def table_of(listing: Listing) -> MarkdownTable | None:
    """The items `name: amount` and `name < amount` of a list as a table; None where no heading says that it promises.

    Under headings further up that promise, a list may hold anything: there only what has a comparison is a promise.
    """
    heading = listing.heading.lower()
    if re.search(r"legend|guideline|principle|rule", heading):
        return None
    is_near = re.search(_HEADING, heading) is not None
    if not is_near and not re.search(_HEADING, listing.above.lower()):
        return None
    rows = tuple(
        TableRow((name, promise, mark), "", item.line)
        for item in listing.items
        for mark, name, promise in [_told_apart(item)]
        if re.search(r"\w", name) and not PRESENT_NAME.fullmatch(name)
        if has_amount(promise) or (re.search(r"\d", promise) and _unit_of(name))
        if is_near or re.search(_COMPARISON, promise.lower())
    )
    return MarkdownTable(("Metric", "Target", "Status"), rows, listing.heading, listing.line) if rows else None


def _told_apart(item: Item) -> tuple[str, str, str]:
    """Mark, name and promise; an item without a title has its name before the comparison or the dash."""
    name, promise = f"{item.lead} {item.title}".strip(), item.text
    if not item.title and (parted := _COMPARED.search(promise) or _DASH.search(promise)):
        name, promise = promise[: parted.start()], promise[parted.start() :]
    mark = _MARK.match(name)
    name = name[mark.end() :] if mark else name
    return mark[0].strip() if mark else "", name.rstrip(" :-–—→"), promise.lstrip(" -–—→")


def _converted(cells: Cells, section: Section, columns: dict[str, tuple[str | None, str]]) -> Yaml:
    """A row whose columns have these roles and titles."""
    said: dict[str | None, list[str]] = defaultdict(list)
    for column, (role, title) in columns.items():
        if role != "promise" and (text := cells.take(column)):
            said[role].append(f"{title}: {text}" if role in ("current", "status") else text)
    names = said["name"] or [f"unnamed row of line {cells.line}"]
    method = " ".join(said["method"])
    notes = said["notes"] + said["current"] + said["status"]
    notes += [f"{title}: {text}" for title, text in cells.unknown()]
    promises: list[tuple[str, Yaml]] = []
    for column, (role, title) in columns.items():
        if role == "promise":
            speedup = "speedup" if re.search(_SPEEDUP, title.lower()) else ""
            unit = speedup or _unit_of(title) or " ".join(said["unit"]) or _unit_of(names[0])
            context = f"{' '.join(names)} {title} {cells.heading}"
            promises.append((title, promised(cells, column, unit=unit, method=method, name=context)))
    if section is Section.OPTIMIZATIONS:
        head: Yaml = {"id": derived_id(section, " ".join(names)), "name": ": ".join(names)}
    else:
        component, operation = names[0], " ".join(names[1:])
        if not operation:
            component, operation = cells.heading or "(no component named)", names[0]
        head = {"id": derived_id(section, component, operation), "component": component, "operation": operation}
    head |= {"priority": " ".join(said["priority"]), "owner": " ".join(said["assigned to"])}
    head["due"] = due_of(cells, " ".join(said["target completion"]))
    return {**head, **_joined(promises), "notes": "; ".join(notes)}


def _joined(promises: list[tuple[str, Yaml]]) -> Yaml:
    """The promises of a row's columns, by title, as one."""
    made = [(title, each) for title, each in promises if each["wording"] != NOTHING_PROMISED] or promises[:1]
    if len(made) == 1:
        return made[0][1]
    expected: list[str] = []
    for _, each in made:
        expect = each["expect"]
        expected += [str(one) for one in expect] if isinstance(expect, list) else [str(expect)] if expect else []
    return {
        "expect": list(one_of_each(expected)) or None,
        "wording": ", ".join(f"{title} {each['wording']}" for title, each in made),
        "method": made[0][1]["method"],
        "why": "\n".join(dict.fromkeys(str(each["why"]) for _, each in made if each["why"])),
    }


def _role(title: str) -> str | None:
    lowered = re.sub(r"\([^)]*\)", " ", title.lower())
    return next((role for role, pattern in _ROLES if re.search(pattern, lowered)), None)


def _unit_of(title: str) -> str:
    """The unit that a heading or a name gives: `Target (ms)`, `Requests/sec`."""
    said = [
        *re.findall(r"\(([^)\d]{1,20})\)", title),
        *_RATE_AT_END.findall(re.sub(r"\([^)]*\)", "", title).strip()),
    ]
    return next((unit for unit in said if has_amount(f"1 {unit}")), "")
