"""A plain function on a thread of its own.

The threads of an executor are joined when the interpreter ends, so one function that hangs would keep the process from
ending; and when all of them hang, no other function is called any more.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any


def on_own_thread(function: Callable[[], Any]) -> "asyncio.Future[Any]":
    """What the function answers or raises; the thread goes on when nobody waits for that any more.

    What is raised to end something (SystemExit, StopIteration) ends the thread only: it arrives as a RuntimeError.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Future[Any] = loop.create_future()

    def settle(answer: Any, error: Exception | None) -> None:
        if told.done():
            return
        if error is None:
            told.set_result(answer)
        else:
            told.set_exception(error)

    def call() -> None:
        answer: Any = None
        error: Exception | None = None
        try:
            answer = function()
        except BaseException as raised:  # noqa: BLE001 - whoever waits for the answer must hear of it
            error = RuntimeError(type(raised).__name__)
            if isinstance(raised, Exception) and not isinstance(raised, StopIteration):
                error = raised
        with suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(settle, answer, error)

    Thread(target=call, name="health", daemon=True).start()
    return told
