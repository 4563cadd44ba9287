"""Where a process awaits its subjects: on the test's own event loop inside one, else on one warm loop."""

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine
from typing import Any


def is_coroutine_callable(function: Callable[..., Any]) -> bool:
    """True when calling it only creates a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


_loop: asyncio.AbstractEventLoop | None = None


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
    loop = warm_loop()
    if not loop.is_running():
        threading.Thread(target=loop.run_forever, name="boss-perf loop", daemon=True).start()
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()


def warm_loop() -> asyncio.AbstractEventLoop:
    """The one event loop of tests that have none."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
    return _loop


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
