"""The three graphs that executors are judged on, and the bound no schedule can beat.

Latencies are whole milliseconds of at least 5, because a real event loop rounds timers up to the next millisecond.
"""

import asyncio
import random
from typing import Any

from ..protocol import Resolver, ResolverMetadata, Task
from .contract import TaskGraph, TaskNode

SEED = 20240915
LATENCIES_MS = (5, 12)


class Sleeper(Resolver):
    """Waits so many milliseconds, as a call to a service would, and adds up what it was handed."""

    def __init__(self, latency_ms: int) -> None:
        super().__init__(ResolverMetadata("sleeper", "1.0.0", "waits, then answers"))
        self.latency_ms = latency_ms

    async def answer(self, task: Task) -> dict[str, Any]:
        """The sum of the upstream sums and its own latency."""
        await asyncio.sleep(self.latency_ms / 1e3)
        return {"sum": self.latency_ms + sum(each["sum"] for each in task.input_data["upstream"].values())}


def layered(layer_count: int, width: int, fan: int) -> TaskGraph:
    """Layers of equal width; each node comes after `fan` neighbours of the layer before it."""
    draw = random.Random(SEED)
    nodes = []
    for layer in range(layer_count):
        for column in range(width):
            before = tuple(f"{layer - 1}.{(column + step) % width}" for step in range(fan)) if layer else ()
            nodes.append(TaskNode(f"{layer}.{column}", Sleeper(draw.randint(*LATENCIES_MS)), before))
    return TaskGraph(nodes)


def chain() -> TaskGraph:
    """Ten nodes in a row: nothing can run side by side."""
    return layered(10, 1, 1)


def fan() -> TaskGraph:
    """Four layers of four, each node after two."""
    return layered(4, 4, 2)


def twin_chains() -> TaskGraph:
    """Two independent rows of eight."""
    return layered(8, 2, 1)


def latency_sum_ms(graph: TaskGraph) -> int:
    """How long the sleepers of the graph take one after the other."""
    return sum(_latency_ms(node) for node in graph.nodes)


def critical_path_ms(graph: TaskGraph) -> int:
    """The longest path through the graph: no schedule is faster."""
    ends: list[int] = []
    for node, before in zip(graph.nodes, graph.predecessors, strict=True):
        ends.append(_latency_ms(node) + max((ends[each] for each in before), default=0))
    return max(ends, default=0)


def _latency_ms(node: TaskNode) -> int:
    assert isinstance(node.resolver, Sleeper)
    return node.resolver.latency_ms
