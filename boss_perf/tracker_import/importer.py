"""A Markdown tracker as the text of a `targets.yaml` that keeps every row of it.

Text that was UTF-8 once and was read as cp1252 on its way is repaired. What has no key in `targets.yaml` stays in the
new file as a comment where it stood, and is told as a remark.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

import ftfy
import yaml

from boss_perf.errors import TargetsError
from boss_perf.targets.loader import LARGEST_BYTES
from boss_perf.text import spelt_out
from boss_perf.tracker_import.foreign import foreign_kind, table_of
from boss_perf.tracker_import.markdown import (
    Block,
    Heading,
    Listing,
    MarkdownTable,
    Paragraph,
    Visible,
    blocks_of,
    visible,
)
from boss_perf.tracker_import.rows import KINDS
from boss_perf.tracker_import.tables import Imported, Yaml, imported_rows, kind_of

MODELINE = "# yaml-language-server: $schema=./targets.schema.json"
_POLICY = """\
policy: {margin: 1.5%, ceiling: 10%, memory_margin: 1%, false_alarms: 1%, stale_after: 30 days, time_budget: 5 min}"""
_TARGETS = ("optimizations", "budgets", "caches", "memory", "infrastructure")
_ORDER = ("legend", *_TARGETS, "progress", "guidelines", "bottlenecks")
_BREAK = "\u200b"
"""Zero width; reports put it where a viewer would make a link."""
_REPAIR = ftfy.TextFixerConfig(
    unescape_html=False,
    uncurl_quotes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    normalization=None,
    explain=False,
)


@dataclass(frozen=True, slots=True)
class ImportedTracker:
    """The new file's text, how many rows it holds, and a remark about each thing that a person should look at."""

    yaml_text: str
    remarks: tuple[str, ...]
    row_count: int


@dataclass(slots=True)
class _Draft:
    path: str
    source: Visible
    rows: defaultdict[str, list[Imported]] = field(default_factory=lambda: defaultdict(list))
    prose: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

    def stray(self, line: int, what: str, text: str) -> None:
        self.remarks.append(f"{self.path}:{line}  {what} has no place in targets.yaml, kept as a comment")
        self.strays.append(f"{what}: {text}")


def import_tracker(content: bytes, *, path: str) -> ImportedTracker:
    """The tracker in a file's content; TargetsError where there is no table that a tracker has."""
    draft = _Draft(path, visible(_repaired(content, path)))
    try:
        _gather(draft, blocks_of(draft.source))
    except RecursionError as error:
        raise TargetsError("markup nested too deeply to be read", where=path) from error
    for line, what, text in draft.source.hidden:
        draft.stray(line, what, text)
    if draft.rows.keys().isdisjoint(kind.key for kind in KINDS):
        known = "; ".join(f"{', '.join(kind.needed)} ({kind.key})" for kind in KINDS)
        hint = (
            f"a table is known by its columns: {known}; or by one that names something and one that promises an amount"
            "; a list by `name: amount` under a heading of targets"
        )
        raise TargetsError("no table of a tracker in it", where=path, hint=hint)
    _make_ids_differ(draft)
    return ImportedTracker(_written(draft), tuple(draft.remarks), sum(len(rows) for rows in draft.rows.values()))


def _repaired(content: bytes, path: str) -> str:
    if len(content) > LARGEST_BYTES:
        raise TargetsError(f"{len(content) / 1e6:.1f} MB are too large for a tracker", where=path)
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TargetsError("a binary file, not Markdown", where=path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ftfy.guess_bytes(content)[0]
    return ftfy.fix_text(text.replace("\r\n", "\n").replace(_BREAK, ""), _REPAIR)


def _gather(draft: _Draft, blocks: tuple[Block, ...]) -> None:
    last_structure = max((at for at, block in enumerate(blocks) if not isinstance(block, Paragraph)), default=-1)
    introduction: list[str] = []
    closing: list[str] = []
    sections_count = 0
    for at, block in enumerate(blocks):
        if isinstance(block, Heading):
            if block.level == 1 and "title" not in draft.prose:
                draft.prose["title"] = block.text
            sections_count += block.level > 1
        elif isinstance(block, MarkdownTable):
            sections_count += 1
            _gather_table(draft, block)
        elif isinstance(block, Listing):
            _gather_list(draft, block)
        elif not sections_count:
            introduction.append(block.text)
        elif at > last_structure:
            closing.append(block.text)
        else:
            draft.stray(block.line, f'a paragraph under "{block.heading}"', block.text)
    draft.prose["introduction"], draft.prose["closing"] = "\n".join(introduction), "\n".join(closing)


def _gather_table(draft: _Draft, table: MarkdownTable) -> None:
    found = kind_of(table, KINDS)
    if found is None or not found[0].is_certain:
        found = foreign_kind(table) or found
    if found is None:
        what = f'a table under "{table.heading}" with the columns {", ".join(table.columns)}'
        draft.stray(table.line, what, " // ".join(" | ".join(row.cells) for row in table.rows))
        return
    kind, columns = found
    for row in imported_rows(table, kind, columns, draft.source):
        draft.rows[kind.key].append(row)
        for column, text in row.leftovers:
            reason = "status comes from evidence" if column == "status" else "there is no key for it"
            draft.remarks.append(f'{draft.path}:{row.line}  {column} "{text}" is kept as a comment: {reason}')
        if "wording" in row.values and "expect" not in row.values:
            draft.remarks.append(f'{draft.path}:{row.line}  "{row.values["wording"]}" cannot be checked: write expect:')


def _gather_list(draft: _Draft, listing: Listing) -> None:
    heading = listing.heading.lower()
    table = table_of(listing)
    promised = {row.line for row in table.rows} if table else set()
    if table:
        _gather_table(draft, table)
    for item in listing.items:
        if item.line in promised:
            continue
        if item.lead and item.title and ("legend" in heading or not re.search(r"\w", item.lead)):
            values: Yaml = {"status": item.lead, "title": item.title, "text": item.text}
            draft.rows["legend"].append(Imported(values, (), item.line))
        elif re.search(r"guideline|principle|rule", heading) and (item.title or item.text):
            title = " ".join(part for part in (item.lead, item.title) if part)
            values = {"title": title or item.text, "text": item.text if title else ""}
            draft.rows["guidelines"].append(Imported(values, (), item.line))
        else:
            said = " ".join(part for part in (item.lead, item.title, item.text) if part)
            draft.stray(item.line, f'a list item under "{listing.heading}"', said)


def _make_ids_differ(draft: _Draft) -> None:
    taken: set[str] = set()
    for key in _TARGETS:
        for row in draft.rows[key]:
            wanted = str(row.values.get("id", key))
            name, count = wanted, 1
            while name in taken:
                count += 1
                name = f"{wanted}-{count}"
            taken.add(name)
            row.values["id"] = name


def _project(draft: _Draft) -> str:
    said = f"{draft.prose.get('title', '')} {draft.prose.get('introduction', '')}"
    match = re.search(r"\b([A-Z][\w.-]*) (?:framework|project|library|service|package|application)\b", said)
    stem = draft.path.replace("\\", "/").rsplit("/", 1)[-1].partition(".")[0]
    return match[1] if match else draft.prose.get("title") or stem or "unnamed"


def _written(draft: _Draft) -> str:
    head: Yaml = {"project": _project(draft)}
    head |= {key: draft.prose[key] for key in ("title", "introduction") if draft.prose.get(key)}
    parts = [MODELINE, _dumped(head), _POLICY]
    sections = [(key, draft.rows[key]) for key in _ORDER if draft.rows[key]]
    parts.extend("\n".join([f"\n{key}:", *(_row_text(row) for row in rows)]) for key, rows in sections)
    if draft.prose.get("closing"):
        parts.append("\n" + _dumped({"closing": draft.prose["closing"]}))
    if draft.strays:
        parts.append("\n" + "\n".join(f"# {spelt_out(stray)}" for stray in draft.strays))
    return "\n".join(parts) + "\n"


def _row_text(row: Imported) -> str:
    values = {key: row.values[key] for key in ("id", *row.values) if row.values.get(key) not in ("", None)}
    lines = _dumped(values).splitlines()
    indented = [f"  - {lines[0]}", *(f"    {line}" if line else "" for line in lines[1:])]
    return "\n".join([*(f"  # {spelt_out(f'{column}: {text}')}" for column, text in row.leftovers), *indented])


def _dumped(values: Yaml) -> str:
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=110).rstrip("\n")
