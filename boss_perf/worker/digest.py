"""Digests of source code that a comment, a blank line or another Python version does not change."""

import functools
import hashlib
import io
import tokenize
from collections.abc import Iterable

from .reach import lines_out_of_reach

_IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def text_digest(text: str) -> str:
    """SHA-256 over the tokens of Python source, or over the text itself where it is not Python."""
    return _digest(part for _, part in _tokens(text))


@functools.lru_cache(maxsize=1024)
def benchmark_digest(text: str, node_id: str) -> str:
    """The digest of one test with whatever in its file it can reach: not of other tests, nor of their helpers."""
    left_out = lines_out_of_reach(text, tuple(node_id.split("[", 1)[0].split("::")[1:]) or (node_id,))
    return _digest(part for line, part in _tokens(text) if line not in left_out)


@functools.lru_cache(maxsize=128)
def _tokens(text: str) -> tuple[tuple[int, str], ...]:
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return tuple((token.start[0], token.string) for token in tokens if token.type not in _IGNORED)
    except (tokenize.TokenError, SyntaxError):
        return ((0, text),)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
