"""The tracker as Markdown, through a Jinja template.

Whatever the template prints is escaped, so that no name in `targets.yaml` becomes markup, unless one of the functions
`section`, `notes`, `prose` and `emphasis` made it. Same view, same bytes.
"""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from boss_perf.report.table import Cell, TableView
from boss_perf.report.view import TrackerView
from boss_perf.text import markdown_cell, markdown_text

_TEMPLATES = Path(__file__).parent / "templates"
_EMPTY_LINES = re.compile(r"\n{3,}")
_MARGINS = re.compile(r"[ \t]+$", re.MULTILINE)


class Markdown(str):
    """Text that is markup already."""

    __slots__ = ()


def render_tracker(view: TrackerView) -> str:
    """The whole file."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - that would be HTML's; `finalize` escapes for Markdown
        finalize=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(section=_section, notes=_notes, prose=_prose, emphasis=_emphasis)
    rendered = environment.get_template("tracker.md.j2").render(tracker=view)
    return _EMPTY_LINES.sub("\n\n", _MARGINS.sub("", rendered)).strip("\n") + "\n"


def _escaped(shown: Any) -> Markdown:
    return shown if isinstance(shown, Markdown) else Markdown(markdown_cell(str(shown)))


def _section(view: TableView) -> Markdown:
    """A table without padding: one changed cell changes one line. Nothing without rows."""
    if not view.rows:
        return Markdown("")
    lines = [[markdown_cell(column) for column in view.columns], ["---"] * len(view.columns)]
    lines += [[_cell(cell) for cell in row] for row in view.rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return Markdown(f"## {markdown_cell(view.title)}\n\n{table}")


def _cell(cell: Cell) -> str:
    text = markdown_cell(cell.text)
    shown = (f"[{text}]({cell.link})" if cell.link else text) + "".join(f"[^{number}]" for number in cell.notes)
    shown = "<br>".join((shown, *map(_cell, cell.below)))
    if not cell.folded:
        return shown
    return f"<details><summary>{shown}</summary>{'<br>'.join(map(markdown_cell, cell.folded))}</details>"


def _notes(footnotes: tuple[str, ...]) -> Markdown:
    return Markdown("\n".join(f"[^{number}]: {markdown_text(note)}" for number, note in enumerate(footnotes, 1)))


def _prose(prose: str) -> Markdown:
    """Paragraphs of the project's prose, shown as they are spelt."""
    paragraphs = (markdown_text(paragraph) for paragraph in prose.split("\n\n") if paragraph.strip())
    return Markdown("\n\n".join(paragraphs))


def _emphasis(prose: str) -> Markdown:
    """A line in italics; asterisks that people wrote around it are taken for the same wish."""
    words = prose.strip()
    if len(words) > 2 and words[0] == words[-1] == "*":
        words = words[1:-1]
    return Markdown(f"*{markdown_cell(words)}*") if words.strip() else Markdown("")
