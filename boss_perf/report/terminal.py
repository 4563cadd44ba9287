"""The tracker in a terminal: the same view, its tables drawn by rich; returns what to print and prints nothing."""

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from boss_perf.model.verdicts import Judgement, Verdict
from boss_perf.report.cells import checks_text, figure_texts, joined, promise_text
from boss_perf.report.escaping import visible_line
from boss_perf.report.material import Cell, TableView
from boss_perf.report.view import TrackerView

_STYLES = {
    Verdict.MET: "green",
    Verdict.MISSED: "bold red",
    Verdict.FAILED: "bold red",
    Verdict.UNDECIDED: "yellow",
    Verdict.STALE: "yellow",
    Verdict.WAIVED: "yellow",
    Verdict.UNMEASURED: "dim",
}
_CELL_STYLES = {"🟢": "green", "🟡": "yellow", "🔴": "dim"}
_WIDE_COLUMNS = ("Notes", "Trend", "Baseline", "Optimized", "Assigned To", "Measurement Method", "Description")


def status_tables(view: TrackerView, *, is_full: bool = False) -> Group:
    """The tracker's tables and footnotes; `is_full` adds the columns that a narrow terminal has no room for."""
    return Group(*_status_parts(view, is_full=is_full))


def judgement_table(judgements: Sequence[Judgement]) -> Table:
    """One line per target, worst first: what is promised, what was found, and why that is the verdict."""
    table = _empty_table(None)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Target", overflow="fold")
    table.add_column("Promise", overflow="fold")
    table.add_column("Measured", overflow="fold")
    table.add_column("Why", overflow="fold", ratio=2)
    for judgement in sorted(judgements, key=lambda each: each.verdict.rank):
        style = _STYLES[judgement.verdict]
        table.add_row(
            Text(f"{judgement.status.emoji} {judgement.verdict.value}", style=style),
            _plain(judgement.target.id),
            _plain(promise_text(judgement.target)),
            _plain(joined((*figure_texts(judgement), checks_text(judgement)))),
            _plain("; ".join((judgement.reason, *(caveat.text for caveat in judgement.caveats)))),
        )
    return table


def _status_parts(view: TrackerView, *, is_full: bool) -> Iterator[RenderableType]:
    yield Text(visible_line(view.title), style="bold")
    yield _plain(view.summary)
    yield _plain(view.provenance)
    tables = (view.optimizations, view.budgets, view.caches, view.memory, view.loads, view.infrastructure)
    shown = [table for table in tables if table is not None and table.rows]
    for table in (*shown, view.progress, view.bottlenecks):
        if table.rows:
            yield Text()
            yield _drawn(table, is_full=is_full)
    if view.footnotes:
        yield Text()
        yield from (_plain(f"[{number}] {note}") for number, note in enumerate(view.footnotes, 1))


def _drawn(view: TableView, *, is_full: bool) -> Table:
    chosen = [place for place, column in enumerate(view.columns) if is_full or _has_room(view, place, column)]
    table = _empty_table(visible_line(view.title))
    for place in chosen:
        table.add_column(view.columns[place], overflow="fold")
    for row in view.rows:
        table.add_row(*_texts(row[place] for place in chosen))
    return table


def _has_room(view: TableView, place: int, column: str) -> bool:
    """Without the columns of a second look, and without those in which nobody has written anything."""
    return column not in _WIDE_COLUMNS and any(row[place].text != "-" for row in view.rows)


def _texts(cells: Iterable[Cell]) -> Iterator[Text]:
    for cell in cells:
        text = Text(visible_line(cell.text), style=_CELL_STYLES.get(cell.text[:1], ""))
        if cell.notes:
            text.append(f" [{', '.join(map(str, cell.notes))}]", style="dim")
        yield text


def _empty_table(title: str | None) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)


def _plain(text: str) -> Text:
    return Text(visible_line(text))
