"""Names in a sentence: which known one somebody meant, and the first of many."""

import difflib
from collections.abc import Iterable, Sequence

LISTED_COUNT = 3


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
