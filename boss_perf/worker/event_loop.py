"""The one warm event loop on which a process awaits its subjects."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


def is_coroutine_callable(function: Callable[..., Any]) -> bool:
    """True when calling it only creates a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


_loop: asyncio.AbstractEventLoop | None = None


def warm_loop() -> asyncio.AbstractEventLoop:
    """The one event loop on which all subjects of this process are awaited."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
    return _loop
