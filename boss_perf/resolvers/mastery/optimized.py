"""Dataflow: a node starts the moment the last node it comes after has answered, not when a whole level has.

The time of a mastery is then that of its critical path, as long as `max_concurrency` is not reached; beyond it, the
ready node that comes first in sequential order starts first. What is remembered of an execution is its summary and its
output, packed: nobody looks at most of them, and unpacking 50 KB takes 0.2 ms.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

from ..footprint.packing import Packed, packed, unpacked
from ..protocol import ResolverMetadata
from .contract import HISTORY_SIZE, METADATA, MasteryExecutor, NodeFailed, Output, TaskGraph, answer_of_node

MAX_CONCURRENCY = 32


class OptimizedExecutor(MasteryExecutor):
    """Runs up to `max_concurrency` nodes of an execution at once. No node outlives its execution."""

    def __init__(
        self,
        masteries: Mapping[str, TaskGraph],
        *,
        max_concurrency: int = MAX_CONCURRENCY,
        history_size: int = HISTORY_SIZE,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(masteries, history_size=history_size, metadata=metadata)
        if max_concurrency < 1:
            raise ValueError("max_concurrency must be at least 1")
        self.max_concurrency = max_concurrency
        self._summaries: dict[str, Output] = {}
        self._outputs: dict[str, Packed] = {}

    async def run(self, graph: TaskGraph, task_data: Output) -> dict[str, Output]:
        """The time of a mastery is that of its critical path, plus some 20 µs for each node that has company."""
        execution = _Execution(graph, task_data)
        try:
            while True:
                if execution.is_next_alone:
                    await execution.run_next()
                    continue
                if not execution.start_ready(self.max_concurrency):
                    break
                done, _ = await asyncio.wait(execution.running, return_when=asyncio.FIRST_COMPLETED)
                for each in sorted(done, key=execution.running.__getitem__):
                    execution.finish(each)
        finally:
            await execution.stop()
        if execution.failure is not None:
            raise execution.failure
        return {node.id: output for node, output in zip(graph.nodes, execution.outputs, strict=True)}

    def remember(self, summary: Output, output: Output | None) -> None:
        """Keep the summary and the packed output, and forget the oldest one."""
        execution_id = summary["execution_id"]
        self._summaries[execution_id] = summary
        if output is not None:
            self._outputs[execution_id] = packed(output)
        if len(self._summaries) > self.history_size:
            oldest = next(iter(self._summaries))
            del self._summaries[oldest]
            self._outputs.pop(oldest, None)

    def recall(self, execution_id: str) -> Output | None:
        """One lookup."""
        return self._summaries.get(execution_id)

    def recall_output(self, execution_id: str) -> Output | None:
        """Unpacked anew each time."""
        kept = self._outputs.get(execution_id)
        return None if kept is None else unpacked(kept)

    def recent(self) -> list[Output]:
        """In the order in which they ended."""
        return list(self._summaries.values())


class _Execution:
    """The state of one run. Places are places in sequential order; `limit` is that of the first failure."""

    def __init__(self, graph: TaskGraph, task_data: Output) -> None:
        self.graph = graph
        self.task_data = task_data
        self.outputs: list[Output] = [{}] * len(graph.nodes)
        self.waits_count = [len(before) for before in graph.predecessors]
        self.ready = [place for place, waits in enumerate(self.waits_count) if not waits]
        heapify(self.ready)
        self.running: dict[asyncio.Task[Output], int] = {}
        self.limit = len(graph.nodes)
        self.failure: Exception | None = None

    @property
    def is_next_alone(self) -> bool:
        """Whether one node is ready and none runs: nothing else can begin before it has ended."""
        return not self.running and len(self.ready) == 1 and self.ready[0] < self.limit

    async def run_next(self) -> None:
        """Await the first ready node here, without a task of its own."""
        place = heappop(self.ready)
        try:
            output = await self._answer(place)
        except NodeFailed as failure:
            self._fail(place, failure)
        else:
            self._take(place, output)

    def start_ready(self, max_concurrency: int) -> bool:
        """Start what may run; whether anything runs now."""
        while self.ready and self.ready[0] < self.limit and len(self.running) < max_concurrency:
            place = heappop(self.ready)
            self.running[asyncio.create_task(self._answer(place))] = place
        return bool(self.running)

    def finish(self, ended: "asyncio.Task[Output]") -> None:
        """Take the answer and release its successors, or stop everything that comes later than the failure."""
        place = self.running.pop(ended)
        if place > self.limit:
            if not ended.cancelled():
                ended.exception()
            return
        try:
            output = ended.result()
        except asyncio.CancelledError:
            self._fail(place, NodeFailed(self.graph.nodes[place].id, {"kind": "cancelled", "message": "was cancelled"}))
        except Exception as error:  # noqa: BLE001 - whatever a node raises is raised again by `run`
            self._fail(place, error)
        else:
            self._take(place, output)

    async def stop(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        for each in self.running:
            each.cancel()
        if self.running:
            await asyncio.gather(*self.running, return_exceptions=True)

    def _answer(self, place: int) -> Coroutine[Any, Any, Output]:
        node = self.graph.nodes[place]
        before = zip(node.after, self.graph.predecessors[place], strict=True)
        upstream = {node_id: self.outputs[each] for node_id, each in before}
        return answer_of_node(node, {**self.task_data, "upstream": upstream})

    def _take(self, place: int, output: Output) -> None:
        self.outputs[place] = output
        for each in self.graph.successors[place]:
            self.waits_count[each] -= 1
            if not self.waits_count[each]:
                heappush(self.ready, each)

    def _fail(self, place: int, failure: Exception) -> None:
        self.limit, self.failure = place, failure
        for each, running_place in self.running.items():
            if running_place > place:
                each.cancel()
