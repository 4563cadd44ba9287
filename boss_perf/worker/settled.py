"""Answers that were awaited already, for a suite that awaits them itself.

`await benchmark(f)` and `asyncio.run(benchmark(f))` are what plain pytest-benchmark asks for: it gives back what
calling `f` gave, a coroutine. Here that has been awaited many times over.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Settled:
    """Lets the answers of this process pass where a coroutine is expected; anything else goes the usual way."""

    def __init__(self) -> None:
        self._answers: list[Any] = []

    def give(self, answer: Any) -> Any:
        """The answer as the test may have it: to await where it is a coroutine itself, else plain."""
        running = asyncio._get_running_loop()
        if running is None:
            self._answers.append(answer)
            return answer
        awaitable = running.create_future()
        awaitable.set_result(answer)
        return awaitable

    @contextmanager
    def passing(self) -> Iterator[None]:
        """For the time of the block, `asyncio.run` and `loop.run_until_complete` know these answers."""
        places: tuple[tuple[Any, str], ...] = (
            (asyncio, "run"),
            (asyncio.Runner, "run"),
            (asyncio.BaseEventLoop, "run_until_complete"),
        )
        kept = [getattr(owner, name) for owner, name in places]
        for (owner, name), real in zip(places, kept, strict=True):
            setattr(owner, name, self._through(real))
        try:
            yield
        finally:
            for (owner, name), real in zip(places, kept, strict=True):
                setattr(owner, name, real)
            self._answers.clear()

    def _through(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*words: Any, **named: Any) -> Any:
            given = words[-1] if words else None
            return given if any(given is each for each in self._answers) else real(*words, **named)

        return run
