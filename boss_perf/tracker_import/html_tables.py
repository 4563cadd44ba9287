"""Tables that a tracker writes in HTML, as the lines of a Markdown table."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

_OPENING = re.compile(r"<table\b[^<>]{0,500}>", re.IGNORECASE)
_CLOSING = re.compile(r"</table\s{0,9}>", re.IGNORECASE)
_MARKUP = re.compile(r"([\\`*_\[\]<>|&~])")


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[int, list[str]]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append((self.getpos()[0] - 1, []))
        elif tag in ("td", "th") and self.rows:
            self.rows[-1][1].append("")
        self._is_in_cell = tag in ("td", "th") or (self._is_in_cell and tag != "tr")
        self.handle_data(" " if tag in ("br", "p", "li", "div") else "")

    def handle_endtag(self, tag: str) -> None:
        self._is_in_cell = self._is_in_cell and tag not in ("td", "th", "tr")

    def handle_data(self, data: str) -> None:
        if self._is_in_cell and self.rows and self.rows[-1][1]:
            self.rows[-1][1][-1] += data


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers, its tables in HTML as tables in Markdown."""
    end = 0
    for opening in _OPENING.finditer(text):
        if opening.start() < end:
            continue
        closing = _CLOSING.search(text, opening.end())
        if closing is None:
            break
        if lines := _as_markdown(text[opening.start() : closing.end()]):
            yield from _numbered(text, end, opening.start())
            first = text.count("\n", 0, opening.start()) + 1
            yield from ((first + below, line) for below, line in lines)
            end = closing.end()
    yield from _numbered(text, end, len(text))


def _numbered(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    return iter(enumerate(text[start:end].splitlines(), text.count("\n", 0, start) + 1))


def _as_markdown(table: str) -> list[tuple[int, str]]:
    """Each line with how many lines it stands below the table's first; none where no row has a cell."""
    parser = _Rows()
    parser.feed(table)
    parser.close()
    rows = [(below, cells) for below, cells in parser.rows if cells]
    if not rows:
        return []
    lines = [(below, "| " + " | ".join(map(_plain, cells)) + " |") for below, cells in rows]
    first, head = rows[0]
    return [(first, ""), lines[0], (first, "|" + "---|" * len(head)), *lines[1:], (rows[-1][0], "")]


def _plain(cell: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(cell.split()))
