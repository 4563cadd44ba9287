"""A Markdown tracker as a reader of the page sees it, taken apart: tables, lists and paragraphs as plain text.

HTML comments are taken out and footnotes put apart; each block has its heading and its line in the source.
"""

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_COMMENT = re.compile(r"(?<!`)<!--.*?(?:-->|\Z)", re.DOTALL)
_FOOTNOTE = re.compile(r"\[\^([\w-]{1,40})\]:[ \t]*(.*)")
_MARK = re.compile(r"\[\^([\w-]{1,40})\]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its level, 1 for the title."""

    text: str
    level: int
    line: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose, or whatever else is neither table, list nor heading."""

    text: str
    heading: str
    line: int


@dataclass(frozen=True, slots=True)
class Item:
    """A list item around its first bold words: `lead **title**: text`."""

    lead: str
    title: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with its items."""

    items: tuple[Item, ...]
    heading: str
    line: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of a row, as many as there are columns; `excess` is what stood behind the last column."""

    cells: tuple[str, ...]
    excess: str
    line: int


@dataclass(frozen=True, slots=True)
class MarkdownTable:
    """A table with its header."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    heading: str
    line: int


@dataclass(frozen=True, slots=True)
class Visible:
    """The lines that are left and their numbers in the source; the comments, with their lines; footnotes by mark."""

    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    comments: tuple[tuple[int, str], ...]
    footnotes: dict[str, str]


def visible(text: str) -> Visible:
    """A line that was nothing but comment is gone, so that it does not part the table around it."""
    comments: list[tuple[int, str]] = []
    commented: set[int] = set()

    def hide(match: re.Match[str]) -> str:
        first = text.count("\n", 0, match.start()) + 1
        said = " ".join(match[0].removeprefix("<!--").removesuffix("-->").split())
        if said:
            comments.append((first, said))
        commented.update(range(first, first + match[0].count("\n") + 1))
        return "\n" * match[0].count("\n")

    lines: list[str] = []
    numbers: list[int] = []
    footnotes: dict[str, str] = {}
    for number, line in enumerate(_COMMENT.sub(hide, text).splitlines(), 1):
        if footnote := _FOOTNOTE.match(line):
            footnotes[footnote[1]] = footnote[2]
        elif line.strip() or number not in commented:
            lines.append(line)
            numbers.append(number)
    return Visible(tuple(lines), tuple(numbers), tuple(comments), footnotes)


def marks_in(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without its footnote marks, and the marks."""
    return _MARK.sub("", text).rstrip(), tuple(_MARK.findall(text))


Block = Heading | Paragraph | Listing | MarkdownTable


def blocks_of(source: Visible) -> tuple[Block, ...]:
    """The top-level blocks in order; markup is taken off, link targets stay behind their words in parentheses."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse("\n".join(source.lines) + "\n")
    for token in tokens:
        if token.map:
            token.map = [source.numbers[min(at, len(source.numbers) - 1)] - 1 for at in token.map]
    lines = dict(zip((number - 1 for number in source.numbers), source.lines, strict=True))
    blocks: list[Block] = []
    heading, start = "", 0
    while start < len(tokens):
        token = tokens[start]
        end = _end(tokens, start)
        inside, line = tokens[start : end + 1], (token.map or [0])[0] + 1
        if token.type == "heading_open":
            heading = _text(inside)
            blocks.append(Heading(heading, int(token.tag[1:]), line))
        elif token.type == "table_open":
            blocks.append(_table(inside, lines, heading, line))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            blocks.append(Listing(_items(inside), heading, line))
        elif words := _text(inside) or " ".join(token.content.split()):
            blocks.append(Paragraph(words, heading, line))
        start = end + 1
    return tuple(blocks)


def _end(tokens: list[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def _text(tokens: list[Token]) -> str:
    return " ".join(" ".join(_words(token.children or []) for token in tokens if token.type == "inline").split())


def _words(children: list[Token]) -> str:
    parts: list[str] = []
    targets: list[str] = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "link_open":
            targets.append(str(child.attrs.get("href", "")))
        elif child.type == "link_close":
            target = targets.pop()
            parts.append("" if "".join(parts).endswith(target) else f" ({target})")
        else:
            parts.append(child.content)
    return "".join(parts)


def _table(tokens: list[Token], lines: dict[int, str], heading: str, line: int) -> MarkdownTable:
    rows: list[TableRow] = []
    cells: list[str] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            cells = []
            row_line = (token.map or [line - 1])[0]
        elif token.type in ("th_open", "td_open"):
            cells.append(_text([tokens[index + 1]]))
        elif token.type == "tr_close":
            rows.append(TableRow(tuple(cells), _excess(lines[row_line], len(cells)), row_line + 1))
    return MarkdownTable(rows[0].cells, tuple(rows[1:]), heading, line)


def _excess(source: str, columns_count: int) -> str:
    cells = re.split(r"(?<!\\)\|", source.strip().removeprefix("|").removesuffix("|"))
    return " | ".join(cell.strip() for cell in cells[columns_count:] if cell.strip())


def _items(tokens: list[Token]) -> tuple[Item, ...]:
    items: list[Item] = []
    index = 1
    while index < len(tokens) - 1:
        end = _end(tokens, index)
        inside = tokens[index : end + 1]
        items.append(_item(inside, (inside[0].map or [0])[0] + 1))
        index = end + 1
    return tuple(items)


def _item(tokens: list[Token], line: int) -> Item:
    children = next((token.children or [] for token in tokens if token.type == "inline"), [])
    opens = next((at for at, child in enumerate(children) if child.type == "strong_open"), None)
    whole = _text(tokens)
    if opens is None:
        title, colon, text = whole.partition(": ")
        return Item("", title if colon else "", text if colon else whole, line)
    closes = next(at for at, child in enumerate(children) if child.type == "strong_close" and at > opens)
    lead, title = (" ".join(_words(part).split()) for part in (children[:opens], children[opens:closes]))
    text = whole[len(lead) :].lstrip().removeprefix(title).lstrip()
    return Item(lead, title.rstrip(":"), text.removeprefix(":").lstrip(), line)
