"""A digest of an answer, for plain data only: whether two trees computed the same thing."""

import hashlib
import math
from collections.abc import Iterator
from typing import Any

DEPTH_LIMIT = 20
ITEM_LIMIT = 100_000
SIGNIFICANT_DIGITS = 9


def answer_digest(answer: Any) -> str | None:
    """SHA-256 over plain data (numbers, text, bytes, None, and lists, tuples, dicts, sets of them).

    None for anything else, which cannot be compared between processes, and for very large answers. Floats count to
    nine digits: summing in another order is no other answer.
    """
    combined = hashlib.sha256()
    try:
        for count, part in enumerate(_parts(answer, 0)):
            if count > ITEM_LIMIT:
                return None
            combined.update(part)
    except _NotPlain:
        return None
    return combined.hexdigest()


class _NotPlain(Exception):
    pass


def _parts(answer: Any, depth: int) -> Iterator[bytes]:
    kind = type(answer)
    if depth > DEPTH_LIMIT:
        raise _NotPlain
    if kind is float:
        yield b"f" + (repr(answer) if not math.isfinite(answer) else f"{answer:.{SIGNIFICANT_DIGITS}g}").encode() + b";"
    elif answer is None or kind in (int, bool, str, bytes):
        yield kind.__name__.encode() + b":" + repr(answer).encode() + b";"
    elif kind in (list, tuple):
        yield b"["
        for each in answer:
            yield from _parts(each, depth + 1)
        yield b"]"
    elif kind is dict:
        yield b"{"
        for key, each in answer.items():
            yield from _parts(key, depth + 1)
            yield from _parts(each, depth + 1)
        yield b"}"
    elif kind in (set, frozenset):
        members = sorted(b"".join(_parts(each, depth + 1)) for each in answer)
        yield b"<" + b",".join(members) + b">"
    else:
        raise _NotPlain
