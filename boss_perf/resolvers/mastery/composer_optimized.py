"""The graph is put into order once, when the composer is made; a task then is one pass over a list.

Where a resolver keeps the protocol's own `resolve`, its `answer` is awaited directly, so a node costs no result and no
clock of its own; whatever it raises is reported as `resolve` would have. Every node has a Task of its own, of which a
field is made when it is first looked at: the identifiers of a walk are one UUID and the node's place, its tasks are of
one moment.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from ..protocol import Resolver, ResolverMetadata, Task, TaskMetadata, TaskRejected, TaskStatus, said_by
from .composer_contract import (
    METADATA,
    Choice,
    ComposerNode,
    Output,
    checked_output,
    chosen_by,
    order_of,
    predecessors_of,
)

_new_task = Task.__new__


class _Step(NamedTuple):
    """A node by places in the order; only a choice makes the places it leads to depend on the output."""

    node_id: str
    answer: Callable[[Task], Awaitable[Output]]
    before: tuple[int, ...]
    after: tuple[int, ...]
    choice: Choice | None


class OptimizedComposer(Resolver):
    """Walks the compiled graph. ValueError when it cannot be walked. The graph is fixed from then on.

    A resolver that goes on changing a dict it has answered with changes what later nodes of the same walk are handed.
    """

    def __init__(
        self, nodes: Mapping[str, ComposerNode], *, entry_node: str, metadata: ResolverMetadata = METADATA
    ) -> None:
        super().__init__(metadata)
        order, reachable = order_of(nodes, entry_node), _reachable(nodes, entry_node)
        order = [each for each in order if each in reachable]
        self._nodes = dict(nodes)
        self._places = {node_id: place for place, node_id in enumerate(order)}
        before = predecessors_of(nodes)
        self._steps = [
            _Step(
                node_id,
                _answering(nodes[node_id].resolver),
                tuple(sorted(self._places[each] for each in before[node_id] if each in self._places)),
                tuple(self._places[each] for each in nodes[node_id].next_nodes),
                nodes[node_id].choice,
            )
            for node_id in order
        ]
        self._has_choices = any(step.choice is not None for step in self._steps)
        self._exits = [place for place, step in enumerate(self._steps) if not step.after]

    async def answer(self, task: Task) -> Output:
        """Run the nodes in the compiled order."""
        if self._has_choices:
            return await self._walk_choosing(task.input_data)
        walk = _Walk()
        outputs: list[Output] = []
        for place, (node_id, answer, before, _, _) in enumerate(self._steps):
            merged = {**outputs[before[0]]} if before else {**task.input_data}
            if len(before) > 1:
                for each in before[1:]:
                    merged.update(outputs[each])
            own = _new_task(_NodeTask)
            own.name, own.input_data = node_id, merged
            own.walk, own.place = walk, place
            try:
                output = await answer(own)
            except Exception as error:
                raise _failed(node_id, error) from error
            outputs.append(output if type(output) is dict else checked_output(node_id, output))
        return _merged(outputs, self._exits, self._steps[-1].node_id)

    async def _walk_choosing(self, input_data: Output) -> Output:
        walk = _Walk()
        outputs: list[Output] = [{}] * len(self._steps)
        reached_by: list[list[int]] = [[] for _ in self._steps]
        exits, last = list[int](), ""
        for place, (node_id, answer, _, after, choice) in enumerate(self._steps):
            if place and not reached_by[place]:
                continue
            merged: Output = {} if place else {**input_data}
            for each in reached_by[place]:
                merged.update(outputs[each])
            last = node_id
            own = _new_task(_NodeTask)
            own.name, own.input_data = node_id, merged
            own.walk, own.place = walk, place
            try:
                output = await answer(own)
            except Exception as error:
                raise _failed(node_id, error) from error
            outputs[place] = checked_output(node_id, output)
            if choice is not None:
                after = tuple(self._places[each] for each in chosen_by(self._nodes[node_id], output))
            for each in after:
                reached_by[each].append(place)
            if not after:
                exits.append(place)
        return _merged(outputs, exits, last)


class _Walk:
    """What the tasks of one walk share."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    @cached_property
    def id(self) -> str:
        return str(uuid.uuid4())


class _NodeTask(Task):
    """A task in progress as the plain composer hands it out; a field that nobody looks at is never made."""

    __slots__ = ("place", "walk")

    walk: _Walk
    place: int

    def __getattr__(self, name: str) -> Any:
        """Make a field that has not been set yet."""
        try:
            make = _FIELDS[name]
        except KeyError:
            raise AttributeError(f"a task has no {name!r}") from None
        made = make(self)
        setattr(self, name, made)
        return made

    def __eq__(self, other: object) -> bool:
        """As two plain tasks compare."""
        return isinstance(other, Task) and all(getattr(self, name) == getattr(other, name) for name in Task.__slots__)

    __hash__ = None  # type: ignore[assignment]


_FIELDS: dict[str, Callable[[_NodeTask], Any]] = {
    "status": lambda task: TaskStatus.IN_PROGRESS,
    "description": lambda task: f"node {task.name}",
    "id": lambda task: f"{task.walk.id}/{task.place}",
    "metadata": lambda task: TaskMetadata(created_at=task.walk.moment),
    "context": lambda task: {"node": task.name},
    "history": lambda task: [{"action": "status", "status": "in_progress", "at": task.walk.moment}],
    "errors": lambda task: [],
    "results": lambda task: [],
}


def _answering(resolver: Resolver) -> Callable[[Task], Awaitable[Output]]:
    if type(resolver).resolve is Resolver.resolve:
        return resolver.answer

    async def resolved(task: Task) -> Output:
        result = await resolver.resolve(task)
        if not result.is_success:
            raise TaskRejected(str((result.error or {"kind": str(result.status)})["kind"]), result.message)
        return result.output_data

    return resolved


def _failed(node_id: str, error: Exception) -> TaskRejected:
    kind = error.kind if isinstance(error, TaskRejected) else type(error).__name__
    return TaskRejected(kind, f"node {node_id!r}: {said_by(error)}")


def _merged(outputs: list[Output], exits: list[int], last: str) -> Output:
    answer: Output = {}
    for each in exits:
        answer.update(outputs[each])
    answer["executed_node"] = last
    return answer


def _reachable(nodes: Mapping[str, ComposerNode], entry_node: str) -> set[str]:
    found, left = {entry_node}, [entry_node]
    while left:
        for each in nodes[left.pop()].next_nodes:
            if each not in found:
                found.add(each)
                left.append(each)
    return found
