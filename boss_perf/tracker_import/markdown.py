"""A Markdown tracker as a reader of the page sees it, taken apart: tables, lists and paragraphs as plain text.

HTML comments and front matter are taken out, footnotes put apart, HTML tables read as if they were Markdown's; each
block has its heading and its line in the source.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from boss_perf.tracker_import.html_tables import numbered_lines
from boss_perf.tracker_import.numbers import has_decimal_commas

_COMMENT = re.compile(r"(?<!`)<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---(?=\n)", re.DOTALL)
_TAG = re.compile(
    r"</?(a|b|br|center|code|del|details|div|em|font|i|ins|kbd|mark|p|s|small|span|strong|sub|summary|sup|u)\b[^<>]*>",
    re.IGNORECASE,
)
_APART = frozenset({"br", "div", "p", "summary"})
_STRUCK = frozenset({"del", "s"})
_LISTS = ("bullet_list", "ordered_list")
_CAPTION_LEVEL = 7
_CAPTION_CHARACTERS = 80
_FOOTNOTE = re.compile(r"\[\^([\w-]{1,40})\]:[ \t]*(.*)")
_MARK = re.compile(r"\[\^([\w-]{1,40})\]")
_TITLED = re.compile(r"(?=\W*\w)((?:[^():]++|\([^()]*+\)|:(?! ))++): ")


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
    line: int
    above: str = ""
    """The headings that its own stands under."""


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
    above: str = ""
    """The headings that its own stands under."""


@dataclass(frozen=True, slots=True)
class Visible:
    """The lines that are left and their numbers in the source; what is hidden, with its line; footnotes by mark."""

    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    hidden: tuple[tuple[int, str, str], ...]
    footnotes: dict[str, str]
    decimal_comma: bool
    """Whether decimals are written with a comma."""


def visible(text: str) -> Visible:
    """A line that was nothing but comment is gone, so that it does not part the table around it."""
    hidden: list[tuple[int, str, str]] = []
    commented: set[int] = set()

    def hide(match: re.Match[str]) -> str:
        first = text.count("\n", 0, match.start()) + 1
        said = " ".join(match[0].removeprefix("<!--").removesuffix("-->").strip("-").split())
        if said:
            hidden.append((first, "an HTML comment" if match[0].startswith("<!--") else "front matter", said))
        commented.update(range(first, first + match[0].count("\n") + 1))
        return "\n" * match[0].count("\n")

    lines: list[str] = []
    numbers: list[int] = []
    footnotes: dict[str, str] = {}
    for number, line in numbered_lines(_COMMENT.sub(hide, _FRONT_MATTER.sub(hide, text))):
        if footnote := _FOOTNOTE.match(line):
            footnotes[footnote[1]] = footnote[2]
        elif line.strip() or number not in commented:
            lines.append(line)
            numbers.append(number)
    return Visible(tuple(lines), tuple(numbers), tuple(hidden), footnotes, has_decimal_commas("\n".join(lines)))


def marks_in(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without its footnote marks, and the marks."""
    return _MARK.sub("", text).rstrip(), tuple(_MARK.findall(text))


Block = Heading | Paragraph | Listing | MarkdownTable


def blocks_of(source: Visible) -> tuple[Block, ...]:
    """The top-level blocks in order; markup is taken off, link targets stay behind their words in parentheses."""
    parser = MarkdownIt("commonmark").enable("table").disable("html_block")
    blocks: list[Block] = []
    headings: dict[int, str] = {}
    for node in SyntaxTreeNode(parser.parse("\n".join(source.lines) + "\n")).children:
        line = _line(node, source)
        *outer, heading = headings.values() or ("",)
        above = " / ".join(outer)
        if node.type == "heading":
            level = int(node.tag[1:])
            headings = {at: text for at, text in headings.items() if at < level}
            headings[level] = _text(node).removesuffix(":")
            blocks.append(Heading(_text(node), level))
        elif node.type == "table":
            columns, *rows = (_row(each, source) for each in node.walk() if each.type == "tr")
            blocks.append(MarkdownTable(columns.cells, tuple(rows), heading, line, above))
        elif node.type in _LISTS:
            blocks.append(Listing(tuple(_items(node, source)), heading, line, above))
        elif words := _text(node) or " ".join(node.content.split()):
            headings.pop(_CAPTION_LEVEL, None)
            blocks.append(Paragraph(words, heading, line))
            if _is_caption(node, words):
                headings[_CAPTION_LEVEL] = words.removesuffix(":")
    return tuple(blocks)


def _is_caption(node: SyntaxTreeNode, words: str) -> bool:
    """Whether a paragraph heads what follows: all of it is bold, or it ends with a colon."""
    marked = [each.type for inline in node.children for each in inline.children if each.children or each.content]
    return (
        node.type == "paragraph" and len(words) <= _CAPTION_CHARACTERS and (words.endswith(":") or marked == ["strong"])
    )


def _line(node: SyntaxTreeNode, source: Visible) -> int:
    return source.numbers[node.map[0]] if node.map else 1


def _text(node: SyntaxTreeNode) -> str:
    return " ".join(" ".join(_words(each) for each in node.walk() if each.type == "inline").split())


def _words(node: SyntaxTreeNode) -> str:
    if node.type in ("softbreak", "hardbreak"):
        return " "
    if node.type == "html_inline" and (tag := _TAG.fullmatch(node.content)):
        return " " if tag[1].lower() in _APART else "~~" if tag[1].lower() in _STRUCK else ""
    words = "".join(map(_words, node.children)) if node.children else node.content
    target = str(node.attrs.get("href", "")) if node.type == "link" else ""
    return words if words.endswith(target) else f"{words} ({target})"


def _row(node: SyntaxTreeNode, source: Visible) -> TableRow:
    cells = tuple(map(_text, node.children))
    written = source.lines[node.map[0]] if node.map else ""
    parts = re.split(r"(?<!\\)\|", written.strip().removeprefix("|").removesuffix("|"))
    excess = " | ".join(part.strip() for part in parts[len(cells) :] if part.strip())
    return TableRow(cells, excess, _line(node, source))


def _items(listing: SyntaxTreeNode, source: Visible) -> Iterator[Item]:
    """The items of a list and of the lists in it; what stands deeper has the words above it in its title."""
    for node in listing.children:
        own = [each for each in node.children if each.type not in _LISTS]
        item = _item(own, _line(node, source))
        below = [each for nested in node.children if nested.type in _LISTS for each in _items(nested, source)]
        above = (item.title or f"{item.lead} {item.text}".strip()).removesuffix(":")
        if own and not (below and all(each.title for each in below) and not (item.title and item.text)):
            yield item
        for each in below:
            yield Item(
                each.lead, f"{above}: {each.title}" if above and each.title else each.title, each.text, each.line
            )


def _item(nodes: list[SyntaxTreeNode], line: int) -> Item:
    whole = " ".join(text for text in map(_text, nodes) if text)
    children = next((each.children for node in nodes for each in node.walk() if each.type == "inline"), [])
    at = next((at for at, child in enumerate(children) if child.type == "strong"), len(children))
    lead, title = "".join(map(_words, children[:at])), "".join(map(_words, children[at : at + 1]))
    lead, title = (" ".join(each.split()) for each in (lead, title))
    if not title or _TITLED.match(f"{lead} ") or (lead and not re.match(r"\w", title)):
        titled = _TITLED.match(whole)
        return Item("", titled[1], whole[titled.end() :], line) if titled else Item("", "", whole, line)
    text = whole[len(lead) :].lstrip().removeprefix(title).lstrip()
    return Item(lead, title.rstrip(":"), text.removeprefix(":").lstrip(), line)
