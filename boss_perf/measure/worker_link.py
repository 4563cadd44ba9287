"""The tool's end of the line to one worker, and the ways in which that line tells of an end."""

import contextlib
import math
import time
from pathlib import Path
from typing import TypeVar

from boss_perf.model.samples import Failure
from boss_perf.worker.channel import Channel, ChannelClosed
from boss_perf.worker.messages import Answer, FailureKind, Message
from boss_perf.worker.orders import Order, Release

LOG_TAIL_BYTES = 4000

Wanted = TypeVar("Wanted", bound=Answer)


class WorkerGone(Exception):
    """The worker died, or did not answer in time."""

    def __init__(self, kind: FailureKind, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.failure = Failure(kind, message, detail)


class SubjectEnded(Exception):
    """The subject raised while it was measured; the worker's next event tells how the test ended."""


class OutOfTime(Exception):
    """What the work may take has been used up, through no fault of the worker's."""


class WorkerLink:
    """The tool's end of the line to one worker.

    `process` is its id, known once it has said hello; `deadline_s` a moment of the monotonic clock beyond which nobody
    waits for it.
    """

    def __init__(self, channel: Channel, log: Path) -> None:
        self._channel = channel
        self._log = log
        self._backlog: list[Message] = []
        self.process: int | None = None
        self.deadline_s = math.inf

    def next_event(self, *, timeout_s: float) -> Message:
        """The next thing the worker says; WorkerGone when it says nothing in time or is dead, or OutOfTime."""
        if self._backlog:
            return self._backlog.pop(0)
        left_s = self.deadline_s - time.monotonic()
        if left_s <= 0:
            raise OutOfTime
        try:
            return self._channel.receive(timeout_s=min(timeout_s, left_s))
        except TimeoutError:
            if left_s < timeout_s:
                raise OutOfTime from None
            message = f"no sign of life within {timeout_s:.0f} s (see --timeout)"
            raise WorkerGone(FailureKind.TIMED_OUT, message, self.log_tail()) from None
        except ChannelClosed:
            raise self.gone("the measured process died") from None

    def order(self, order: Order, wanted: type[Wanted], *, timeout_s: float) -> Wanted:
        """Give one order and wait for its answer; an event that comes instead is kept, and the subject has ended."""
        try:
            self._channel.send(order)
        except ChannelClosed:
            raise self.gone("the measured process died") from None
        answer = self.next_event(timeout_s=timeout_s)
        if not isinstance(answer, wanted):
            self._backlog.append(answer)
            raise SubjectEnded
        return answer

    def release(self) -> None:
        """Let the test go on to its end, if it still waits: one whose subject raised would read this in the next."""
        with contextlib.suppress(ChannelClosed):
            if not self._backlog:
                self._channel.send(Release())

    def gone(self, message: str) -> WorkerGone:
        """The worker's death, with its last words."""
        return WorkerGone(FailureKind.DIED, message, self.log_tail())

    def log_tail(self) -> str:
        """The last lines the worker printed."""
        try:
            with self._log.open("rb") as file:
                file.seek(max(0, self._log.stat().st_size - LOG_TAIL_BYTES))
                return file.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def close(self) -> None:
        """Close the line; a waiting worker ends itself."""
        self._channel.close()
