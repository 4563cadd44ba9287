"""The tool's end of the line to one worker, and the two ways in which that line tells of an end."""

import contextlib
from pathlib import Path
from typing import Any

from boss_perf.worker.channel import Channel, ChannelClosed, Message

LOG_TAIL_BYTES = 4000


class WorkerGone(Exception):
    """The worker died, or did not answer in time; `kind` is `died` or `timed_out`."""

    def __init__(self, kind: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.detail = detail


class WorkerLink:
    """The tool's end of the line to one worker; `process` is its id, known once it has said hello."""

    def __init__(self, channel: Channel, log: Path) -> None:
        self._channel = channel
        self.process: int | None = None
        self._log = log
        self._backlog: list[Message] = []

    def next_event(self, *, timeout_s: float) -> Message:
        """The next thing the worker reports; WorkerGone when it says nothing in time or is dead."""
        if self._backlog:
            return self._backlog.pop(0)
        try:
            return self._channel.receive(timeout_s=timeout_s)
        except TimeoutError:
            raise WorkerGone(
                "timed_out", f"no sign of life within {timeout_s:.0f} s (see --timeout)", self.log_tail()
            ) from None
        except ChannelClosed:
            raise WorkerGone("died", "the measured process died", self.log_tail()) from None

    def order(self, *, timeout_s: float, **order: Any) -> Message:
        """Give one order and wait for its answer; SubjectRaised-like ends of the test are put back as events."""
        try:
            self._channel.send(order)
        except ChannelClosed:
            raise WorkerGone("died", "the measured process died", self.log_tail()) from None
        event = self.next_event(timeout_s=timeout_s)
        if event.get("event") != "answer":
            self._backlog.append(event)
            raise SubjectEnded
        return event

    def release(self) -> None:
        """Let the waiting test go on to its end."""
        with contextlib.suppress(ChannelClosed):
            self._channel.send({"do": "done"})

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


class SubjectEnded(Exception):
    """The subject raised while it was measured; the worker's next event tells how the test ended."""
