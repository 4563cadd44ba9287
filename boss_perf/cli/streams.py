"""The standard streams: whatever their encoding, colour and reader, an answer never ends in a traceback."""

import codecs
import os
import sys
from typing import Any, TextIO

_PLAIN = {
    "−": "-", "→": "->", "…": "...", "±": "+-", "µ": "u", "×": "x", "·": "-", "∞": "inf", "≤": "<=", "≥": ">=",
    "●": "*", "○": "o", "🟢": "*", "🟡": "*", "🔴": "*",
}  # fmt: skip


def speak_plainly(*streams: Any) -> None:
    """Let a stream that has no letter for `→` or `µ` show one that it has, and never end in a traceback."""
    codecs.register_error("boss-perf", _plainer)
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="boss-perf")


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


def say(text: str, *, err: bool = False) -> None:
    """Print; a reader who has gone away takes neither the files nor the exit status with him.

    Not by `typer.echo`, which takes an ASCII stream for UTF-8 and the colour that was forced for a mistake.
    """
    stream = sys.stderr if err else sys.stdout
    try:
        print(text.removesuffix("\n"), file=stream, flush=True)
    except BrokenPipeError:
        close_softly(stream)


def close_softly(stream: TextIO) -> None:
    """Let what the stream still holds go nowhere, or the interpreter complains of it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
