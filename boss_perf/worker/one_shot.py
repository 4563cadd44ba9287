"""Work that may be called once: it uses up what it is given, or its second call would fail."""

import inspect
from typing import Any

from .clocks import CLOCKS
from .event_loop import run
from .subject import Subject, awaited


class OneShot(Subject):
    """A subject whose first call is its only one; whatever is asked afterwards gets the same answer and reading.

    All threads count: nothing was called before that could tell whether there are any.
    """

    is_one_shot = True
    _only: tuple[Any, int, int] | None = None

    def answer(self, _index: int) -> Any:
        """The answer of the one call, which is made now if it was not made before."""
        return self._call()[0]

    def batch(self, _calls: int) -> tuple[int, int]:
        """CPU and wall nanoseconds of the one call."""
        return self._call()[1:]

    def calls(self, _count: int) -> list[int]:
        """Wall nanoseconds of the one call."""
        return [self._call()[2]]

    def _call(self) -> tuple[Any, int, int]:
        if self._only is None:
            args, kwargs = self._arguments(0)
            cpu, wall = CLOCKS.process_ns(), CLOCKS.wall_ns()
            answer = self.function(*args, **kwargs)
            if inspect.isawaitable(answer):
                answer = run(awaited(answer))
            self._only = answer, CLOCKS.process_ns() - cpu, CLOCKS.wall_ns() - wall
            self.rounds.first_s = self._only[2] / 1e9
            if self._teardown is not None:
                self._teardown(*args, **kwargs)
        return self._only
