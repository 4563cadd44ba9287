"""Work that may be called once: it uses up what it is given, or its second call would fail."""

import inspect
from typing import Any

from .clocks import CLOCKS
from .event_loop import awaited, run
from .subject import Subject


class OneShot(Subject):
    """A subject whose first call is its only one; whatever is asked afterwards gets the same answer and reading.

    All threads count: nothing was called before that could tell whether there are any.
    """

    is_one_shot = True
    _only: tuple[Any, int, int] | None = None

    def answer(self, _index: int = 0) -> Any:
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
            self._only = self._timed_call()
            self.rounds.first_s = self._only[2] / 1e9
        return self._only

    def _timed_call(self) -> tuple[Any, int, int]:
        args, kwargs = self._arguments(0)
        cpu, wall = CLOCKS.process_ns(), CLOCKS.wall_ns()
        answer = self.function(*args, **kwargs)
        if inspect.isawaitable(answer):
            answer = run(awaited(answer))
        cpu, wall = CLOCKS.process_ns() - cpu, CLOCKS.wall_ns() - wall
        if self._teardown is not None:
            self._teardown(*args, **kwargs)
        return answer, cpu, wall


class FewShots(OneShot):
    """A subject that goes through what was prepared for its calls: there may be no more of them than the test states.

    A batch is the mean of those that are left after the first.
    """

    _calls_left: int
    _each_wall_ns: tuple[int, ...]

    @classmethod
    def limit(cls, subject: Subject, calls_left: int) -> None:
        """Make a subject one of these, once its first call showed it."""
        vars(subject)["_calls_left"] = calls_left
        subject.__class__ = cls

    def calls(self, _count: int) -> list[int]:
        """Wall nanoseconds of each call that is left."""
        self._call()
        return list(self._each_wall_ns)

    def _call(self) -> tuple[Any, int, int]:
        if self._only is None:
            answers, cpu_ns, self._each_wall_ns = zip(
                *(self._timed_call() for _ in range(self._calls_left)), strict=True
            )
            self._only = answers[-1], sum(cpu_ns) // self._calls_left, sum(self._each_wall_ns) // self._calls_left
        return self._only
