"""What writing a task promises: JSON that any parser reads, and that gives an equal task again.

Equal are statuses, dates with their microseconds and their zone or lack of one, integers of any size, and all JSON
values in the data. For what JSON has no type for (a set, a tuple, a date within the data, a number that is not finite)
`dump` writes what its encoder happens to write; `dump_exactly` refuses it.
"""

from abc import abstractmethod
from typing import Any

from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected, required
from .plain import plain_dump

OPERATIONS = frozenset(("dump", "load"))
METADATA = ResolverMetadata("serialization", "1.0.0", "tasks as JSON and back", OPERATIONS)
SIZE_LIMIT_BYTES = 64 * 2**20


class TaskSerializer(Resolver):
    """Writes and reads tasks; a task to read is data from outside, so what it lacks or has too much is TaskRejected."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)

    @abstractmethod
    def dump(self, task: Task) -> bytes:
        """The task as UTF-8 JSON."""

    @abstractmethod
    def load(self, payload: bytes) -> Task:
        """The task; missing fields have their defaults, unknown ones are passed over."""

    def dump_exactly(self, task: Task) -> bytes:
        """The task as JSON that is known to give an equal task; TaskRejected where there is none."""
        payload = self.dump(task)
        if self.load(payload) == task:
            return payload
        payload = plain_dump(task)
        if self.load(payload) == task:
            return payload
        raise TaskRejected("not_exact", "the task holds what JSON has no type for; write it as text or a list first")

    async def answer(self, task: Task) -> dict[str, Any]:
        """`dump` gives the `payload` of a `task`, exactly; `load` gives the `task` of a `payload`."""
        match task.input_data.get("operation"):
            case "dump":
                written = self.dump_exactly(required(task, "task", Task))
                return {"payload": written, "size_bytes": len(written)}
            case "load":
                payload: bytes = required(task, "payload", bytes)
                if len(payload) > SIZE_LIMIT_BYTES:
                    raise TaskRejected("too_large", f"'payload' may have {SIZE_LIMIT_BYTES} bytes, not {len(payload)}")
                return {"task": self.load(payload)}
            case other:
                offered = ", ".join(sorted(OPERATIONS))
                raise TaskRejected("unknown_operation", f"no operation {other!r:.80}; there are {offered}")
