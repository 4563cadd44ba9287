"""Who calls whom, how often, and what it takes, per call of the benchmark; library code folded into who calls it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from boss_perf.worker.profile_messages import CallCounts, Function, FunctionTimes, StackSamples

Key = tuple[str, str]
"""A function in either tree: file, relative to the root where it is the tree's own, and qualified name."""
ABOVE: Key = ("", "")
"""Whatever calls the benchmark: the event loop, too, where the subject does not run one itself."""


@dataclass(slots=True)
class CallGraph:
    """Nanoseconds within each function, and (calls, nanoseconds below) of each pair of caller and callee."""

    self_ns: dict[Key, float] = field(default_factory=dict)
    edges: dict[tuple[Key, Key], tuple[float, float]] = field(default_factory=dict)

    def calls(self) -> dict[Key, float]:
        """How often each function is called."""
        calls: dict[Key, float] = defaultdict(float)
        for (_, callee), (count, _) in self.edges.items():
            calls[callee] += count
        return calls


def counted_graph(answer: CallCounts, calls: int) -> CallGraph:
    """The exact counts of the tree's own functions as a graph without times."""
    keys = _keys(answer.functions)
    own = ((a, b, count) for a, b, count in answer.edges if answer.functions[b].is_ours)
    return CallGraph({}, {(keys[a], keys[b]): (count / calls, 0.0) for a, b, count in own})


def timed_graph(answer: FunctionTimes, calls: int, *, slowdown_ratio: float = 1.0) -> CallGraph:
    """The profiler's times, scaled back from what profiling makes of them."""
    keys = _keys(answer.functions)
    whole = calls * slowdown_ratio
    self_ns = {keys[number]: spent_ns / whole for number, spent_ns in answer.self_ns}
    edges = {(keys[a], keys[b]): (count / calls, below_ns / whole) for a, b, count, below_ns in answer.edges}
    return _folded(CallGraph(self_ns, edges), answer.functions)


def sampled_graph(answer: StackSamples, *, call_ns: float) -> CallGraph:
    """Sampled stacks as a graph, each look an equal part of what a call takes; for what the profiler does not see."""
    keys = _keys(answer.functions)
    self_ns: dict[Key, float] = defaultdict(float)
    below_ns: dict[tuple[Key, Key], float] = defaultdict(float)
    for numbers, count in answer.stacks:
        path = [ABOVE, *(keys[number] for number in numbers)]
        spent_ns = count * call_ns / max(1, answer.looks)
        self_ns[path[-1]] += spent_ns
        for pair in set(pairwise(path)):
            below_ns[pair] += spent_ns
    edges = {pair: (0.0, ns) for pair, ns in below_ns.items()}
    return _folded(CallGraph(dict(self_ns), edges), answer.functions)


def with_counts(timed: CallGraph, counted: CallGraph) -> CallGraph:
    """The times of one graph with the exact counts of another; what was only timed has no calls."""
    pairs = timed.edges.keys() | counted.edges.keys()
    nothing = (0.0, 0.0)
    edges = {pair: (counted.edges.get(pair, nothing)[0], timed.edges.get(pair, nothing)[1]) for pair in pairs}
    return CallGraph(timed.self_ns, edges)


def _keys(functions: Sequence[Function]) -> Sequence[Key]:
    """The key of each number; -1, the worker, is the last."""
    return [*(each.key for each in functions), ABOVE]


def _folded(graph: CallGraph, functions: Sequence[Function]) -> CallGraph:
    """The graph without library code: its time and its calls back go to its callers, by their shares of it.

    This is how gprof passes time upwards (Graham, Kessler and McKusick, 1982). What nobody of ours calls goes to ABOVE.
    """
    callers: dict[Key, dict[Key, tuple[float, float]]] = defaultdict(dict)
    callees: dict[Key, dict[Key, tuple[float, float]]] = defaultdict(dict)
    for (caller, callee), edge in graph.edges.items():
        callers[callee][caller] = callees[caller][callee] = edge
    self_ns: dict[Key, float] = defaultdict(float, graph.self_ns)
    for function in functions:
        if function.is_ours:
            continue
        key = function.key
        spent_ns = self_ns.pop(key, 0.0)
        below = {callee: edge for callee, edge in callees.pop(key, {}).items() if callee != key}
        above = {caller: edge for caller, edge in callers.pop(key, {}).items() if caller != key}
        for callee in below:
            callers[callee].pop(key, None)
        for caller, share in _shares(above).items():
            callees[caller].pop(key, None)
            self_ns[caller] += spent_ns * share
            for callee, (calls, ns) in below.items():
                before = callees[caller].get(callee, (0.0, 0.0))
                callees[caller][callee] = (before[0] + calls * share, before[1] + ns * share)
                callers[callee][caller] = callees[caller][callee]
    edges = {(caller, callee): edge for caller, below in callees.items() for callee, edge in below.items()}
    edges = {pair: edge for pair, edge in edges.items() if pair[1] != ABOVE}
    return CallGraph({key: ns for key, ns in self_ns.items() if ns}, edges)


def _shares(above: Mapping[Key, tuple[float, float]]) -> dict[Key, float]:
    """How much of a function each caller answers for: by time, else by calls."""
    for reading in (1, 0):
        whole = sum(edge[reading] for edge in above.values())
        if whole > 0:
            return {caller: edge[reading] / whole for caller, edge in above.items()}
    return dict.fromkeys(above, 1 / len(above)) if above else {ABOVE: 1.0}
