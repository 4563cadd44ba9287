"""Where a process awaits its subjects: on the test's own event loop inside one, else on one warm loop.

`await benchmark(f)` and `asyncio.run(benchmark(f))` are what plain pytest-benchmark asks for: it gives back what
calling `f` gave, a coroutine. Here that has been awaited many times over.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


def is_coroutine_callable(function: Callable[..., Any]) -> bool:
    """True when calling it only creates a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


_sleep = asyncio.sleep  # bound before a suite can replace it
_loop: asyncio.AbstractEventLoop | None = None
_turning_loop: asyncio.AbstractEventLoop | None = None


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The coroutine's result, awaited to its end before anything else of the caller goes on.

    Inside a test that is a coroutine itself its own loop turns meanwhile, to which the test's connections belong; a
    loop that only runs as a whole, such as uvloop, waits while one in a thread does the work.
    """
    running = asyncio._get_running_loop()
    if running is None:
        return warm_loop().run_until_complete(coroutine)
    if isinstance(running, asyncio.BaseEventLoop):
        return _run_within(running, coroutine)
    return asyncio.run_coroutine_threadsafe(coroutine, _loop_in_thread()).result()


async def awaited(answer: Any) -> Any:
    """The answer of any awaitable, as a coroutine."""
    return await answer


async def let_loop_turn() -> None:
    """Let the loop do at once what calls have left to it: it is their work."""
    await _sleep(0)


def warm_loop() -> asyncio.AbstractEventLoop:
    """The one event loop of tests that have none."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
    return _loop


def _loop_in_thread() -> asyncio.AbstractEventLoop:
    """The one event loop of tests whose own cannot be turned; it turns in a thread from now on."""
    global _turning_loop
    if _turning_loop is None or _turning_loop.is_closed():
        _turning_loop = asyncio.new_event_loop()
        threading.Thread(target=_turning_loop.run_forever, name="boss-perf loop", daemon=True).start()
    return _turning_loop


def _run_within(loop: asyncio.BaseEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Turn a loop from within one of its own tasks, which is laid aside for as long."""
    waiting: Any = asyncio.current_task(loop)
    task = loop.create_task(coroutine)
    if waiting is not None:
        asyncio.tasks._leave_task(loop, waiting)
    try:
        while not task.done():
            loop._run_once()  # type: ignore[attr-defined]
    finally:
        if waiting is not None:
            asyncio.tasks._enter_task(loop, waiting)
    return task.result()


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
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in places:
                patch.setattr(owner, name, self._through(getattr(owner, name)))
            try:
                yield
            finally:
                self._answers.clear()

    def _through(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*words: Any, **named: Any) -> Any:
            given = words[-1] if words else None
            return given if any(given is each for each in self._answers) else real(*words, **named)

        return run
