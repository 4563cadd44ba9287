"""Turns a suite's own `benchmark` fixture into one that serves the tool, or makes the calls that a test states."""

import functools
import inspect
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any, NamedTuple

import pytest

from .event_loop import Settled
from .one_shot import OneShot
from .repeated_answers import first_answer
from .rounds import Rounds
from .subject import Subject


class Stated(NamedTuple):
    """The numbers of a pedantic call; without `rounds` nothing is said."""

    rounds: int = 0
    iterations: int = 1
    warmup_rounds: int = 0

    @property
    def calls(self) -> int:
        """How many these are, as pytest-benchmark makes them: rounds of several calls keep no answer, one more does."""
        return (self.warmup_rounds + self.rounds) * self.iterations + (self.iterations > 1)


NOTHING_STATED = Stated()


def make_serving(fixture: Any, serve_subject: Callable[[Subject, Stated], Any], settled: Settled) -> None:
    """Give a fixture object calls that serve; its class stays a subclass of what the suite expects."""

    class Serving(type(fixture)):  # type: ignore[misc]
        def __call__(self, function_to_benchmark: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            return self.serve_subject(Subject(function_to_benchmark, args=args, kwargs=kwargs))

        def pedantic(
            self,
            target: Callable[..., Any],
            args: Sequence[Any] = (),
            kwargs: dict[str, Any] | None = None,
            setup: Callable[[], Any] | None = None,
            teardown: Callable[..., Any] | None = None,
            rounds: int = 1,
            warmup_rounds: int = 0,
            iterations: int = 1,
        ) -> Any:
            if setup is not None and (args or kwargs) and _needs_arguments(setup):
                setup = functools.partial(setup, *args, **(kwargs or {}))
            stated = Stated(rounds, iterations, warmup_rounds)
            kind = OneShot if setup is None and stated.calls == 1 else Subject
            subject = kind(target, args=args, kwargs=kwargs, setup=setup, teardown=teardown)
            return self.serve_subject(subject, mode="benchmark.pedantic(...)", stated=stated)

        def serve_subject(
            self, subject: Subject, *, mode: str = "benchmark(...)", stated: Stated = NOTHING_STATED
        ) -> Any:
            """Let the tool measure any subject, once; `mode` is what the fixture is used as."""
            used = getattr(self, "_mode", None)
            if used:
                self.has_error = True
                raise RuntimeError(f"a benchmark fixture serves one call; it was used before as {used}")
            self._mode: str | None = mode
            answer = serve_subject(subject, stated)
            if hasattr(self, "_make_stats"):
                _tell(self, subject.rounds, stated)
            return settled.give(answer) if subject.is_async else answer

    fixture.__class__ = Serving


class StatedCalls:
    """How often a test says that its work is called. It is measured by many more calls, and its asserts may count them.

    So a test that fails once it was measured is run again with as many calls as it says, and that run decides.
    `measured` is what the test says of the work that was measured, `are_made` that it runs again for its asserts.
    """

    def __init__(self) -> None:
        self.measured = NOTHING_STATED
        self.are_made = False

    def make(self, subject: Subject, stated: Stated) -> Any:
        """Call the work as often as stated; returns what it answers last."""
        subject.rounds.add(subject.calls(max(0, stated.calls - 1)))
        return first_answer(subject)

    def run_again(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Run a whole test again, its fixtures too."""
        self.are_made = True
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        finally:
            self.are_made = False


def _needs_arguments(setup: Callable[..., Any]) -> bool:
    """Whether a set-up is given the arguments, as by pytest-codspeed; pytest-benchmark gives it none."""
    try:
        inspect.signature(setup).bind()
    except TypeError:
        return True
    except ValueError:  # compiled, without a signature
        return False
    return False


def _tell(fixture: Any, timed: Rounds, stated: Stated) -> None:
    """Have pytest-benchmark and its session know of rounds: as many as were asked for, though others were timed.

    What is missing is told again. They are made up when somebody looks, for hardly any suite does.
    """
    stats = fixture._make_stats(stated.iterations)

    class Told(type(stats.stats)):  # type: ignore[misc]
        def __init__(self) -> None:
            pass

        @functools.cached_property
        def data(self) -> list[float]:
            timed_s = timed.seconds() or [timed.first_s]
            return list(islice(cycle(timed_s), stated.rounds or max(len(timed_s), fixture._min_rounds)))

    stats.stats = Told()
