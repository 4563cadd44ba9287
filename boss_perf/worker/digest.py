"""Digests of source code that a comment, a blank line or another Python version does not change."""

import ast
import functools
import hashlib
import io
import os
import tokenize
from collections.abc import Iterable

_IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def text_digest(text: str) -> str:
    """SHA-256 over the tokens of Python source, or over the text itself where it is not Python."""
    return _digest(part for _, part in _tokens(text))


def benchmark_digest(text: str, name: str) -> str:
    """The digest of one test of a file with what surrounds it, but without the file's other tests."""
    base_name = name.split("[", 1)[0].rsplit("::", 1)[-1]
    left_out: set[int] = set()
    for test, first, last in _tests(text):
        if test != base_name:
            left_out.update(range(first, last + 1))
    return _digest(part for line, part in _tokens(text) if line not in left_out)


@functools.lru_cache(maxsize=128)
def _tokens(text: str) -> tuple[tuple[int, str], ...]:
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return tuple((token.start[0], token.string) for token in tokens if token.type not in _IGNORED)
    except (tokenize.TokenError, SyntaxError):
        return ((0, text),)


@functools.lru_cache(maxsize=128)
def _tests(text: str) -> tuple[tuple[str, int, int], ...]:
    """Name, first and last line of every test function, its decorators included."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found.append((node.name, first, node.end_lineno or first))
    return tuple(found)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def files_digest(root: str, relative_paths: Iterable[str]) -> str | None:
    """One digest over several files below root, in sorted order; None when one cannot be read."""
    combined = hashlib.sha256()
    for path in sorted(relative_paths):
        try:
            with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape") as file:
                combined.update(f"{path}:{text_digest(file.read())}\n".encode())
        except OSError:
            return None
    return combined.hexdigest()
