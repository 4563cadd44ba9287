"""A scalar that cannot be read as what it stands for, and the words that may have been meant."""

from collections.abc import Iterable

from boss_perf.errors import TargetsError
from boss_perf.names import closest


class Misread(TargetsError):
    """What is wrong with one scalar; `offset` is the character of it where the fault begins."""

    def __init__(self, message: str, *, hint: str | None = None, offset: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.offset = offset


def nearest(word: str, known: Iterable[str], *, cutoff_ratio: float = 0.6) -> str | None:
    """The known word closest to `word` (case ignored), None when none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    match = closest(word.lower(), by_lower, cutoff_ratio=cutoff_ratio)
    return by_lower[match] if match else None


def known_words_hint(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"? known: x, y, z`; without a near word only the list."""
    words = tuple(known)
    near = nearest(word, words)
    listed = f"known: {', '.join(words)}"
    return f'did you mean "{near}"? {listed}' if near else listed
