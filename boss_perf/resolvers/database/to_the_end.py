"""Work that a cancellation must not stop half-way, such as giving a connection back to its pool.

`asyncio.shield` would do, but makes a task each time. Work that ends without waiting, as it nearly always does, cannot
be cancelled anyway, so a task is made only for what is left when it has to wait.
"""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for the work; when the wait is cancelled, the work goes on behind it.

    The work changes its task when it first waits, so it must not begin with `asyncio.timeout` or `asyncio.wait_for`.
    """
    try:
        awaited = work.send(None)
    except StopIteration:
        return
    await behind(_going_on(work, awaited))


async def behind(work: Coroutine[Any, Any, None]) -> None:
    """The same for work that may begin in any way, at the price of a task."""
    left = asyncio.ensure_future(work)
    _left.add(left)
    left.add_done_callback(_left.discard)
    await asyncio.shield(left)


@coroutine
def _going_on(work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, None, None]:
    try:
        while True:
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - what the work waited for failed, which is the work's to handle
                awaited = work.throw(error)
            else:
                awaited = work.send(None)
    except StopIteration:
        return


_left: set["asyncio.Future[None]"] = set()
"""The event loop holds its tasks by weak references only."""
