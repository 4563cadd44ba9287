"""The tables of a tracker, known by their columns and not by their headings, and the cells of their rows.

What has no place in `targets.yaml` (a column nobody knows, a status typed by hand, a figure without evidence) is
handed back as a leftover, never dropped.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from boss_perf.targets.diagnostics import nearest
from boss_perf.tracker_import.markdown import MarkdownTable, TableRow, Visible, marks_in

Yaml = dict[str, object]
NOTHING = frozenset({"", "-", "–", "—", "n/a", "none", "tbd", "?"})


@dataclass(frozen=True, slots=True)
class Imported:
    """One row: what goes into `targets.yaml`, and the (column, text) pairs that cannot."""

    values: Yaml
    leftovers: tuple[tuple[str, str], ...]
    line: int


class Cells:
    """The cells of a row by known column; each is taken once, and what nobody takes is left over."""

    def __init__(self, columns: tuple[str | None, ...], table: MarkdownTable, row: TableRow, source: Visible) -> None:
        self._known: dict[str, str] = {}
        self._left: list[tuple[str, str]] = [("more cells", row.excess)] if row.excess else []
        self._marks: dict[str, tuple[str, ...]] = {}
        self.line, self.heading, self.source = row.line, table.heading, source
        for column, title, said in zip(columns, table.columns, row.cells, strict=True):
            text, marks = marks_in(said)
            if column is not None:
                self._marks.setdefault(column, marks)
            if column is not None and column not in self._known:
                self._known[column] = text
            elif text:
                self._left.append((title or "column without a name", text))

    def take(self, column: str) -> str:
        """The text of a column, empty where the cell says nothing."""
        text = self._known.pop(column, "")
        return "" if text.lower() in NOTHING else text

    def unknown(self) -> tuple[tuple[str, str], ...]:
        """Take what stands in columns that nobody knows."""
        left, self._left = self._left, []
        return tuple(left)

    def footnotes(self, column: str) -> str:
        """What the footnotes of a cell say."""
        said = (self.source.footnotes.get(mark, "") for mark in self._marks.get(column, ()))
        return "\n".join(filter(None, said))

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
    is_certain: bool = True
    """Whether its columns tell it from the tables of others."""


def kind_of(table: MarkdownTable, kinds: tuple[TableKind, ...]) -> tuple[TableKind, tuple[str | None, ...]] | None:
    """Which table this is, and for each of its columns the known name or None; None for a table nobody knows."""
    read = [
        (kind, tuple(nearest(title, kind.columns, cutoff_ratio=0.85) if title else None for title in table.columns))
        for kind in kinds
    ]
    fitting = [(kind, columns) for kind, columns in read if set(kind.needed) <= set(columns)]
    return max(fitting, key=lambda each: len(set(each[1]) - {None}), default=None)


def imported_rows(
    table: MarkdownTable, kind: TableKind, columns: tuple[str | None, ...], source: Visible
) -> tuple[Imported, ...]:
    """Every row that says anything, in order."""
    found: list[Imported] = []
    for row in table.rows:
        if not any(marks_in(cell)[0].lower() not in NOTHING for cell in row.cells) and not row.excess:
            continue
        cells = Cells(columns, table, row, source)
        values = {key: value for key, value in kind.convert(cells).items() if value not in ("", None, ())}
        found.append(Imported(values, cells.leftovers(), row.line))
    return tuple(found)
