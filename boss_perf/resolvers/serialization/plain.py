"""A task as a dict and as text by the standard library alone: BOSS's way, made to come back equal.

BOSS writes the name of the status but wants its value, and leaves dates in the dict that `json` cannot write.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..protocol import Task, TaskMetadata, TaskRejected, TaskStatus

_ABSENT = object()
_STATUSES = frozenset(TaskStatus)


def plain_dump(task: Task) -> bytes:
    """The task as JSON; TaskRejected where the standard library cannot write it."""
    try:
        return json.dumps(to_dict(task), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise TaskRejected("not_json", f"the task cannot be written as JSON: {error}") from None


def plain_load(payload: bytes) -> Task:
    """The task in the JSON; TaskRejected where there is none."""
    try:
        fields = json.loads(payload, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise TaskRejected("malformed", f"the payload is no JSON: {error}") from None
    return from_dict(fields)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def to_dict(task: Task) -> dict[str, Any]:
    """The fields of a task; its data are not copied."""
    metadata = task.metadata
    return {
        "id": task.id,
        "name": task.name,
        "description": task.description,
        "status": task.status.value,
        "input_data": task.input_data,
        "metadata": {
            "owner": metadata.owner,
            "priority": metadata.priority,
            "tags": list(metadata.tags),
            "created_at": metadata.created_at.isoformat(),
            "expires_at": None if metadata.expires_at is None else metadata.expires_at.isoformat(),
            "max_retries": metadata.max_retries,
            "retry_count": metadata.retry_count,
        },
        "context": task.context,
        "history": task.history,
        "errors": task.errors,
        "results": task.results,
    }


def from_dict(fields: Any) -> Task:
    """A task from its fields; TaskRejected names the first that is missing or of the wrong type."""
    if not isinstance(fields, Mapping):
        raise TaskRejected("malformed", f"a task is an object, not {type(fields).__name__}")
    made: dict[str, Any] = {"name": _field(fields, "name", str)}
    if made["name"] is _ABSENT:
        raise TaskRejected("malformed", "a task needs a name")
    for key, kind in (("id", str), ("description", str), ("input_data", dict), ("context", dict)):
        made[key] = _field(fields, key, kind)
    for key in ("history", "errors", "results"):
        entries = made[key] = _field(fields, key, list)
        if entries is not _ABSENT and not all(isinstance(entry, dict) for entry in entries):
            raise TaskRejected("malformed", f"{key!r} must be a list of objects")
    status = _field(fields, "status", str)
    if status is not _ABSENT:
        if status not in _STATUSES:
            raise TaskRejected("malformed", f"'status' must be one of {', '.join(TaskStatus)}, not {status[:40]!r}")
        made["status"] = TaskStatus(status)
    metadata = _field(fields, "metadata", dict)
    if metadata is not _ABSENT:
        made["metadata"] = _metadata(metadata)
    return Task(**_present(made))


def _metadata(fields: Mapping[str, Any]) -> TaskMetadata:
    made = {"owner": _field(fields, "owner", str), "created_at": _date(fields, "created_at")}
    for key in ("max_retries", "retry_count"):
        made[key] = _field(fields, key, int)
    priority = _field(fields, "priority", (int, float))
    try:
        made["priority"] = priority if priority is _ABSENT else float(priority)
    except OverflowError:
        raise TaskRejected("malformed", "'priority' is too large a number") from None
    tags = _field(fields, "tags", list)
    if tags is not _ABSENT:
        if not all(isinstance(tag, str) for tag in tags):
            raise TaskRejected("malformed", "'tags' must be a list of texts")
        made["tags"] = tuple(tags)
    if fields.get("expires_at") is not None:
        made["expires_at"] = _date(fields, "expires_at")
    return TaskMetadata(**_present(made))


def _field(fields: Mapping[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    value = fields.get(key, _ABSENT)
    if value is not _ABSENT and (not isinstance(value, kind) or isinstance(value, bool)):
        raise TaskRejected("malformed", f"{key!r} cannot be {type(value).__name__}")
    return value


def _date(fields: Mapping[str, Any], key: str) -> Any:
    text = _field(fields, key, str)
    if text is _ABSENT:
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise TaskRejected("malformed", f"{key!r} is no date and time: {text[:40]!r}") from None


def _present(made: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if value is not _ABSENT}
