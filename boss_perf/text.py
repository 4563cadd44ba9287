"""Text from outside, made harmless for a terminal and for whoever reads a job's log."""

import re
import unicodedata

_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[|vso\[)", re.MULTILINE)
_BREAK = "\u200b"  # zero width: the line looks as it was, and is no command


def inert(text: str) -> str:
    """The text with its lines, but with no control character, and no line that a CI system takes for a command.

    GitHub obeys `::name::` at the start of a line and `##[name]` anywhere in it, Azure `##vso[name]`.
    """
    return without_commands("".join(map(_spelt, text.replace("\r\n", "\n"))))


def without_commands(text: str) -> str:
    """The text with a zero-width mark in what a CI system would take for a command; colours stay."""
    return _COMMAND.sub(lambda match: f"{match[0]}{_BREAK}", text)


def spelt_out(text: str) -> str:
    """The text with everything escaped that is not printed."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def _spelt(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Zl", "Zp"):
        return character
    return character.encode("unicode_escape").decode("ascii")
