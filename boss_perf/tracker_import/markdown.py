"""A Markdown tracker as a reader of the page sees it, taken apart: tables, lists and paragraphs as plain text.

HTML comments are taken out and footnotes put apart; each block has its heading and its line in the source.
"""

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_COMMENT = re.compile(r"(?<!`)<!--.*?(?:-->|\Z)", re.DOTALL)
_FOOTNOTE = re.compile(r"\[\^([\w-]{1,40})\]:[ \t]*(.*)")
_MARK = re.compile(r"\[\^([\w-]{1,40})\]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its level, 1 for the title."""

    text: str
    level: int


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
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    blocks: list[Block] = []
    heading = ""
    for node in SyntaxTreeNode(parser.parse("\n".join(source.lines) + "\n")).children:
        line = _line(node, source)
        if node.type == "heading":
            heading = _text(node)
            blocks.append(Heading(heading, int(node.tag[1:])))
        elif node.type == "table":
            columns, *rows = (_row(each, source) for each in node.walk() if each.type == "tr")
            blocks.append(MarkdownTable(columns.cells, tuple(rows), heading, line))
        elif node.type in ("bullet_list", "ordered_list"):
            blocks.append(Listing(tuple(_item(each, _line(each, source)) for each in node.children), heading))
        elif words := _text(node) or " ".join(node.content.split()):
            blocks.append(Paragraph(words, heading, line))
    return tuple(blocks)


def _line(node: SyntaxTreeNode, source: Visible) -> int:
    return source.numbers[node.map[0]] if node.map else 1


def _text(node: SyntaxTreeNode) -> str:
    return " ".join(" ".join(_words(each) for each in node.walk() if each.type == "inline").split())


def _words(node: SyntaxTreeNode) -> str:
    if node.type in ("softbreak", "hardbreak"):
        return " "
    words = "".join(map(_words, node.children)) if node.children else node.content
    target = str(node.attrs.get("href", "")) if node.type == "link" else ""
    return words if words.endswith(target) else f"{words} ({target})"


def _row(node: SyntaxTreeNode, source: Visible) -> TableRow:
    cells = tuple(map(_text, node.children))
    written = source.lines[node.map[0]] if node.map else ""
    parts = re.split(r"(?<!\\)\|", written.strip().removeprefix("|").removesuffix("|"))
    excess = " | ".join(part.strip() for part in parts[len(cells) :] if part.strip())
    return TableRow(cells, excess, _line(node, source))


def _item(node: SyntaxTreeNode, line: int) -> Item:
    whole = _text(node)
    children = next((each.children for each in node.walk() if each.type == "inline"), [])
    at = next((at for at, child in enumerate(children) if child.type == "strong"), None)
    if at is None:
        title, colon, text = whole.partition(": ")
        return Item("", title if colon else "", text if colon else whole, line)
    lead, title = "".join(map(_words, children[:at])), _words(children[at])
    lead, title = (" ".join(each.split()) for each in (lead, title))
    text = whole[len(lead) :].lstrip().removeprefix(title).lstrip()
    return Item(lead, title.rstrip(":"), text.removeprefix(":").lstrip(), line)
