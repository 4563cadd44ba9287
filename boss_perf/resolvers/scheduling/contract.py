"""What a worklist promises: the pending item of the highest priority next, of equal ones the first that was added.

A change of priority keeps the item's place among equals. Taken items stay known, in progress, until they are finished.
A worklist belongs to one event loop or thread.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected, TaskStatus, required

OPERATIONS = frozenset(("add", "update", "next", "finish", "remove", "size"))
METADATA = ResolverMetadata("scheduling", "1.0.0", "work items by priority", OPERATIONS)
DEFAULT_PRIORITY = 5.0
ITEM_LIMIT = 1_000_000


def stamp() -> str:
    """Now, as BOSS writes it into items."""
    return datetime.now().isoformat()


@dataclass(slots=True, eq=False)
class WorkItem:
    """One piece of work with the stamps and the history that BOSS keeps; `turn` counts the items added before it."""

    item_id: str
    priority: float
    turn: int
    data: Any = None
    status: TaskStatus = TaskStatus.PENDING
    created_at: str = field(default_factory=stamp)
    updated_at: str = field(default_factory=stamp)
    history: list[dict[str, Any]] = field(default_factory=list)

    def note(self, name: str, old: Any, new: Any) -> None:
        """Write a change of a field into the history."""
        self.updated_at = stamp()
        self.history.append({"timestamp": stamp(), "field": name, "old_value": old, "new_value": new})

    def shown(self) -> dict[str, Any]:
        """What a task's output says about it."""
        names = ("item_id", "priority", "status", "data", "created_at", "updated_at")
        return {name: getattr(self, name) for name in names} | {"history": [*map(dict, self.history)]}


class Worklist(Resolver):
    """Holds items and gives out the next; TaskRejected for an id that is taken and for a priority with no place."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)

    @abstractmethod
    def add(self, item_id: str, priority: float = DEFAULT_PRIORITY, *, data: Any = None) -> WorkItem:
        """A new pending item."""

    @abstractmethod
    def update(self, item_id: str, priority: float) -> bool:
        """Change the priority of a pending item; whether there was one."""

    @abstractmethod
    def take(self) -> WorkItem | None:
        """The next item, now in progress; None when nothing is pending."""

    @abstractmethod
    def forget(self, item_id: str, status: TaskStatus = TaskStatus.COMPLETED) -> WorkItem | None:
        """Take the item out of the list, whatever its state, with this as its last status; None for an unknown id."""

    @abstractmethod
    def get(self, item_id: str) -> WorkItem | None:
        """The item, pending or in progress."""

    @abstractmethod
    def pending_count(self) -> int:
        """How many items wait."""

    async def answer(self, task: Task) -> dict[str, Any]:
        """The output of the operation the task names."""
        match task.input_data.get("operation"):
            case "add":
                priority = _priority(task) if "priority" in task.input_data else DEFAULT_PRIORITY
                added = self.add(required(task, "item_id", str), priority, data=task.input_data.get("data"))
                return {"item": added.shown()}
            case "update":
                item_id: str = required(task, "item_id", str)
                if not self.update(item_id, _priority(task)):
                    raise TaskRejected("not_found", f"no pending item {item_id!r:.80}")
                return {"item_id": item_id}
            case "next":
                taken = self.take()
                return {"item": None if taken is None else taken.shown()}
            case "finish":
                has_failed = task.input_data.get("has_failed", False)
                return self._forgotten(task, TaskStatus.FAILED if has_failed else TaskStatus.COMPLETED)
            case "remove":
                return self._forgotten(task, TaskStatus.CANCELLED)
            case "size":
                return {"pending": self.pending_count()}
            case other:
                offered = ", ".join(sorted(OPERATIONS))
                raise TaskRejected("unknown_operation", f"no operation {other!r:.80}; there are {offered}")

    def _forgotten(self, task: Task, status: TaskStatus) -> dict[str, Any]:
        item_id: str = required(task, "item_id", str)
        item = self.forget(item_id, status)
        if item is None:
            raise TaskRejected("not_found", f"no item {item_id!r:.80}")
        return {"item": item.shown()}


def _priority(task: Task) -> float:
    priority: float = required(task, "priority", (int, float))
    if isinstance(priority, bool) or not math.isfinite(priority):
        raise TaskRejected("wrong_value", "'priority' must be a finite number")
    return priority
