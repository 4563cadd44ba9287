"""Which look answers which order."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from .. import orders
from ..memory import settle_memory
from ..profile_messages import MemorySites, Profile
from ..subject import Subject
from .allocations import grown_lines, memory_sites
from .counts import count_calls
from .functions import FunctionTable
from .instructions import count_instructions
from .stacks import sample_stacks
from .times import time_functions


def _memory_sites(subject: Subject, _order: orders.FindMemorySites, table: FunctionTable) -> MemorySites:
    settle_memory()
    return memory_sites(subject, table)


LOOKS: Mapping[type, Callable[[Subject, Any, FunctionTable], Profile]] = {
    orders.CountCalls: lambda subject, order, table: count_calls(subject, order.calls, table),
    orders.TimeFunctions: lambda subject, order, table: time_functions(subject, order.calls, table),
    orders.SampleStacks: lambda subject, order, table: sample_stacks(
        subject, order.calls, table, batches=order.batches, interval_ns=order.interval_ns
    ),
    orders.CountInstructions: lambda subject, order, _: count_instructions(subject, order.calls, order.folder),
    orders.FindMemorySites: _memory_sites,
    orders.TakeGrownLines: lambda subject, order, table: grown_lines(
        subject, os.path.join(table.root, order.file), order.line
    ),
}
