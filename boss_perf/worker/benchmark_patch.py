"""Turns a suite's own `benchmark` fixture into one that serves the tool."""

import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from typing import Any

from .event_loop import Settled
from .one_shot import OneShot
from .subject import Subject


def make_serving(fixture: Any, serve_subject: Callable[[Subject], Any], settled: Settled) -> None:
    """Give a fixture object calls that serve; its class stays a subclass of what the suite expects."""

    class Serving(type(fixture)):  # type: ignore[misc]
        _subject: Subject | None = None
        _stats: Any = None
        _rounds: tuple[int, int] | None = None

        @property
        def stats(self) -> Any:
            """What the suite may assert about its rounds: as many as it asked for, though others were timed.

            What is missing is told again; where none was timed, one more call is.
            """
            subject = self._subject
            if self._stats is None and subject is not None:
                timed_s = subject.rounds.seconds() or [subject.batch(1)[1] / 1e9]
                rounds, iterations = self._rounds or (max(len(timed_s), getattr(self, "_min_rounds", 1)), 1)
                self._stats = _stats_of(self, islice(cycle(timed_s), rounds), iterations)
            return self._stats

        @stats.setter
        def stats(self, stats: Any) -> None:
            self._stats = stats

        def __call__(self, function_to_benchmark: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
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
            is_one_shot = setup is None and rounds == iterations == 1 and not warmup_rounds
            self._rounds = rounds, iterations
            kind = OneShot if is_one_shot else Subject
            subject = kind(target, args=args, kwargs=kwargs, setup=setup, teardown=teardown)
            return self.serve_subject(subject, mode="benchmark.pedantic(...)")

        def serve_subject(self, subject: Subject, *, mode: str = "benchmark(...)") -> Any:
            """Let the tool measure any subject, once; `mode` is what the fixture is used as."""
            used = getattr(self, "_mode", None)
            if used:
                self.has_error = True
                raise RuntimeError(f"a benchmark fixture serves one call; it was used before as {used}")
            self._mode: str | None = mode
            self._subject = subject
            answer = serve_subject(subject)
            return settled.give(answer) if subject.is_async else answer

    fixture.__class__ = Serving


def _needs_arguments(setup: Callable[..., Any]) -> bool:
    """Whether a set-up is given the arguments, as by pytest-codspeed; pytest-benchmark gives it none."""
    try:
        inspect.signature(setup).bind()
    except TypeError:
        return True
    except ValueError:  # compiled, without a signature
        return False
    return False


def _stats_of(fixture: Any, calls_s: Iterable[float], iterations: int) -> Any:
    """Rounds of so many calls, by the time of a call, as pytest-benchmark tells of them; None without it."""
    try:
        module: Any = importlib.import_module("pytest_benchmark.stats")
    except ImportError:
        return None
    stats = module.Metadata(fixture, iterations=iterations, options={})
    for call_s in calls_s:
        stats.update(call_s * iterations)
    return stats
