"""Guessing which known name somebody meant."""

import difflib
from collections.abc import Iterable


def closest(name: str, known: Iterable[str], *, cutoff_ratio: float = 0.5) -> str | None:
    """The known name most like this one, None when nothing is like it."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff_ratio)
    return matches[0] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """`did you mean 'bench'?`, None where nothing is like it."""
    near = closest(name, known)
    return f"did you mean {near!r}?" if near else None
