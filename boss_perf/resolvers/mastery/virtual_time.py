"""An event loop whose clock jumps to the next timer instead of waiting for it.

A program that only computes and sleeps then takes exactly the time its sleeps ask for, on any machine: the waiting
structure of a schedule becomes a number without noise. Real descriptors are still polled, but never waited for.
"""

import asyncio
import selectors
from typing import Any


class DeadlockInVirtualTime(RuntimeError):
    """Everything waits and no timer is set: in real time the program would hang."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at 0 s. Computation takes no virtual time; `time()` moves only when everything waits."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._now_s += seconds


class _JumpingSelector(selectors.SelectSelector):
    """Answers at once; what it was asked to wait passes on the loop's clock."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, Any]]:
        """The descriptors that are ready now."""
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise DeadlockInVirtualTime("everything waits, and no timer will wake anything")
            self._loop.advance(max(0.0, timeout))
        return ready
