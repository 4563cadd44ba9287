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
    left = asyncio.ensure_future(_going_on(work, awaited))
    _left.add(left)
    left.add_done_callback(_left.discard)
    await asyncio.shield(left)


@coroutine
def _going_on(work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, None, None]:
    while True:
        yield awaited
        try:
            awaited = work.send(None)
        except StopIteration:
            return


_left: set["asyncio.Future[None]"] = set()
"""The event loop holds its tasks by weak references only."""
