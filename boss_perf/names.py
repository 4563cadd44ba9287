"""Guessing which known name somebody meant."""

import difflib
from collections.abc import Iterable


def closest(name: str, known: Iterable[str], *, cutoff_ratio: float = 0.5) -> str | None:
    """The known name most like this one, None when nothing is like it."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff_ratio)
    return matches[0] if matches else None
