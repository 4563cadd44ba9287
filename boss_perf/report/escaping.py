"""Text of strangers made harmless: one line, every character visible, nothing that a renderer would act on.

Benchmark names, reasons, refs and notes may come from a stranger's pull request. Rendered Markdown shows them as they
are spelt: no markup, no HTML, no link, no mention, no reference to an issue. It refuses to keep control characters
and text-direction marks; they are spelt out (`\\x1b`, `\\u202e`), so two names that differ in them stay different.
"""

import re
import unicodedata

_BREAK = "\u200b"  # zero width; the one thing that keeps GitHub and GitLab from linking: they look at the rendered text
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


def visible_line(text: str) -> str:
    """The text on one line: white space and line ends become single spaces, unseen characters are spelt out."""
    return " ".join("".join(map(_visible, text)).split())


def clipped(text: str, limit_count: int) -> str:
    """At most `limit_count` characters, the last one `…` when something was left out."""
    return text if len(text) <= limit_count else text[: limit_count - 1] + "…"


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
    escaped = markdown_cell(text)
    return _BLOCK_OPENER.sub(lambda match: (match["digits"] or "") + "\\", escaped)


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
    if is_unseen or ord(character) & 0xFFFE == 0xFFFE:
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character
