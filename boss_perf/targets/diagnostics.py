"""Everything that is wrong with one file, gathered before anything is said."""

from collections.abc import Callable

from boss_perf.errors import TargetsError
from boss_perf.model.targets import Location

SHOWN_COUNT = 100
LONGEST_COUNT = 400


class Complaints:
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
        """TargetsError with the complaints in file order, the first 100 of them; nothing when there are none."""
        if not self._found:
            return
        ordered = sorted(self._found, key=lambda found: found[0])
        count = len(ordered)
        message = "1 complaint" if count == 1 else f"{count} complaints"
        if count > SHOWN_COUNT:
            message += f", the first {SHOWN_COUNT} shown"
        raise TargetsError(f"{self.path}: {message}", complaints=tuple(_error(*each) for each in ordered[:SHOWN_COUNT]))


def _error(location: Location, message: str, hint: str | Callable[[], str] | None) -> TargetsError:
    told = hint() if callable(hint) else hint
    return TargetsError(message, where=str(location), hint=None if told is None else _visible(told))


def _visible(text: str) -> str:
    spelt = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return spelt if len(spelt) <= LONGEST_COUNT else f"{spelt[: LONGEST_COUNT - 1]}…"
