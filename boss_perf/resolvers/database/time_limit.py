"""One time limit for many tasks at once, kept by a single timer.

`asyncio.timeout` sets up and takes down a timer for every task, which is a tenth of reading a row by its key. All
limits being equal, the task that entered first is the first to run late, and one timer that looks at it is enough.

A driver that is interrupted first tells its server, and waits for the answer. One that still waits after
`PATIENCE_S` is interrupted again, or a server that has stopped would stop its clients as well.
"""

import asyncio
from types import TracebackType
from typing import Any

PATIENCE_S = 1.0


class TimeLimit:
    """Entered by a task, interrupts it after `limit_s` with TimeoutError; belongs to the event loop of its tasks.

    While the task goes on in spite of that, it is interrupted again every `patience_s`.

    Its use is that of `asyncio.timeout`: a cancellation from elsewhere passes through. A task enters once at a time.
    """

    def __init__(self, limit_s: float, *, patience_s: float = PATIENCE_S) -> None:
        self.limit_s = limit_s
        self.patience_s = patience_s
        # Deadline and pending cancellations of each task, in the order of entering, which is that of the deadlines.
        self._running: dict[asyncio.Task[Any], tuple[float, int]] = {}
        # Pending cancellations of each late task, how often it was interrupted from here, and the next time.
        self._late: dict[asyncio.Task[Any], tuple[int, int, asyncio.TimerHandle]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        task = _this_task()
        if task in self._running:
            raise RuntimeError("this task is under the time limit already")
        loop = task.get_loop()
        deadline_s = loop.time() + self.limit_s
        self._running[task] = deadline_s, task.cancelling()
        if self._timer is None:
            self._timer = loop.call_at(deadline_s, self._interrupt_late, loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        task = _this_task()
        if self._running.pop(task, None) is None:
            pending, interruption_count, next_time = self._late.pop(task)
            next_time.cancel()
            for _ in range(interruption_count):
                task.uncancel()
            if task.cancelling() <= pending and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _interrupt_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now_s = loop.time()
        for task, (deadline_s, pending) in list(self._running.items()):
            if deadline_s > now_s:
                self._timer = loop.call_at(deadline_s, self._interrupt_late, loop)
                return
            del self._running[task]
            self._interrupt(task, pending, 1)

    def _interrupt(self, task: "asyncio.Task[Any]", pending: int, interruption_count: int) -> None:
        again = task.get_loop().call_later(self.patience_s, self._interrupt, task, pending, interruption_count + 1)
        self._late[task] = pending, interruption_count, again
        task.cancel()


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a time limit is for tasks")
    return task
