"""What a reader of the rendered tracker sees: without HTML comments, footnotes apart, each line with its own number."""

import re
from dataclasses import dataclass

_COMMENT = re.compile(r"(?<!`)<!--.*?(?:-->|\Z)", re.DOTALL)
_FOOTNOTE = re.compile(r"\[\^([\w-]{1,40})\]:[ \t]*(.*)")
_MARK = re.compile(r"\[\^([\w-]{1,40})\]")


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
