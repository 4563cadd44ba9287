"""When an arm's own clock is believed."""

import itertools
import os
import time

import pytest

from boss_perf.measure import arms
from boss_perf.measure.machine.disturbance import run_queue_wait_ns
from boss_perf.worker.messages import BatchTimes
from boss_perf.worker.orders import Order

MS = 1_000_000


class Telling:
    """A link whose worker tells half a millisecond a batch."""

    process = 4711

    def order(self, _order: Order, _wanted: type, *, timeout_s: float) -> BatchTimes:
        return BatchTimes((MS // 2,), (MS // 2,), 0, 0)


@pytest.mark.parametrize(
    ("waited_ms", "is_credible"), [(0, False), (500, True)], ids=["with a core at once", "waiting for a core"]
)
def test_waiting_for_a_core_is_no_bent_clock(
    monkeypatch: pytest.MonkeyPatch, waited_ms: int, is_credible: bool
) -> None:
    waits = {"thread-self": itertools.repeat(0), 4711: iter((7, 7 + waited_ms * MS))}
    monkeypatch.setattr(arms, "run_queue_wait_ns", lambda task: next(waits[task]))
    monkeypatch.setattr(time, "perf_counter_ns", itertools.count(step=6 * MS).__next__)
    arm = arms.Arm(Telling(), 0, "base", 1)  # type: ignore[arg-type]
    for _ in range(100):
        arm.batches(1, count=1)
    assert arm.is_clock_credible is is_credible


@pytest.mark.skipif(not os.path.exists("/proc/thread-self/schedstat"), reason="the kernel does not count the waiting")
def test_the_kernel_counts_the_waiting_of_a_process_and_of_this_thread() -> None:
    assert run_queue_wait_ns("thread-self") > 0
    assert run_queue_wait_ns(os.getpid()) > 0


def test_where_nobody_counts_the_waiting_it_is_none() -> None:
    assert run_queue_wait_ns("no-such-process") == 0
