"""What BOSS keeps, as BOSS keeps it. Frozen: do not shrink it.

Per thing, measured on BOSS: a realistic task 4.7 KB, a row of eight columns 773 bytes, an execution 1.9 KB beside its
output, a reply of 4 KB five times its text (the text and everything parsed out of it).
"""

import json
from typing import TYPE_CHECKING, Any

from ..protocol import Task, TaskMetadata, TaskResult, TaskStatus
from .contract import Kept, Reply

if TYPE_CHECKING:
    from .pydantic_task import PydanticTask


class ObjectResponses(Kept[Reply, TaskResult]):
    """The text and everything parsed out of it, side by side in the output of a TaskResult."""

    def hold(self, thing: Reply) -> TaskResult:
        """The output as BOSS gives it."""
        body = thing.content.split("```json")[1].split("```")[0].strip()
        output = {
            "content": thing.content,
            "model": thing.model,
            "tokens": thing.tokens_count,
            "timestamp": thing.received_at.isoformat(),
            "json": json.loads(body),
        }
        return TaskResult(str(len(self)), TaskStatus.COMPLETED, output)

    def tell(self, held: TaskResult) -> dict[str, Any]:
        """The output itself."""
        return held.output_data


class ModelTasks(Kept[dict[str, Any], "PydanticTask"]):
    """Pydantic models, one inside the other."""

    def hold(self, thing: dict[str, Any]) -> "PydanticTask":
        """A model of the fields."""
        from .pydantic_task import PydanticTask

        return PydanticTask.of(thing)

    def tell(self, held: "PydanticTask") -> dict[str, Any]:
        """The fields the task was made from."""
        return held.fields()


class ProtocolTasks(Kept[dict[str, Any], Task]):
    """Tasks as the resolvers here hand them on: dataclasses with slots."""

    def hold(self, thing: dict[str, Any]) -> Task:
        """The dataclass."""
        metadata = TaskMetadata(thing["owner"], thing["priority"], created_at=thing["created_at"])
        own = {key: held for key, held in thing.items() if key not in ("owner", "priority", "created_at", "status")}
        return Task(**own, status=TaskStatus(thing["status"]), metadata=metadata)

    def tell(self, held: Task) -> dict[str, Any]:
        """The fields the task was made from."""
        own = {key: getattr(held, key) for key in Task.__slots__ if key not in ("metadata", "status")}
        of_metadata = {key: getattr(held.metadata, key) for key in ("owner", "priority", "created_at")}
        return {**own, "status": str(held.status), **of_metadata}
