"""What BOSS's MasteryComposer does at a71fc06 for each node, walking a whole graph instead of a list.

A Task for the node and a line of its history for each status, its result copied into another TaskResult, both checked
field by field (BOSS: pydantic models), and a line for the log: 12.7 µs of CPU where a `sum(range(20000))` takes 215 µs.
The order is found anew for every task.
"""

import logging
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import TypeVar

from ..protocol import (
    Resolver,
    ResolverMetadata,
    Task,
    TaskMetadata,
    TaskRejected,
    TaskResult,
    TaskStatus,
)
from .composer_contract import METADATA, ComposerNode, Output, checked_output, chosen_by, order_of

_log = logging.getLogger(__name__)

Model = TypeVar("Model", Task, TaskMetadata, TaskResult)

_KINDS: dict[str, type | tuple[type, ...]] = {
    "task_id": str,
    "id": str,
    "name": str,
    "description": str,
    "message": str,
    "status": TaskStatus,
    "input_data": dict,
    "output_data": dict,
    "context": dict,
    "history": list,
    "errors": list,
    "results": list,
    "subtasks": tuple,
    "execution_time_ms": float,
    "error": (dict, type(None)),
    "metadata": TaskMetadata,
    "owner": str,
    "priority": float,
    "tags": tuple,
    "created_at": datetime,
    "expires_at": (datetime, type(None)),
    "max_retries": int,
    "retry_count": int,
}


class BaselineComposer(Resolver):
    """Walks the graph with a Task and two results for every node. ValueError when the graph cannot be walked."""

    def __init__(
        self, nodes: Mapping[str, ComposerNode], *, entry_node: str, metadata: ResolverMetadata = METADATA
    ) -> None:
        super().__init__(metadata)
        order_of(nodes, entry_node)
        self.nodes = dict(nodes)
        self.entry_node = entry_node

    async def answer(self, task: Task) -> Output:
        """Order the nodes, then run those that are reached."""
        outputs: dict[str, Output] = {}
        reached_by: dict[str, list[str]] = {self.entry_node: []}
        last, exits = self.entry_node, list[str]()
        for node_id in order_of(self.nodes, self.entry_node):
            if node_id not in reached_by:
                continue
            node = self.nodes[node_id]
            merged = dict(task.input_data) if node_id == self.entry_node else {}
            for each in reached_by[node_id]:
                merged.update(outputs[each])
            result = await self._run(node_id, node, merged)
            outputs[node_id] = result.output_data
            chosen = chosen_by(node, result.output_data)
            for each in chosen:
                reached_by.setdefault(each, []).append(node_id)
            if not chosen:
                exits.append(node_id)
            last = node_id
        answer: Output = {}
        for each in exits:
            answer.update(outputs[each])
        return {**answer, "executed_node": last}

    async def _run(self, node_id: str, node: ComposerNode, input_data: Output) -> TaskResult:
        own = _checked(Task(node_id, input_data, description=f"node {node_id}", context={"node": node_id}))
        _log.info("running node %s of %s", node_id, self.metadata.name)
        _note_status(own, TaskStatus.IN_PROGRESS)
        result = await node.resolver.resolve(own)
        _note_status(own, result.status)
        if not result.is_success:
            error = result.error or {"kind": str(result.status)}
            raise TaskRejected(str(error["kind"]), f"node {node_id!r}: {result.message}")
        output = dict(checked_output(node_id, result.output_data))
        return _checked(TaskResult(own.id, result.status, output, result.execution_time_ms, message=result.message))


def _note_status(task: Task, status: TaskStatus) -> None:
    task.status = status
    task.history.append({"action": "status", "status": status.value, "at": datetime.now(UTC)})


def _checked(model: Model) -> Model:
    for field in fields(model):
        kind = _KINDS.get(field.name)
        if kind is not None and not isinstance(getattr(model, field.name), kind):
            raise TypeError(f"{field.name} has the wrong type")
    if isinstance(model, Task):
        _checked(model.metadata)
    return model
