"""What an executor of masteries promises, whether it runs nodes one by one or side by side.

A mastery is a graph of nodes, each a resolver; a node starts when the nodes it comes after have answered, and finds
their output under `upstream` in its input, shared with whoever else comes after them: it is to be read only. The
*sequential order* is Kahn's, ties in the order of declaration. Answer and failure are those of the sequential order in
either arm: of several nodes that fail, the first in that order is reported, no node after it is started once it is
known, and those that run are cancelled; one before it runs on.
"""

import asyncio
import time
import uuid
from abc import abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..protocol import (
    Resolver,
    ResolverMetadata,
    Task,
    TaskRejected,
    TaskResult,
    TaskStatus,
    required,
)

HISTORY_SIZE = 100
GROWTH_LIMIT = 64
"""The attempt from which pauses grow no more, so that no float overflows."""
OPERATIONS = frozenset({"execute_mastery", "get_execution_state", "get_execution_history"})
METADATA = ResolverMetadata("mastery_executor", "1.0.0", "executes graphs of tasks", OPERATIONS, frozenset({"mastery"}))

Output = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaskNode:
    """One step. A failed or late attempt is repeated at most `max_retries` times, each pause twice the one before."""

    id: str
    resolver: Resolver
    after: tuple[str, ...] = ()
    max_retries: int = 0
    retry_delay_s: float = 0.0
    timeout_s: float | None = None


class NodeFailed(Exception):
    """A node has no answer; the result of its last attempt says why."""

    def __init__(self, node_id: str, error: Mapping[str, Any]) -> None:
        super().__init__(f"node {node_id!r}: {error['message']}")
        self.kind = str(error["kind"])


class TaskGraph:
    """Nodes in sequential order, with each node's places of predecessors and successors in it.

    ValueError when an id is used twice, a predecessor does not exist, or the graph has a cycle.
    """

    __slots__ = ("nodes", "predecessors", "successors")

    def __init__(self, nodes: Iterable[TaskNode]) -> None:
        declared = list(nodes)
        order = sequential_order({node.id: node.after for node in declared}, count=len(declared))
        by_id = {node.id: node for node in declared}
        places = {node_id: place for place, node_id in enumerate(order)}
        self.nodes = tuple(by_id[node_id] for node_id in order)
        self.predecessors = tuple(tuple(places[each] for each in node.after) for node in self.nodes)
        successors: list[list[int]] = [[] for _ in order]
        for place, before in enumerate(self.predecessors):
            for each in before:
                successors[each].append(place)
        self.successors = tuple(tuple(each) for each in successors)


def sequential_order(after: Mapping[str, Sequence[str]], *, count: int) -> list[str]:
    """The ids so that each comes after its predecessors, otherwise as declared; `count` nodes were declared."""
    if len(after) != count:
        raise ValueError("two nodes have the same id")
    waits_count = {node_id: len(before) for node_id, before in after.items()}
    successors: dict[str, list[str]] = {node_id: [] for node_id in after}
    for node_id, before in after.items():
        if len(set(before)) != len(before):
            raise ValueError(f"node {node_id!r} names a predecessor twice")
        for each in before:
            if each not in successors:
                raise ValueError(f"node {node_id!r} comes after {each!r}, which does not exist")
            successors[each].append(node_id)
    ready = deque(node_id for node_id, waits in waits_count.items() if not waits)
    order = []
    while ready:
        node_id = ready.popleft()
        order.append(node_id)
        for each in successors[node_id]:
            waits_count[each] -= 1
            if not waits_count[each]:
                ready.append(each)
    if len(order) < count:
        raise ValueError(f"these nodes wait for each other: {', '.join(sorted(set(after) - set(order)))}")
    return order


async def answer_of_node(node: TaskNode, input_data: Output) -> Output:
    """The output of the first attempt that succeeds; NodeFailed after the last one."""
    attempt = 0
    while True:
        result = await _attempt(node, Task(node.id, input_data, context={"attempt": attempt}))
        if result.is_success:
            return result.output_data
        if attempt >= node.max_retries:
            said = {"kind": str(result.status), "message": result.message}
            raise NodeFailed(node.id, said | (result.error or {}))
        await asyncio.sleep(node.retry_delay_s * 2.0 ** min(attempt, GROWTH_LIMIT))
        attempt += 1


async def _attempt(node: TaskNode, task: Task) -> TaskResult:
    try:
        if node.timeout_s is None:
            return await node.resolver.resolve(task)
        async with asyncio.timeout(node.timeout_s):
            return await node.resolver.resolve(task)
    except asyncio.CancelledError:
        own = asyncio.current_task()
        if own is None or own.cancelling():
            raise
        kind, message = "cancelled", "was cancelled"  # not this execution: something that the node waited for
    except TimeoutError:
        if node.timeout_s is None:
            raise
        kind, message = "timeout", f"no answer within {node.timeout_s} s"
    return TaskResult(task.id, TaskStatus.ERROR, message=message, error={"kind": kind, "message": message})


class MasteryExecutor(Resolver):
    """Answers the three operations over a book of masteries; an arm decides how a graph runs and what is remembered."""

    def __init__(
        self,
        masteries: Mapping[str, TaskGraph],
        *,
        history_size: int = HISTORY_SIZE,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(metadata)
        if history_size < 1:
            raise ValueError("history_size must be at least 1")
        self.masteries = dict(masteries)
        self.history_size = history_size

    @abstractmethod
    async def run(self, graph: TaskGraph, task_data: Output) -> dict[str, Output]:
        """The output of every node by its id, in sequential order; NodeFailed as the sequential order would have it."""

    @abstractmethod
    def remember(self, summary: Output, output: Output | None) -> None:
        """Keep the summary of an execution among the last `history_size`."""

    @abstractmethod
    def recall(self, execution_id: str) -> Output | None:
        """The summary of a remembered execution."""

    @abstractmethod
    def recall_output(self, execution_id: str) -> Output | None:
        """The output of a remembered execution; None where it is unknown or had none."""

    @abstractmethod
    def recent(self) -> list[Output]:
        """All remembered summaries, oldest first."""

    async def answer(self, task: Task) -> Output:
        """The outputs of a mastery, or what is remembered of earlier executions."""
        operation = required(task, "operation", str)
        if operation == "execute_mastery":
            return await self._execute(task)
        if operation == "get_execution_state":
            execution_id = required(task, "execution_id", str)
            summary = self.recall(execution_id)
            if summary is None:
                raise TaskRejected("unknown_execution", f"no execution {execution_id!r:.80} among the last remembered")
            if not task.input_data.get("with_output", False):
                return {"state": dict(summary)}
            return {"state": dict(summary), "output": self.recall_output(execution_id)}
        if operation == "get_execution_history":
            history = [dict(summary) for summary in self.recent()]
            return {"history": history, "count": len(history)}
        raise TaskRejected("unknown_operation", f"{operation[:80]!r} is none of {', '.join(sorted(OPERATIONS))}")

    async def _execute(self, task: Task) -> Output:
        name = required(task, "mastery_name", str)
        graph = self.masteries.get(name)
        if graph is None:
            raise TaskRejected("unknown_mastery", f"no mastery is called {name!r:.80}")
        task_data = task.input_data.get("task_data")
        if task_data is not None and not isinstance(task_data, dict):
            raise TaskRejected("wrong_type", f"'task_data' must be dict, not {type(task_data).__name__}")
        execution_id, started_s = str(uuid.uuid4()), time.perf_counter()
        summary = {"execution_id": execution_id, "mastery_name": name, "status": "completed", "error": None}
        output: Output | None = None
        try:
            output = {"outputs": await self.run(graph, task_data or {}), "execution_id": execution_id}
        except NodeFailed as failed:
            summary |= {"status": "error", "error": str(failed)}
            raise TaskRejected(failed.kind, str(failed)) from failed
        except Exception as error:
            summary |= {"status": "error", "error": f"{type(error).__name__}: {error}"}
            raise
        except asyncio.CancelledError:
            summary["status"] = "cancelled"
            raise
        finally:
            summary["execution_time_ms"] = (time.perf_counter() - started_s) * 1e3
            self.remember(summary, output)
        return output
