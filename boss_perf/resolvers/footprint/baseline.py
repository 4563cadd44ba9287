"""What BOSS keeps, as BOSS keeps it. Frozen: do not shrink it.

Per thing, measured on BOSS: a realistic task 4.7 KB, a row of eight columns 773 bytes, an execution 1.9 KB beside its
output, a reply of 4 KB five times its text (the text and everything parsed out of it).
"""

import json
from typing import Any

from ..protocol import Task, TaskMetadata, TaskResult, TaskStatus
from .contract import Reply


class ObjectResponses:
    """The text and everything parsed out of it, side by side in the output of a TaskResult."""

    def __init__(self) -> None:
        self._results: list[TaskResult] = []

    def add(self, thing: Reply) -> None:
        """Keep one more."""
        body = thing.content.split("```json")[1].split("```")[0].strip()
        output = {
            "content": thing.content,
            "model": thing.model,
            "tokens": thing.tokens_count,
            "timestamp": thing.received_at.isoformat(),
            "json": json.loads(body),
        }
        self._results.append(TaskResult(str(len(self._results)), TaskStatus.COMPLETED, output))

    def read(self, place: int) -> dict[str, Any]:
        """The output as BOSS gives it."""
        return self._results[place].output_data

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._results)


class ModelTasks:
    """Pydantic models, one inside the other."""

    def __init__(self) -> None:
        from .pydantic_task import PydanticTask

        self._model = PydanticTask
        self._tasks: list[PydanticTask] = []

    def add(self, thing: dict[str, Any]) -> None:
        """Keep one more."""
        self._tasks.append(self._model.of(thing))

    def read(self, place: int) -> dict[str, Any]:
        """The fields the task was made from."""
        return self._tasks[place].fields()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._tasks)


class ProtocolTasks:
    """Tasks as the resolvers here hand them on: dataclasses with slots."""

    def __init__(self) -> None:
        self._tasks: list[Task] = []

    def add(self, thing: dict[str, Any]) -> None:
        """Keep one more."""
        metadata = TaskMetadata(thing["owner"], thing["priority"], created_at=thing["created_at"])
        own = {key: held for key, held in thing.items() if key not in ("owner", "priority", "created_at", "status")}
        self._tasks.append(Task(**own, status=TaskStatus(thing["status"]), metadata=metadata))

    def read(self, place: int) -> dict[str, Any]:
        """The fields the task was made from."""
        task = self._tasks[place]
        own = {key: getattr(task, key) for key in Task.__slots__ if key not in ("metadata", "status")}
        of_metadata = {key: getattr(task.metadata, key) for key in ("owner", "priority", "created_at")}
        return {**own, "status": str(task.status), **of_metadata}

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._tasks)
