"""What runs now and then: the stacks of all threads."""

import signal
import sys
import threading
import types
from collections import Counter

from ..orders import SampleStacks
from ..profile_messages import StackSamples
from ..subject import Subject
from .functions import ABOVE, ROWS_LIMIT, FunctionTable

DEPTH_LIMIT = 400
SWITCH_INTERVAL_S = 0.0001
"""A thread that waits for the interpreter gets it so soon: else the signal is heard when the others are done."""


def sample_stacks(subject: Subject, order: SampleStacks, table: FunctionTable) -> StackSamples:
    """Stacks of all threads with how often each was seen, outermost first; lines by how often they were running.

    Stacks deeper than `DEPTH_LIMIT` lose their outer part; a function that calls itself directly is shown once.
    """
    stacks: Counter[tuple[int, ...]] = Counter()
    lines: Counter[tuple[int, int]] = Counter()
    seen = {"is_cut": False, "is_threaded": False}
    looks = 0
    is_looking = False
    main = threading.get_ident()

    def look(_number: int, frame: types.FrameType | None) -> None:
        nonlocal is_looking, looks
        if is_looking:  # a stack was so deep that the next signal came meanwhile
            return
        is_looking = True
        looks += 1
        for thread, top in sys._current_frames().items():
            is_main = thread == main
            stack, is_cut = _walk(frame if is_main else top, table, lines)
            has_ours = any(map(table.is_ours, stack))
            if stack and (is_main or has_ours):
                stacks[stack] += 1
                seen["is_cut"] |= is_cut
                seen["is_threaded"] |= has_ours and not is_main
        is_looking = False

    before, switch_s = signal.signal(signal.SIGALRM, look), sys.getswitchinterval()
    try:
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        signal.setitimer(signal.ITIMER_REAL, order.interval_ns / 1e9, order.interval_ns / 1e9)
        taken = [subject.batch(order.calls) for _ in range(order.batches)]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.setswitchinterval(switch_s)
    return StackSamples(
        functions=table.functions,
        stacks=tuple(stacks.most_common(ROWS_LIMIT)),
        lines=tuple((*place, count) for place, count in lines.most_common(ROWS_LIMIT)),
        looks=looks,
        cpu_ns=min(cpu for cpu, _ in taken),
        wall_ns=min(wall for _, wall in taken),
        is_cut=seen["is_cut"],
        is_threaded=seen["is_threaded"],
    )


def _walk(
    frame: types.FrameType | None, table: FunctionTable, lines: Counter[tuple[int, int]]
) -> tuple[tuple[int, ...], bool]:
    """The stack below the worker, outermost first, and whether it was too deep; its lines are counted."""
    stack: list[int] = []
    places: set[tuple[int, int]] = set()
    depth = 0
    while frame is not None and depth < DEPTH_LIMIT:
        number = table.number(frame.f_code)
        if number == ABOVE:
            break
        if not stack or stack[-1] != number:
            stack.append(number)
        places.add((number, frame.f_lineno or 0))
        frame, depth = frame.f_back, depth + 1
    lines.update(places)
    return tuple(reversed(stack)), depth == DEPTH_LIMIT
