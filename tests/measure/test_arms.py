"""When an arm's own clock is believed, and what cannot be looked at."""

import itertools
import os
import random
import time

import pytest

from boss_perf.measure import arms
from boss_perf.measure.look import Effort, Look
from boss_perf.measure.machine.disturbance import run_queue_wait_ns
from boss_perf.measure.profile_pass import take_look
from boss_perf.model.samples import Failure, Pass
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


@pytest.mark.parametrize(
    ("phase", "arm_count", "why"),
    [
        (Pass.PROFILE, 1, "there is one arm only"),
        (Pass.INSTRUCTIONS, 1, "there is one arm only"),
        (Pass.MEMORY_SITES, 1, "may be called once only"),
        (Pass.PROFILE, 2, "may be called once only"),
        (Pass.INSTRUCTIONS, 2, "may be called once only"),
    ],
)
def test_a_look_that_cannot_be_taken_says_why(phase: Pass, arm_count: int, why: str) -> None:
    once = [arms.Arm(Telling(), index, "", 1, is_one_shot=True) for index in range(arm_count)]  # type: ignore[arg-type]
    found = take_look(phase, once, Look(effort=Effort(), rng=random.Random(1)))
    assert isinstance(found, Failure)
    assert why in found.message
