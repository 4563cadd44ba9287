"""Which look answers which order, and what valgrind counts while a child process makes calls of the subject."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from .. import orders
from ..profile_messages import Instructions, Profile
from ..subject import Subject
from .allocations import grown_lines, memory_sites
from .counts import count_calls
from .functions import FunctionTable
from .stacks import sample_stacks
from .times import time_functions

SUMMARY = b"summary:"


def count_instructions(subject: Subject, calls: int, folder: str) -> Instructions:
    """All instructions of a child that makes so many calls and ends, with those of this process until then."""
    child = os.fork()
    if child == 0:
        try:
            subject.batch(calls)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    try:
        with open(os.path.join(folder, str(child)), "rb") as file:
            told = [line.removeprefix(SUMMARY) for line in file if line.startswith(SUMMARY)]
    except OSError:
        return Instructions(0)
    return Instructions(int(told[0].split()[0]) if told else 0)


LOOKS: Mapping[type, Callable[[Subject, Any, FunctionTable], Profile]] = {
    orders.CountCalls: lambda subject, order, table: count_calls(subject, order.calls, table),
    orders.TimeFunctions: lambda subject, order, table: time_functions(subject, order.calls, table),
    orders.SampleStacks: lambda subject, order, table: sample_stacks(
        subject, order.calls, table, batches=order.batches, interval_ns=order.interval_ns
    ),
    orders.CountInstructions: lambda subject, order, _: count_instructions(subject, order.calls, order.folder),
    orders.FindMemorySites: lambda subject, _, table: memory_sites(subject, table),
    orders.TakeGrownLines: lambda subject, order, table: grown_lines(
        subject, os.path.join(table.root, order.file), order.line
    ),
}
