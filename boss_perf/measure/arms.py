"""An arm that waits inside its test: warm it, time a batch, time single calls, trace its memory."""

import time
from dataclasses import dataclass, fields
from typing import Any

from boss_perf.measure.disturbance import run_queue_wait_ns
from boss_perf.measure.worker_link import WorkerLink

WAITING_BELOW_RATIO = 0.9
CREDIBLE_RATIO = 0.2
SLACK_NS = 100_000_000
WARM_LEAST_NS = 60_000_000
SET_UP_RATIO = 3


@dataclass(frozen=True, slots=True)
class Warmth:
    """What warming up found: the best time of a call on both clocks, how busy it is, which clock is right.

    `whole_ns` is what a call takes together with its untimed set-up.
    """

    wall_ns: int
    cpu_ns: int
    whole_ns: int
    busy_ratio: float
    cpu_clock: str

    @property
    def is_waiting(self) -> bool:
        """True when the subject spends its time waiting, so that CPU time would not tell."""
        return self.busy_ratio < WAITING_BELOW_RATIO

    @property
    def cost_ns(self) -> float:
        """What a call counts for where time is shared out: it may take `SET_UP_RATIO` times of what is timed."""
        return max(self.wall_ns, self.whole_ns / SET_UP_RATIO)


class Arm:
    """One side, in whichever process it lives; `index` is its number there. `is_one_shot`: it may be called once."""

    def __init__(self, link: WorkerLink, index: int, name: str, *, timeout_s: float, is_one_shot: bool = False) -> None:
        self.name = name
        self.is_one_shot = is_one_shot
        self.told_ns = 0
        self.seen_ns = 0
        self._link = link
        self._index = index
        self._timeout_s = timeout_s
        self._waited_before_ns = self._waited_ns()

    def warm(self, *, least_ns: int = WARM_LEAST_NS) -> Warmth:
        """Call the subject until its time has settled, at least so long."""
        answer = self._order("warm", least_ns=least_ns)
        return Warmth(**{each.name: answer[each.name] for each in fields(Warmth)})

    def use_process_clock(self) -> None:
        """Count the CPU time of all threads; both arms of a comparison must use the same clock."""
        self._order("process_clock")

    def batches(self, calls: int, *, count: int, lead: int = 0) -> list[tuple[int, int]]:
        """CPU and wall nanoseconds of each of `count` batches of so many calls in a row, after `lead` untimed ones."""
        asked_ns = time.perf_counter_ns()
        answer = self._order("batches", calls=calls, count=count, lead=lead)
        self.seen_ns += time.perf_counter_ns() - asked_ns
        self.told_ns += sum(answer["wall_ns"])
        return list(zip(answer["cpu_ns"], answer["wall_ns"], strict=True))

    @property
    def is_clock_credible(self) -> bool:
        """False when the batches took far longer, or shorter, seen from outside than the measured process told.

        On a crowded machine either end waits for a core before and after each order, and that is no fault of the clock.
        """
        slack_ns = SLACK_NS + self._waited_ns() - self._waited_before_ns
        return self.told_ns <= self.seen_ns + SLACK_NS and self.seen_ns <= slack_ns + self.told_ns / CREDIBLE_RATIO

    def calls(self, count: int) -> dict[str, Any]:
        """Wall nanoseconds of each call, with the CPU time and the involuntary switches of all."""
        return self._order("calls", calls=count)

    def walks(self, count: int) -> list[tuple[int, int]]:
        """CPU and wall nanoseconds of walking so many answers to their end."""
        answer = self._order("walks", count=count)
        return list(zip(answer["cpu_ns"], answer["wall_ns"], strict=True))

    def memory(self) -> dict[str, Any]:
        """Exact allocated bytes of one call."""
        return self._order("memory")

    def resident(self) -> dict[str, Any]:
        """Peak resident bytes of one call above an empty one."""
        return self._order("resident")

    def _waited_ns(self) -> int:
        worker = self._link.process
        return run_queue_wait_ns("thread-self") + (run_queue_wait_ns(worker) if worker is not None else 0)

    def _order(self, name: str, **details: Any) -> dict[str, Any]:
        return self._link.order(timeout_s=self._timeout_s, do=name, arm=self._index, **details)
