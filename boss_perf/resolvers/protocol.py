"""The protocol every resolver speaks: a Task goes in, a TaskResult comes out, an exception never crosses.

Mirrors BOSS's own names (`Task`, `TaskResult`, `await resolver.resolve(task)`) with the standard library only, so that
a resolver can be lifted into BOSS by changing this import.
"""

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class TaskStatus(StrEnum):
    """Where a task stands; values as BOSS writes them."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    ERROR = "error"
    RETRYING = "retrying"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_COMPLETED = TaskStatus.COMPLETED
_MAPPINGS = dict, Mapping
"""The usual one first: to ask the abstract one takes 0.2 µs."""


@dataclass(slots=True)
class TaskMetadata:
    """Who owns a task and how long it lives; times are aware UTC."""

    owner: str = "system"
    priority: float = 0.5
    tags: tuple[str, ...] = ()
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    expires_at: datetime | None = None
    max_retries: int = 3
    retry_count: int = 0


@dataclass(slots=True)
class Task:
    """A unit of work; `input_data` names the operation and its arguments."""

    name: str
    input_data: dict[str, Any] = field(default_factory=dict)
    description: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: TaskStatus = TaskStatus.PENDING
    metadata: TaskMetadata = field(default_factory=TaskMetadata)
    context: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class TaskResult:
    """The answer to one task. An ERROR result carries `error` with a `kind` and a `message`, and empty output."""

    task_id: str
    status: TaskStatus
    output_data: dict[str, Any] = field(default_factory=dict)
    execution_time_ms: float = 0.0
    message: str = ""
    error: dict[str, Any] | None = None
    subtasks: tuple[str, ...] = ()
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_success(self) -> bool:
        """True when the task was completed."""
        return self.status is TaskStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class ResolverMetadata:
    """What a registry knows a resolver by."""

    name: str
    version: str
    description: str
    capabilities: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


class TaskRejected(Exception):
    """A task that cannot be answered as it is put; `kind` is a stable word, the message says what to change."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Resolver(ABC):
    """Answers tasks. Subclasses write `answer`; `resolve` keeps every exception on this side of the boundary.

    Cancellation passes through: a cancelled task has no result.
    """

    def __init__(self, metadata: ResolverMetadata) -> None:
        self.metadata = metadata

    @abstractmethod
    async def answer(self, task: Task) -> dict[str, Any]:
        """The output for a well-formed task, TaskRejected for another; its `input_data` is a mapping."""

    async def resolve(self, task: Task) -> TaskResult:
        """Answer the task, or say in an ERROR result why it has none."""
        started_s = time.perf_counter()
        try:
            if not isinstance(task.input_data, _MAPPINGS):
                raise TaskRejected("wrong_type", f"input_data must be a mapping, not {type(task.input_data).__name__}")
            output = await self.answer(task)
        except TaskRejected as rejected:
            return _failed(task, started_s, rejected.kind, str(rejected))
        except Exception as error:  # noqa: BLE001 - the boundary of the protocol: no exception may cross it
            return _failed(task, started_s, type(error).__name__, said_by(error))
        return TaskResult(task.id, _COMPLETED, output, (time.perf_counter() - started_s) * 1e3)

    async def __call__(self, task: Task) -> TaskResult:
        """The same as `resolve`, with the task's own status kept up to date."""
        task.status = TaskStatus.IN_PROGRESS
        result = await self.resolve(task)
        task.status = result.status
        return result

    def can_handle(self, task: Task) -> bool:
        """Whether this resolver offers the operation the task names."""
        return str(task.input_data.get("operation", "")) in self.metadata.capabilities

    async def health_check(self) -> bool:
        """Whether the resolver can work now; cheap, and false rather than raising."""
        return True


def _failed(task: Task, started_s: float, kind: str, message: str) -> TaskResult:
    elapsed_ms = (time.perf_counter() - started_s) * 1e3
    error = {"kind": kind, "message": message}
    return TaskResult(getattr(task, "id", ""), TaskStatus.ERROR, {}, elapsed_ms, message, error)


def said_by(error: BaseException) -> str:
    """What the error says, even where saying it raises."""
    try:
        return str(error) or repr(error)
    except Exception:  # noqa: BLE001 - foreign code, and all that is wanted of it is a text
        return f"{type(error).__name__}, which cannot be shown"


def required(task: Task, key: str, kind: type | tuple[type, ...]) -> Any:
    """An argument the operation cannot do without; TaskRejected names what is missing or of the wrong type."""
    try:
        argument = task.input_data[key]
    except KeyError:
        raise TaskRejected("missing_field", f"input_data needs {key!r}") from None
    if not isinstance(argument, kind) or (isinstance(argument, bool) and kind is int):
        wanted = kind.__name__ if isinstance(kind, type) else " or ".join(each.__name__ for each in kind)
        raise TaskRejected("wrong_type", f"{key!r} must be {wanted}, not {type(argument).__name__}")
    return argument
