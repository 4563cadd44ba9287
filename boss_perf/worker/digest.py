"""Digests of source code that a comment, a blank line or another Python version does not change."""

import ast
import hashlib
import io
import os
import tokenize
from collections.abc import Iterable

_IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def text_digest(text: str) -> str:
    """SHA-256 over the tokens of Python source, or over the text itself where it is not Python."""
    try:
        tokens = [t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in _IGNORED]
    except (tokenize.TokenError, SyntaxError):
        tokens = [text]
    return hashlib.sha256("".join(tokens).encode("utf-8", "surrogatepass")).hexdigest()


def benchmark_digest(text: str, name: str) -> str:
    """The digest of one test of a file with what surrounds it, but without the file's other tests."""
    base_name = name.split("[", 1)[0].rsplit("::", 1)[-1]
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return text_digest(text)
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.name.startswith("test") and node.name != base_name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            for line in range(first - 1, node.end_lineno or first):
                lines[line] = ""
    return text_digest("".join(lines))


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
