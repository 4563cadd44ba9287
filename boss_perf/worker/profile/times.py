"""What each function takes, as the interpreter's own profiler tells."""

from collections import Counter
from typing import Any

from ..orders import TimeFunctions
from ..profile_messages import FunctionTimes
from ..subject import Subject
from .functions import ABOVE, ROWS_LIMIT, FunctionTable, is_whole, take_calls


def time_functions(subject: Subject, order: TimeFunctions, table: FunctionTable) -> FunctionTimes:
    """Wall time within each function and below each pair of caller and callee, in nanoseconds, for so many calls.

    What a C function takes counts for the function that calls it. `calls` counts a resumed coroutine once more.
    """
    from cProfile import Profile

    profiler = Profile(builtins=False)
    cpu, wall = take_calls(subject, order.calls, profiler.enable, profiler.disable)
    selves: Counter[int] = Counter()
    edges: dict[tuple[int, int], list[int]] = {}
    for entry in profiler.getstats():
        caller = table.number(entry.code)
        selves[caller] += round(entry.inlinetime * 1e9)
        for each in entry.calls or ():
            code: Any = each.code
            edge = edges.setdefault((caller, table.number(code)), [0, 0])
            edge[0] += each.callcount if is_whole(code) else 0
            edge[1] += round(each.totaltime * 1e9)
    heaviest = sorted(edges.items(), key=lambda item: -item[1][1])[:ROWS_LIMIT]
    return FunctionTimes(
        functions=table.functions,
        self_ns=tuple((number, spent_ns) for number, spent_ns in selves.items() if number != ABOVE),
        edges=tuple((*pair, calls, below_ns) for pair, (calls, below_ns) in heaviest if pair[1] != ABOVE),
        cpu_ns=cpu,
        wall_ns=wall,
    )
