"""Words for people: names in a sentence, and text of strangers made harmless, whoever shows it.

Benchmark names, reasons, refs and notes may come from a stranger's pull request. A line shows every character of them:
control characters and text-direction marks are spelt out (`\\x1b`, `\\u202e`), so two names that differ in them stay
different. Rendered Markdown shows them as they are spelt: no markup, no HTML, no link, no mention, no reference to an
issue. No line is a command to the CI system whose log it stands in.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

LISTED_COUNT = 3
_BREAK = "\u200b"
"""Zero width: text looks as it was and is no command; what keeps GitHub and GitLab from linking, who look at that."""
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[|vso\[)", re.MULTILINE)
_JOINERS = "\u200c\u200d"
_PUNCTUATION = re.compile(r"[\\`*\[\]~|]")
_LONE_UNDERSCORES = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
_TAG_OPENER = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY_OPENER = re.compile(r"&(?=[#A-Za-z])")
_LINK_OPENERS = (
    (re.compile(r"@(?=\S)"), f"@{_BREAK}"),
    (re.compile(r"([#!])(?=\d)"), rf"\g<1>{_BREAK}"),
    (re.compile(r"\b(gh)-(?=\d)", re.IGNORECASE), rf"\g<1>{_BREAK}-"),
    (re.compile(r":(?=//)"), f":{_BREAK}"),
    (re.compile(r"\b(www)\.", re.IGNORECASE), rf"\g<1>{_BREAK}."),
)
_BLOCK_OPENER = re.compile(r"^(?:(?P<digits>\d+)(?=[.)](?: |$))|(?=[#>+=:-]))")
_BACKTICKS = re.compile(r"`+")


def closest(name: str, known: Iterable[str], *, cutoff_ratio: float = 0.5) -> str | None:
    """The known name most like this one, None when nothing is like it."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff_ratio)
    return matches[0] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """`did you mean 'bench'?`, None where nothing is like it."""
    near = closest(name, known)
    return f"did you mean {near!r}?" if near else None


def listed(names: Sequence[str]) -> str:
    """The first of them, and how many more there are: `a, b, c and 4 more`."""
    more = len(names) - LISTED_COUNT
    return ", ".join(names[:LISTED_COUNT]) + (f" and {more} more" if more > 0 else "")


def clipped(text: str, limit_count: int) -> str:
    """At most `limit_count` characters, the last one `…` when something was left out."""
    return text if len(text) <= limit_count else text[: limit_count - 1] + "…"


def visible_line(text: str) -> str:
    """The text on one line: white space and line ends become single spaces, unseen characters are spelt out."""
    return " ".join("".join(map(_visible, text)).split())


def inert(text: str) -> str:
    """The text with its lines, but with no control character, and no line that a CI system takes for a command.

    GitHub obeys `::name::` at the start of a line and `##[name]` anywhere in it, Azure `##vso[name]`.
    """
    return without_commands("".join(map(_controlled, text.replace("\r\n", "\n"))))


def without_commands(text: str) -> str:
    """The text with a zero-width mark in what a CI system would take for a command; colours stay."""
    return _COMMAND.sub(lambda match: f"{match[0]}{_BREAK}", text)


def spelt_out(text: str) -> str:
    """The text with everything escaped that is not printed."""
    return "".join(each if each.isprintable() else _spelt(each) for each in text)


def markdown_cell(text: str) -> str:
    """A cell of a table, or words inside a line, that show `text` literally."""
    escaped = _PUNCTUATION.sub(r"\\\g<0>", visible_line(text))
    escaped = _LONE_UNDERSCORES.sub(lambda match: r"\_" * len(match[0]), escaped)
    escaped = _ENTITY_OPENER.sub("&amp;", escaped)
    escaped = _TAG_OPENER.sub("&lt;", escaped)
    for opener, replacement in _LINK_OPENERS:
        escaped = opener.sub(replacement, escaped)
    return escaped.replace("$", "&#36;")


def markdown_text(text: str) -> str:
    """A line of its own that shows `text` literally: no heading, list, quotation or rule can start."""
    return _BLOCK_OPENER.sub(lambda match: (match["digits"] or "") + "\\", markdown_cell(text))


def markdown_code(text: str) -> str:
    """A code span that shows `text` literally, in a table as well; renderers neither link nor mention inside it."""
    shown = visible_line(text)
    if not shown:
        return "(empty)"
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_code_cell(text: str) -> str:
    """`markdown_code` for a table; plain words where a `|` would end the cell even inside a code span."""
    return markdown_cell(text) if "|" in text else markdown_code(text)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r\v\f":
        return " "
    is_unseen = category in ("Cc", "Cs") or (category == "Cf" and character not in _JOINERS)
    return _spelt(character) if is_unseen or ord(character) & 0xFFFE == 0xFFFE else character


def _controlled(character: str) -> str:
    is_control = character not in "\n\t" and unicodedata.category(character) in ("Cc", "Zl", "Zp")
    return _spelt(character) if is_control else character


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
