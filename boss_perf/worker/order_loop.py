"""Serves the tool's orders while a test waits inside `benchmark(...)` or `paired(...)`."""

import os
import random
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from gc import disable, enable, freeze, isenabled, unfreeze
from typing import Any

from . import orders
from .answer_digest import ITEM_LIMIT
from .channel import Channel
from .clocks import CLOCKS
from .heap_randomization import Layout
from .late_answers import walk
from .memory import children_peak_bytes, resident_call, settle_memory, trace_call
from .messages import Answer, BatchTimes, CallTimes, Done, MemoryTrace, Ready, Resident, WalkTime, Warmed
from .profile.allocations import find_memory_sites, take_grown_lines
from .profile.counts import count_calls, count_instructions
from .profile.functions import FunctionTable
from .profile.stacks import sample_stacks
from .profile.times import time_functions
from .subject import Subject

LEAST_OWED_NS = 50_000

# Both arms of a fork have its hash seed, so they make the same draws: what those do to the time mostly cancels.
_layout = Layout(random.Random(os.environ.get("PYTHONHASHSEED")))
_THREAD = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)
_usage = resource.getrusage  # bound before a suite can replace it
_set_timer = signal.setitimer


def serve(
    channel: Channel, subjects: Sequence[Subject], ready: Ready, *, root: str = "", path: Sequence[str] = ()
) -> bool:
    """Announce that a test is ready and answer orders until the tool is done with it; `root` is the measured tree's.

    True when there was an order. An exception of the subject is raised here, into the test, and ends it there as it
    would without the tool.
    """
    limit_s, every_s = _set_timer(signal.ITIMER_REAL, 0)  # how long the test may take
    channel.send(ready)
    is_asked, late_work, collector = False, _LateWork(), _Collector()
    freeze()  # what set-up left behind is out of the collector's sight; for time that is as good as collected
    try:
        with _unwatched():
            while True:
                order: Any = channel.receive()
                if isinstance(order, orders.Release):
                    return is_asked
                is_asked = True
                late_work.ends()
                subject, look = subjects[order.arm], _LOOKS.get(type(order))
                with collector.at_work():
                    answer = (
                        look(subject, order, FunctionTable(root, path))
                        if look
                        else _ANSWERS[type(order)](subject, order)
                    )
                channel.send(late_work.charged(order.arm, answer))
    finally:
        unfreeze()
        collector.release()
        if limit_s:
            _set_timer(signal.ITIMER_REAL, limit_s, every_s)


class _Collector:
    """Lets garbage be collected while an order is carried out only, so that the calls that leave it pay for it.

    Between the orders it would go unseen, with what finalizers do for the calls.
    """

    def __init__(self) -> None:
        self._is_wanted = isenabled()
        disable()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Collect in the block if the suite, or the subject in an earlier one, wants it."""
        if self._is_wanted:
            enable()
        try:
            yield
        finally:
            self._is_wanted = isenabled()
            disable()

    def release(self) -> None:
        """Leave it as it is wanted."""
        if self._is_wanted:
            enable()


class _LateWork:
    """What other threads do after an arm's batches: calls may leave work to them, and it is counted with the next."""

    def __init__(self) -> None:
        self._owed_ns: Counter[int] = Counter()
        self._begun: tuple[int, int] | None = None

    def charged(self, arm: int, answer: Answer) -> Answer:
        """The answer with what its arm owes by now; late work begins where it tells of batches."""
        if not isinstance(answer, BatchTimes):
            self._begun = None
            return answer
        self._begun, owed_ns = (arm, _others_ns()), self._owed_ns.pop(arm, 0)
        each_ns = owed_ns // len(answer.cpu_ns) if owed_ns >= LEAST_OWED_NS else 0
        return replace(answer, cpu_ns=tuple(cpu_ns + each_ns for cpu_ns in answer.cpu_ns))

    def ends(self) -> None:
        """The next order is here: what is done from now on is its own."""
        if self._begun is not None:
            arm, began_ns = self._begun
            self._owed_ns[arm] += _others_ns() - began_ns


def _others_ns() -> int:
    """Processor time of all threads but this one, so far."""
    return CLOCKS.process_ns() - CLOCKS.thread_ns()


@contextmanager
def _unwatched() -> Iterator[None]:
    """Lay aside for the time of the block what the suite traces and profiles itself with, as pytest-benchmark does."""
    watches: tuple[tuple[Any, Any], ...] = ((sys.settrace, sys.gettrace()), (sys.setprofile, sys.getprofile()))
    laid_aside = [(put, hook) for put, hook in watches if callable(hook)]  # no other can be put back
    for put, _ in laid_aside:
        put(None)
    try:
        yield
    finally:
        for put, hook in laid_aside:
            put(hook)


def _warm_up(subject: Subject, order: orders.WarmUp) -> Warmed:
    left, pushed = _switches()
    began, process, thread = CLOCKS.wall_ns(), CLOCKS.process_ns(), CLOCKS.thread_ns()
    cpu, wall = subject.batch(order.calls)
    whole = CLOCKS.wall_ns() - began
    process, thread = CLOCKS.process_ns() - process, CLOCKS.thread_ns() - thread
    left_after, pushed_after = _switches()
    return Warmed(wall, cpu, whole, process, thread, left_after - left, pushed_after - pushed)


def _time_batches(subject: Subject, order: orders.TimeBatches) -> BatchTimes:
    _layout.shake()
    subject.lead_in(order.lead)
    left, pushed = _switches()
    taken = [subject.batch(order.calls) for _ in range(order.count)]
    left_after, pushed_after = _switches()
    walls = tuple(wall for _, wall in taken)
    subject.rounds.add(walls, calls=order.calls)
    return BatchTimes(tuple(cpu for cpu, _ in taken), walls, left_after - left, pushed_after - pushed)


def _time_calls(subject: Subject, order: orders.TimeCalls) -> CallTimes:
    began_ns = CLOCKS.process_ns()
    walls = subject.calls(order.calls)
    cpu_ns = CLOCKS.process_ns() - began_ns
    subject.rounds.add(walls)
    return CallTimes(tuple(walls), cpu_ns)


def _trace_memory(subject: Subject, _order: orders.TraceMemory) -> MemoryTrace:
    settle_memory()
    trace: MemoryTrace
    trace, children_bytes = children_peak_bytes(lambda: trace_call(subject.answer))
    subject.children_bytes = max(subject.children_bytes, children_bytes)
    return trace


def _take_resident(subject: Subject, _order: orders.TakeResident) -> Resident:
    settle_memory()
    return Resident(None) if subject.is_one_shot else resident_call(subject.answer)


def _time_walk(subject: Subject, _order: orders.TimeWalk) -> WalkTime:
    """Through as many items of its answer as are looked at.

    What is put off until the answer is looked at and what is done before are one work, however it is divided.
    """
    cpu, wall = subject.cpu_ns(), CLOCKS.wall_ns()
    walk(subject.answer(), limit=ITEM_LIMIT)
    return WalkTime(subject.cpu_ns() - cpu, CLOCKS.wall_ns() - wall)


def _use_process_clock(subject: Subject, _order: orders.UseProcessClock) -> Done:
    subject.use_process_clock()
    return Done()


def _set_up_each_call(subject: Subject, _order: orders.SetUpEachCall) -> Done:
    subject.set_up_each_call()
    return Done()


_ANSWERS: dict[type, Callable[[Subject, Any], Answer]] = {
    orders.WarmUp: _warm_up,
    orders.TimeBatches: _time_batches,
    orders.TimeCalls: _time_calls,
    orders.TimeWalk: _time_walk,
    orders.TraceMemory: _trace_memory,
    orders.TakeResident: _take_resident,
    orders.UseProcessClock: _use_process_clock,
    orders.SetUpEachCall: _set_up_each_call,
}
_LOOKS: dict[type, Callable[[Subject, Any, FunctionTable], Answer]] = {
    orders.CountCalls: count_calls,
    orders.TimeFunctions: time_functions,
    orders.SampleStacks: sample_stacks,
    orders.CountInstructions: count_instructions,
    orders.FindMemorySites: find_memory_sites,
    orders.TakeGrownLines: take_grown_lines,
}


def _switches() -> tuple[int, int]:
    """How often this thread left its core by itself, and how often it was pushed off."""
    usage = _usage(_THREAD)
    return usage.ru_nvcsw, usage.ru_nivcsw
