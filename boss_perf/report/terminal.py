"""A digest in a terminal or a log: what was run, what is not well, and what it comes to, the answer last.

Every line opens with white space and a word or mark of ours, so no name starts a line that a CI server takes for a
command.
"""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from boss_perf.model.gate import GateVerdict
from boss_perf.model.verdicts import Verdict
from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome, Row, counted
from boss_perf.text import visible_line, without_commands

LAST_LINES = 25
"""Of the digest, with what is not well among them: a small terminal shows so many above the prompt."""
_REMARKS = 4
_REASON_LINES = 3
_GROUP_SIZE = 3
_ID_WIDTH = 44
_PROMISE_WIDTH = 30
_GAP = "   "
_STYLES = {
    Outcome.FAILURE: "bold red",
    Outcome.ERROR: "bold red",
    Outcome.UNDECIDED: "bold yellow",
    Outcome.EXCUSED: "yellow",
    Outcome.PASS: "green",
}


def render_digest(digest: Digest, *, width_count: int = 100, is_colored: bool = False, shows_all: bool = False) -> str:
    """The digest as text at most `width_count` columns wide; without colour it holds no escape sequence."""
    out = StringIO()
    console = Console(
        file=out, width=width_count, force_terminal=is_colored, color_system="standard" if is_colored else None,
        no_color=not is_colored, legacy_windows=False, highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    for line in _lines(digest, width_count, shows_all=shows_all):
        line.truncate(width_count, overflow="ellipsis")
        console.print(line, soft_wrap=True)
    return without_commands(out.getvalue())


def _lines(digest: Digest, width: int, *, shows_all: bool) -> Iterator[Text]:
    """Only what is ours, or opens with a word of ours, starts a line."""
    yield from _wrapped(
        f"{digest.command} {visible_line(digest.title)}", [visible_line(each) for each in digest.setting], width
    )
    wrong = [row for row in digest.rows if row.outcome is not Outcome.PASS]
    answer = list(_answer(digest, width, shows_all=shows_all))
    if shows_all or wrong:
        yield Text()
        room = LAST_LINES - len(answer) - 1
        yield from _every(digest.rows, width, digest.kind) if shows_all else _block(wrong, width, digest.kind, room)
        yield Text()
    elif digest.remarks:
        yield Text()
    yield from answer


def _answer(digest: Digest, width: int, *, shows_all: bool) -> Iterator[Text]:
    """The notes, each in one line or all of it in as many as it takes, and what it comes to."""
    notes = [f"note: {visible_line(remark)}" for remark in digest.remarks]
    if shows_all:
        notes = [line for note in notes for line in textwrap.wrap(note, width, subsequent_indent="  · ")]
    elif len(notes) > _REMARKS:
        notes[_REMARKS:] = [f"note: {len(notes) - _REMARKS} more with --all"]
    yield from (Text(note, style="dim") for note in notes)
    kept = [row for row in digest.rows if row.outcome is Outcome.PASS]
    if digest.kind == "gate" and kept and not digest.is_open:
        yield Text(counted(kept).replace(", ", " · "))
    for name, text in (("fastest", _fastest(kept)), ("closest to its limit", digest.closest)):
        if text:
            yield Text(f"{name}: {visible_line(text)}")
    if digest.kind == "targets" and not shows_all:
        yield Text("boss-perf status --all · show ID · report", style="dim")
    opening, _, rest = digest.closing.partition(": ")
    yield from _wrapped(opening, rest.split(", ") if rest else [], width, joints=(": ", ", "), is_open=digest.is_open)


def _wrapped(
    opening: str, parts: Sequence[str], width: int, *, joints: tuple[str, str] = (" · ", " · "), is_open: bool = True
) -> Iterator[Text]:
    """The opening in bold with as many parts on its line as fit, the others below it."""
    line = Text(opening, style="bold" if is_open else "bold red")
    for place, part in enumerate(parts):
        joint = joints[place > 0]
        if line.cell_len + cell_len(joint) + cell_len(part) > width:
            yield line
            line = Text("  · ")
            joint = ""
        line.append(f"{joint}{part}", style="" if joints[0] == " · " else "bold")
    yield line


def _every(rows: Sequence[Row], width: int, kind: str) -> Iterator[Text]:
    lines, places = _table(rows, width, kind)
    for row, line in zip(rows, lines, strict=True):
        if reason := _why(row, places):
            line.append(_GAP).append(reason, style="dim")
        yield line


def _block(rows: Sequence[Row], width: int, kind: str, room: int) -> Iterator[Text]:
    """What is not well, in detail as far as there is room: alike rows as one, the rest counted."""
    sizes = Counter(_kind(row) for row in rows)
    groups = [each for each, size in sizes.items() if each[1] and size >= _GROUP_SIZE][: room // 4]
    alone = [row for row in rows if _kind(row) not in groups]
    room -= 2 * len(groups)
    shown = 0
    firsts, places = _table(alone, width, kind)
    for row, first in zip(alone, firsts, strict=True):
        detail = list(_with_reason(first, _why(row, places), width))
        detail += [Text(f"    · {visible_line(line)}") for line in row.cause_lines]
        if len(detail) > room - (row is not alone[-1]):
            break
        room, shown = room - len(detail), shown + 1
        yield from detail
    if left := alone[shown:]:
        yield Text(f"  … and {counted(left)}", style="dim")
    for each in groups:
        alike = [row for row in rows if _kind(row) == each]
        word, style = _word(alike[0]), _STYLES[alike[0].outcome]
        count = f"{len(alike)} {'benchmarks' if kind == 'gate' else 'targets'}"
        yield Text.assemble("  ", (word, style), f"{_GAP}{count}{_GAP}", (visible_line(each[1]), "dim"))
        yield Text(f"    · {', '.join(_ids(alike))}", style="dim")


def _with_reason(first: Text, reason: str, width: int) -> Iterator[Text]:
    """The row's line with the reason behind it where there is room, else below it."""
    if reason and first.cell_len + len(_GAP) + cell_len(reason) <= width:
        first.append(_GAP).append(reason, style="dim")
        reason = ""
    yield first
    for place, line in enumerate(textwrap.wrap(reason, width - 6, max_lines=_REASON_LINES, placeholder=" …")):
        yield Text(f"      {line}" if place else f"    · {line}", style="dim")


def _kind(row: Row) -> tuple[str, str, str]:
    """What alike rows share: the second is all there is to tell of each, empty where a figure of its own is more."""
    if row.advice:
        return row.verdict, f"run {row.advice}", row.reason if row.verdict == Verdict.UNMEASURED else ""
    is_bare = row.comparison is None and row.needs_s is None and row.cause is None and not row.figure
    return row.verdict, row.explanation if is_bare else "", ""


def _table(rows: Sequence[Row], width: int, kind: str) -> tuple[list[Text], list[int]]:
    """One line for each row, and the places of its cells: what there is no room for is left out, names first.

    Verdict, id, name, and where no reason tells them the figure and the promise.
    """
    cells = [
        (_word(row), name, "" if kind == "gate" else visible_line(row.name), *_told(row))
        for row, name in zip(rows, _ids(rows), strict=True)
    ]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)] or [0] * 5
    widths[1] = min(widths[1], max(_ID_WIDTH, width // 2))
    places = [place for place, size in enumerate(widths) if size]
    widths[4] = min(widths[4], _PROMISE_WIDTH)
    for dropped in (2, 4, 3):
        used = len("  ") + sum(widths[place] for place in places) + len(_GAP) * (len(places) - 1)
        if used > width and dropped in places:
            places.remove(dropped)
    lines = []
    for row, texts in zip(rows, cells, strict=True):
        styles = (_STYLES[row.outcome], "bold", "", "", "dim")
        line = Text("  ")
        for place in places:
            text = Text(texts[place], style=styles[place])
            text.truncate(widths[place], overflow="ellipsis", pad=True)
            line.append(text).append(_GAP)
        line.rstrip()
        lines.append(line)
    return lines, places


def _told(row: Row) -> tuple[str, str]:
    """The figure and what was promised; nothing where a reason is told instead."""
    if not row.figure or row.outcome not in (Outcome.FAILURE, Outcome.PASS):
        return "", ""
    promised = f"promised {row.promised}" if row.promised else "confirmed" if row.is_confirmed else ""
    return visible_line(row.figure), visible_line(promised)


def _why(row: Row, places: Sequence[int]) -> str:
    """What a reader needs beyond the cells that are shown; caveats are told together."""
    parts = [row.explanation, f"run {row.advice}" if row.advice else ""]
    if any(told := _told(row)):
        parts = [*(text for place, text in enumerate(told, 3) if place not in places), row.hint or ""]
    return "; ".join(visible_line(part) for part in parts if part)


def _word(row: Row) -> str:
    return row.verdict if row.outcome in (Outcome.FAILURE, Outcome.ERROR) else row.verdict.lower()


def _ids(rows: Sequence[Row]) -> list[str]:
    """The test's name where no other file has one alike, else the node id; of a target its id. And the metric."""
    shorts = {row.key: row.key.partition("::")[2] or row.key for row in rows}
    counts = Counter(shorts.values())
    names = [shorts[row.key] if counts[shorts[row.key]] == 1 else row.key for row in rows]
    return [f"{visible_line(name)} {row.beside}".rstrip() for name, row in zip(names, rows, strict=True)]


def _fastest(rows: Sequence[Row]) -> str:
    faster = [row for row in rows if row.verdict == GateVerdict.FASTER and row.comparison is not None]
    if not faster:
        return ""
    best = min(faster, key=lambda row: row.comparison.ratio.value if row.comparison else 1.0)
    return f"{best.key.partition('::')[2] or best.key} {best.change}"
