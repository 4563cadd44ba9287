"""Serves the tool's orders while a test waits inside `benchmark(...)` or `paired(...)`."""

import os
import random
import resource
from collections.abc import Callable, Sequence
from gc import freeze, unfreeze

from .channel import Channel, Message
from .layout import Layout
from .memory import resident_call, settle_memory, trace_call
from .profile.allocations import memory_lines, memory_sites
from .profile.counts import count_calls
from .profile.functions import FunctionTable
from .profile.stacks import sample_stacks
from .profile.times import time_functions
from .repeated_answers import time_walk
from .subject import Subject
from .warming import warm_up

WARM_LEAST_CALLS = 5
# Both arms of a fork have its hash seed, so they make the same draws: what those do to the time mostly cancels.
_layout = Layout(random.Random(os.environ.get("PYTHONHASHSEED")))


def serve(channel: Channel, subjects: Sequence[Subject], ready: Message) -> None:
    """Announce that a test is ready and answer orders until the tool is done with it.

    An exception of the subject is raised here, into the test, and ends it there as it would without the tool.
    """
    has_setup = any(each.has_setup for each in subjects)
    is_one_shot = any(each.is_one_shot for each in subjects)
    channel.send({"event": "ready", "has_setup": has_setup, "is_one_shot": is_one_shot, **ready})
    freeze()  # what set-up left behind is out of the collector's sight; for time that is as good as collected
    try:
        while True:
            order = channel.receive()
            name = order.get("do")
            if name == "done":
                return
            answer = _ORDERS[str(name)](subjects[int(order.get("arm", 0))], order)
            channel.send({"event": "answer", **answer})
    finally:
        unfreeze()


def _warm(subject: Subject, order: Message) -> Message:
    subject.rewind()
    warmth = warm_up(subject, least_ns=order["least_ns"], least_calls=order.get("least_calls", WARM_LEAST_CALLS))
    subject.rewind()
    return warmth


def _batches(subject: Subject, order: Message) -> Message:
    _layout.shake()
    subject.lead_in(order["lead"])
    taken = [subject.batch(order["calls"]) for _ in range(order["count"])]
    wall_ns = [wall for _, wall in taken]
    subject.rounds.add(wall_ns, calls=order["calls"])
    return {"cpu_ns": [cpu for cpu, _ in taken], "wall_ns": wall_ns}


def _calls(subject: Subject, order: Message) -> Message:
    before = resource.getrusage(resource.RUSAGE_SELF)
    wall_ns = subject.calls(order["calls"])
    subject.rounds.add(wall_ns)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {
        "wall_ns": wall_ns,
        "cpu_ns": int(cpu_s * 1e9),
        "involuntary_switches": after.ru_nivcsw - before.ru_nivcsw,
    }


def _memory(subject: Subject, _order: Message) -> Message:
    settle_memory()
    subject.rewind()
    return trace_call(subject.call_once, is_one_shot=subject.is_one_shot)


def _resident(subject: Subject, _order: Message) -> Message:
    settle_memory()
    subject.rewind()
    return resident_call(subject.call_once)


def _walks(subject: Subject, order: Message) -> Message:
    taken = [time_walk(subject) for _ in range(order["count"])]
    return {"cpu_ns": [cpu for cpu, _ in taken], "wall_ns": [wall for _, wall in taken]}


def _use_process_clock(subject: Subject, _order: Message) -> Message:
    subject.use_process_clock()
    return {}


def _count_calls(subject: Subject, order: Message) -> Message:
    return count_calls(subject, order["calls"], FunctionTable(order["root"], order["path"]))


def _time_functions(subject: Subject, order: Message) -> Message:
    return time_functions(subject, order["calls"], FunctionTable(order["root"], order["path"]))


def _sample_stacks(subject: Subject, order: Message) -> Message:
    table = FunctionTable(order["root"], order["path"])
    return sample_stacks(subject, order["calls"], table, for_ns=order["for_ns"], interval_ns=order["interval_ns"])


def _memory_sites(subject: Subject, order: Message) -> Message:
    settle_memory()
    return memory_sites(subject, FunctionTable(order["root"], order["path"]))


def _memory_lines(subject: Subject, order: Message) -> Message:
    return memory_lines(subject, os.path.join(order["root"], order["file"]), order["line"])


_ORDERS: dict[str, Callable[[Subject, Message], Message]] = {
    "warm": _warm,
    "batches": _batches,
    "calls": _calls,
    "memory": _memory,
    "resident": _resident,
    "walks": _walks,
    "process_clock": _use_process_clock,
    "count_calls": _count_calls,
    "time_functions": _time_functions,
    "sample_stacks": _sample_stacks,
    "memory_sites": _memory_sites,
    "memory_lines": _memory_lines,
}


def settle_after_fork(channel: Channel) -> None:
    """A process the subject forks gets no line to the tool: it must not speak for its parent."""
    os.register_at_fork(after_in_child=channel.close)
