"""All components asked at once, none twice at a time, and each verdict remembered for a while.

A time-out holds whatever the probe does: one that ignores cancellation is left behind, counted by `stray_count`, and
until it has ended its component is unhealthy without being asked again, so that strays do not pile up. A plain function
runs on a thread, and one that hangs keeps neither another from its thread nor the process from ending. A failure is
remembered as a failure, and for a shorter time than health, so that recovery is seen soon. Belongs to one event loop.
"""

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..protocol import ResolverMetadata
from .contract import METADATA, TIMED_OUT, TIMEOUT_S, Health, Probe, Verdict, verdict_on, verdict_on_error
from .own_thread import on_own_thread

HEALTHY_TTL_S = 60.0
FAILURE_TTL_S = 5.0
MAX_CONCURRENCY = 32
HISTORY_SIZE = 100


class _Remembered(NamedTuple):
    verdict: Verdict
    until_s: float


class OptimizedHealth(Health):
    """Asks at most `max_concurrency` components at once. `clock` gives seconds and only decides what is still known.

    A check that is cancelled lets the probes it began come to their end or time-out, because others may wait for them.
    """

    def __init__(
        self,
        probes: Mapping[str, Probe],
        *,
        timeout_s: float = TIMEOUT_S,
        healthy_ttl_s: float = HEALTHY_TTL_S,
        failure_ttl_s: float = FAILURE_TTL_S,
        max_concurrency: int = MAX_CONCURRENCY,
        clock: Callable[[], float] = time.monotonic,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(probes, timeout_s=timeout_s, metadata=metadata)
        if max_concurrency < 1:
            raise ValueError("max_concurrency must be at least 1")
        self._healthy_ttl_s = healthy_ttl_s
        self._failure_ttl_s = failure_ttl_s
        self._clock = clock
        self._slots = asyncio.Semaphore(max_concurrency)
        self._remembered: dict[str, _Remembered] = {}
        self._running: dict[str, asyncio.Task[Verdict]] = {}
        self._strays: dict[str, asyncio.Future[Any]] = {}
        self._history: deque[dict[str, int]] = deque(maxlen=HISTORY_SIZE)

    @property
    def stray_count(self) -> int:
        """How many probes have been given up and still run."""
        return len(self._strays)

    async def verdicts(self, names: Sequence[str], *, is_fresh: bool) -> list[Verdict]:
        """Remembered ones at once, the others when the slowest has answered or timed out."""
        found, waiting = self._look_up(names, is_fresh=is_fresh)
        if waiting:
            await asyncio.wait(waiting.values())
            found |= {name: _ended(task) for name, task in waiting.items()}
        return [found[name] for name in names]

    async def is_healthy(self, names: Sequence[str], *, is_fresh: bool) -> bool:
        """False as soon as one is known not to be; the probes that were begun come to their end and are remembered."""
        found, waiting = self._look_up(names, is_fresh=is_fresh)
        if not all(verdict.is_healthy for verdict in found.values()):
            return False
        left = set(waiting.values())
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            if not all(_ended(task).is_healthy for task in done):
                return False
        return True

    def _look_up(
        self, names: Sequence[str], *, is_fresh: bool
    ) -> tuple[dict[str, Verdict], dict[str, asyncio.Task[Verdict]]]:
        """The verdicts that are remembered, and the checks that are begun for the others."""
        now_s = self._clock()
        found: dict[str, Verdict] = {}
        waiting: dict[str, asyncio.Task[Verdict]] = {}
        for name in names:
            remembered = self._remembered.get(name)
            if remembered is not None and not is_fresh and now_s < remembered.until_s:
                found[name] = remembered.verdict
            else:
                waiting[name] = self._begin(name)
        return found, waiting

    def known(self) -> dict[str, Verdict]:
        """Whatever its age."""
        return {name: remembered.verdict for name, remembered in self._remembered.items()}

    def history(self) -> Sequence[dict[str, int]]:
        """The last hundred."""
        return tuple(self._history)

    def note(self, counts: dict[str, int]) -> None:
        """Add, and forget the oldest when there are too many."""
        self._history.append(counts)

    async def close(self) -> None:
        """Cancel what runs; a stray that ignores it goes on, and so does a thread."""
        tasks = list(self._running.values())
        for task in (*tasks, *self._strays.values()):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self, name: str) -> asyncio.Task[Verdict]:
        running = self._running.get(name)
        if running is None:
            running = self._running[name] = asyncio.create_task(self._judge(name))
            running.add_done_callback(lambda _: self._running.pop(name, None))
        return running

    async def _judge(self, name: str) -> Verdict:
        if name in self._strays:
            return Verdict(False, "timeout: an earlier check still runs")
        async with self._slots:
            verdict = await self._ask(name)
        ttl_s = self._healthy_ttl_s if verdict.is_healthy else self._failure_ttl_s
        self._remembered[name] = _Remembered(verdict, self._clock() + ttl_s)
        return verdict

    async def _ask(self, name: str) -> Verdict:
        asking: asyncio.Task[Any] = asyncio.create_task(self._answer(self.probes[name]))
        try:
            await asyncio.wait((asking,), timeout=self.timeout_s)
        finally:
            if not asking.done():
                asking.cancel()
                self._strays[name] = asking
                asking.add_done_callback(lambda ended: self._forget(name, ended))
        if not asking.done():
            await asyncio.sleep(0)  # a probe that heeds the cancellation ends in this turn and is no stray
            return TIMED_OUT
        if asking.cancelled():
            return Verdict(False, "CancelledError: ")
        error = asking.exception()
        return verdict_on(asking.result()) if error is None else verdict_on_error(error)

    async def _answer(self, probe: Probe) -> Any:
        if inspect.iscoroutinefunction(probe):
            return await probe()
        thread = on_own_thread(probe)
        try:
            answer = await asyncio.shield(thread)
        except asyncio.CancelledError:
            await asyncio.wait((thread,))  # a thread cannot be cancelled: this probe stays a stray until it ends
            raise
        return await answer if inspect.isawaitable(answer) else answer

    def _forget(self, name: str, ended: "asyncio.Future[Any]") -> None:
        self._strays.pop(name, None)
        if not ended.cancelled():
            ended.exception()


def _ended(task: "asyncio.Task[Verdict]") -> Verdict:
    return Verdict(False, "closed") if task.cancelled() else task.result()
