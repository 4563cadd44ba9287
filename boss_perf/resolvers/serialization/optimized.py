"""Tasks to JSON and back by msgspec, straight from the dataclass and back over structs, types checked on the way.

Integers stay exact, which rules orjson out. Dates are read by the standard library: msgspec rounds what is finer than
a microsecond, and up. What msgspec refuses (lone surrogates above all) goes the plain way, so a task is only ever
rejected where the standard library rejects it too, and with its message.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ..protocol import Task, TaskMetadata, TaskStatus
from .contract import TaskSerializer
from .plain import plain_dump, plain_load


class _Metadata(msgspec.Struct):
    owner: str = "system"
    priority: float = 0.5
    tags: tuple[str, ...] = ()
    created_at: str | UnsetType = UNSET
    expires_at: str | None = None
    max_retries: int = 3
    retry_count: int = 0


class _Task(msgspec.Struct):
    name: str
    input_data: dict[str, Any] = {}
    description: str = ""
    id: str | UnsetType = UNSET
    status: TaskStatus = TaskStatus.PENDING
    metadata: _Metadata | UnsetType = UNSET
    context: dict[str, Any] = {}
    history: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Task).decode


class OptimizedSerializer(TaskSerializer):
    """One pass over the task to write it, one over the text to read it."""

    def dump(self, task: Task) -> bytes:
        """The task as UTF-8 JSON."""
        try:
            return _encode(task)
        except (TypeError, ValueError, RecursionError):
            return plain_dump(task)

    def load(self, payload: bytes) -> Task:
        """The task; missing fields have their defaults, unknown ones are passed over."""
        try:
            return _task_of(_decode(payload))
        except (msgspec.DecodeError, ValueError, RecursionError):
            return plain_load(payload)


def _task_of(read: _Task) -> Task:
    given = {} if isinstance(read.id, UnsetType) else {"id": read.id}
    return Task(
        read.name,
        read.input_data,
        read.description,
        status=read.status,
        metadata=TaskMetadata() if isinstance(read.metadata, UnsetType) else _metadata_of(read.metadata),
        context=read.context,
        history=read.history,
        errors=read.errors,
        results=read.results,
        **given,
    )


def _metadata_of(read: _Metadata) -> TaskMetadata:
    expires_at = None if read.expires_at is None else datetime.fromisoformat(read.expires_at)
    if isinstance(read.created_at, UnsetType):
        metadata = TaskMetadata(read.owner, read.priority, read.tags)
    else:
        metadata = TaskMetadata(read.owner, read.priority, read.tags, datetime.fromisoformat(read.created_at))
    metadata.expires_at, metadata.max_retries, metadata.retry_count = expires_at, read.max_retries, read.retry_count
    return metadata
