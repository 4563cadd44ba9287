"""What is wrong with one file: each scalar that cannot be read, and all of it gathered before anything is said."""

from collections.abc import Callable, Iterable

from boss_perf.errors import TargetsError
from boss_perf.model.targets import Location
from boss_perf.text import clipped, closest, spelt_out

SHOWN_COUNT = 100
LONGEST_COUNT = 400


class ParseError(TargetsError):
    """What is wrong with one scalar."""


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


class Diagnostics:
    """A list that grows while a file is read; `raise_any` ends the reading when it is not empty."""

    __slots__ = ("_found", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._found: list[tuple[Location, str, str | Callable[[], str] | None]] = []

    def add(self, location: Location, message: str, *, hint: str | Callable[[], str] | None = None) -> None:
        """Note one complaint, in any order; a control character quoted from the file is spelt out, a long text cut.

        A hint that takes long to find is given as a function, called only when the complaint is shown.
        """
        self._found.append((location, _visible(message), hint))

    def raise_any(self) -> None:
        """End the reading with the `error`; nothing when there are no complaints."""
        if self._found:
            raise self.error()

    def error(self) -> TargetsError:
        """The complaints in file order, the first 100 of them."""
        count = len(self._found)
        message = "1 complaint" if count == 1 else f"{count} complaints"
        if count > SHOWN_COUNT:
            message += f", the first {SHOWN_COUNT} shown"
        complaints = []
        for location, text, hint in sorted(self._found, key=lambda found: found[0])[:SHOWN_COUNT]:
            told = hint() if callable(hint) else hint
            complaints.append(TargetsError(text, where=str(location), hint=None if told is None else _visible(told)))
        return TargetsError(f"{self.path}: {message}", complaints=tuple(complaints))


def _visible(text: str) -> str:
    return clipped(spelt_out(text), LONGEST_COUNT)
