"""The tracker as Markdown, through a Jinja template that a project may replace or extend.

Whatever a template prints is escaped, so that no name in `targets.yaml` becomes markup, unless one of the functions
`section`, `table`, `notes`, `prose` and `emphasis` made it or the filter `markdown` vouches for it. Same view, same
bytes.
"""

import re
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, StrictUndefined, TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from boss_perf.errors import ReportError
from boss_perf.report.table import Cell, TableView
from boss_perf.report.view import TrackerView
from boss_perf.text import markdown_cell, markdown_text

DEFAULT_TEMPLATE = "tracker.md.j2"
_TEMPLATES = Path(__file__).parent / "templates"
_EMPTY_LINES = re.compile(r"\n{3,}")
_MARGINS = re.compile(r"[ \t]+$", re.MULTILINE)


class Markdown(str):
    """Text that is markup already."""

    __slots__ = ()


def render_tracker(view: TrackerView, *, template_path: Path | None = None) -> str:
    """The whole file. A template at `template_path` sees `tracker` and may extend `tracker.md.j2`, block by block."""
    name = DEFAULT_TEMPLATE if template_path is None else str(template_path)
    own = {} if template_path is None else {name: _source(template_path)}
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([DictLoader(own), FileSystemLoader(_TEMPLATES)]),
        undefined=StrictUndefined,
        autoescape=False,  # that would be HTML's; `finalize` escapes for Markdown
        finalize=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(section=_section, table=_table, notes=_notes, prose=_prose, emphasis=_emphasis)
    environment.filters["markdown"] = Markdown
    try:
        rendered = environment.get_template(name).render(tracker=view)
    except Exception as error:  # a project's template may raise anything
        raise _template_error(name, error) from error
    return _EMPTY_LINES.sub("\n\n", _MARGINS.sub("", rendered)).strip("\n") + "\n"


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"the template cannot be read: {error}", where=str(path)) from error


def _escaped(shown: Any) -> Any:
    if isinstance(shown, Markdown | Undefined):
        return shown
    return Markdown("" if shown is None else _spaced(str(shown)))


def _spaced(text: str) -> str:
    """Escaped, with the white space around it as it was: a template's own `": "` is a string as well."""
    start, end = len(text) - len(text.lstrip(" ")), len(text) - len(text.rstrip(" "))
    return " " * start + markdown_cell(text) + " " * (end if text.strip() else 0)


def _section(view: TableView) -> Markdown:
    return Markdown(f"## {markdown_cell(view.title)}\n\n{_table(view)}") if view.rows else Markdown("")


def _table(view: TableView) -> Markdown:
    """A table without padding: one changed cell changes one line."""
    lines = [[markdown_cell(column) for column in view.columns], ["---"] * len(view.columns)]
    lines += [[_cell(cell) for cell in row] for row in view.rows]
    return Markdown("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


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


def _template_error(name: str, error: Exception) -> ReportError:
    is_default = name == DEFAULT_TEMPLATE
    line = getattr(error, "lineno", None) or _line_in(name, error.__traceback__)
    where = f"{name}:{line}" if line else name
    kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
    hint = None if is_default else f'start from {{% extends "{DEFAULT_TEMPLATE}" %}} and replace single blocks'
    return ReportError(f"the template fails: {kind}{error}", where=where, hint=hint)


def _line_in(name: str, traceback: TracebackType | None) -> int | None:
    """The template's line that raised; Jinja rewrites tracebacks so that they name templates and their lines."""
    files = (name, str(_TEMPLATES / name), "<template>")
    lines = [line for frame, line in walk_tb(traceback) if frame.f_code.co_filename in files]
    return lines[-1] if lines else None
