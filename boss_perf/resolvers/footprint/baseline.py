"""What BOSS keeps, as BOSS keeps it. Frozen: do not shrink it.

Per thing, measured on BOSS: a realistic task 4.7 KB, a row of eight columns 773 bytes, an execution 1.9 KB beside its
output, a reply of 4 KB five times its text (the text and everything parsed out of it).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..protocol import TaskResult, TaskStatus
from .contract import Execution, Reply


@dataclass
class ExecutionState:
    """The bookkeeping of one run; `node_results` and `execution_path` are never filled."""

    execution_id: str
    mastery_name: str
    mastery_version: str
    status: str
    start_time: datetime
    end_time: datetime
    final_result: TaskResult
    error: str | None = None
    node_results: dict[str, Any] = field(default_factory=dict)
    execution_path: list[str] = field(default_factory=list)


class ObjectHistory:
    """Every state with its whole result, as live objects."""

    def __init__(self) -> None:
        self._states: list[ExecutionState] = []

    def add(self, thing: Execution) -> None:
        """Keep one more."""
        result = TaskResult(thing.execution_id, TaskStatus.COMPLETED, dict(thing.output), created_at=thing.finished_at)
        names = (thing.execution_id, thing.mastery, thing.version, "completed")
        self._states.append(ExecutionState(*names, thing.started_at, thing.finished_at, result))

    def read(self, place: int) -> dict[str, Any]:
        """The state as a plain dict."""
        state = self._states[place]
        return {
            "execution_id": state.execution_id,
            "mastery": state.mastery_name,
            "version": state.mastery_version,
            "started_at": state.start_time,
            "finished_at": state.end_time,
            "output": state.final_result.output_data,
        }

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._states)


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


class DictResultSets:
    """A dict per row."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._sets: list[list[dict[str, Any]]] = []

    def add(self, thing: Iterable[Sequence[Any]]) -> None:
        """Keep one more."""
        self._sets.append([dict(zip(self._columns, row, strict=True)) for row in thing])

    def read(self, place: int) -> list[dict[str, Any]]:
        """The rows of one set."""
        return self._sets[place]

    def __len__(self) -> int:
        """How many sets are kept."""
        return len(self._sets)


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
