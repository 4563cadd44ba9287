"""An arm that waits inside its test: ask it, time its batches, warm it up."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from boss_perf.measure.machine.disturbance import run_queue_wait_ns
from boss_perf.measure.worker_link import WorkerLink
from boss_perf.stats.paired import BUSY_RATIO
from boss_perf.worker import orders
from boss_perf.worker.messages import Answer, BatchTimes, Done, Warmed

CREDIBLE_RATIO = 0.2
SLACK_NS = 100_000_000
SET_UP_RATIO = 3
LEAST_CALLS = 4
SLOW_CALL_NS = 5_000_000
SLOW_CALLS = 1
"""The fewest calls of a warm-up, and of one whose calls are slow; the first answer was a call before them."""
GROWTH = 8
THREADS_RATIO = 1.2
THREADS_NS = 2_000_000

Wanted = TypeVar("Wanted", bound=Answer)


class Arm:
    """One side, in whichever process it lives; `index` is its number there. `is_one_shot`: it may be called once.

    It counts what it told of its batches and what was seen of them from outside, and how often its thread left the
    core by itself and was pushed off while it was timed.
    """

    def __init__(self, link: WorkerLink, index: int, name: str, timeout_s: float, is_one_shot: bool = False) -> None:
        self.index = index
        self.name = name
        self.is_one_shot = is_one_shot
        self.told_ns = 0
        self.seen_ns = 0
        self.left = 0
        self.pushed = 0
        self._link = link
        self._timeout_s = timeout_s
        self._waited_before_ns = self._waited_ns()

    def warm_up(self, calls: int) -> Warmed:
        """Make so many calls in a row."""
        return self.ask(orders.WarmUp(self.index, calls), Warmed)

    def batches(self, calls: int, *, count: int, lead: int = 0) -> list[tuple[int, int]]:
        """CPU and wall nanoseconds of each of `count` batches of so many calls in a row, after `lead` untimed ones."""
        asked_ns = time.perf_counter_ns()
        answer = self.ask(orders.TimeBatches(self.index, calls, count, lead), BatchTimes)
        self.seen_ns += time.perf_counter_ns() - asked_ns
        self.told_ns += sum(answer.wall_ns)
        self.left += answer.left
        self.pushed += answer.pushed
        return list(zip(answer.cpu_ns, answer.wall_ns, strict=True))

    @property
    def is_clock_credible(self) -> bool:
        """False when the batches took far longer, or shorter, seen from outside than the measured process told.

        On a crowded machine either end waits for a core before and after each order, and that is no fault of the clock.
        """
        slack_ns = SLACK_NS + self._waited_ns() - self._waited_before_ns
        return self.told_ns <= self.seen_ns + SLACK_NS and self.seen_ns <= slack_ns + self.told_ns / CREDIBLE_RATIO

    def _waited_ns(self) -> int:
        worker = self._link.process
        return run_queue_wait_ns("thread-self") + (run_queue_wait_ns(worker) if worker is not None else 0)

    def ask(self, order: orders.Order, wanted: type[Wanted]) -> Wanted:
        """The answer to an order for this arm, which is a message of the wanted type."""
        return self._link.order(order, wanted, timeout_s=self._timeout_s)


@dataclass(slots=True)
class Warmth:
    """What warming up found out about an arm: the best time of a call, with and without what surrounds it untimed."""

    wall_ns: int = 0
    whole_ns: int = 0
    spent_ns: int = 0
    process_ns: int = 0
    thread_ns: int = 0
    left: int = 0
    pushed: int = 0
    busy_ratio: float = 0.0

    def add(self, warmed: Warmed, calls: int) -> None:
        """Take in one more row of calls."""
        wall_ns, whole_ns = max(1, warmed.wall_ns // calls), max(1, warmed.whole_ns // calls)
        self.wall_ns = min(self.wall_ns or wall_ns, wall_ns)
        self.whole_ns = max(self.wall_ns, min(self.whole_ns or whole_ns, whole_ns))
        self.busy_ratio = max(self.busy_ratio, warmed.cpu_ns / max(1, warmed.wall_ns))
        self.spent_ns += warmed.whole_ns
        self.process_ns += warmed.process_ns
        self.thread_ns += warmed.thread_ns
        self.left += warmed.left
        self.pushed += warmed.pushed

    @property
    def cost_ns(self) -> float:
        """What a call counts for where time is shared out: it may take `SET_UP_RATIO` times of what is timed."""
        return max(self.wall_ns, self.whole_ns / SET_UP_RATIO)

    @property
    def has_threads(self) -> bool:
        """True when the process used clearly more processor time than the calling thread."""
        return self.process_ns > THREADS_RATIO * self.thread_ns + THREADS_NS

    @property
    def is_waiting(self) -> bool:
        """True when the subject spends its time waiting, so that processor time would not tell.

        A thread that waits leaves its core by itself; one that was only ever pushed off would rather have gone on.
        """
        busy_ratio = self.process_ns / max(1, self.spent_ns) if self.has_threads else self.busy_ratio
        return busy_ratio < BUSY_RATIO and self.left > self.pushed


def warm_up(arms: Sequence[Arm], *, least_ns: int, rng: random.Random) -> tuple[Warmth, ...]:
    """Call all arms equally often, until the slowest has taken `least_ns` and enough calls, and choose the clock.

    Equal calls leave state that grows with every call, and cycled inputs, alike in both. A coin says who comes first:
    the system's pages are handed out in that order, and of two equal arms that copy 8 MB the one warmed first stays
    slower by 1 to 3 %.
    """
    warmths = tuple(Warmth() for _ in arms)
    done, calls = 0, 1
    while True:
        for index in rng.sample(range(len(arms)), len(arms)):
            warmths[index].add(arms[index].warm_up(calls), calls)
        done += calls
        spent_ns = max(each.spent_ns for each in warmths)
        least_calls = SLOW_CALLS if spent_ns > SLOW_CALL_NS * done else LEAST_CALLS
        if spent_ns >= least_ns and done >= least_calls:
            break
        missing = (least_ns - spent_ns) * done // max(1, spent_ns)
        calls = max(1, min(GROWTH * calls, max(missing, least_calls - done)))
    if any(each.has_threads for each in warmths):
        for arm in arms:
            arm.ask(orders.UseProcessClock(arm.index), Done)
    return warmths
