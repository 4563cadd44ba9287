"""The same things in less memory. Nothing is thrown away: what goes in comes back with equal values.

Parsed replies are parsed again when somebody looks, which is rare; tasks, at which people look all the time, are laid
out flat instead. The executor packs its own history, the database resolver the results it remembers.
"""

import json
import uuid
from datetime import datetime
from typing import Any

import msgspec

from .contract import Reply

FENCE = "```json"
SHARED_COUNT = 1024


class SharedTexts:
    """One object for equal texts, for the first thousand different ones."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text, in an object that others have too."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) < SHARED_COUNT:
                self._known[text] = text
            return text
        return known


class KeptReply(msgspec.Struct, frozen=True, gc=False):
    """A text, and where in it the JSON stands."""

    content: str
    model: str
    tokens_count: int
    received_at: datetime
    start: int
    end: int


class TextResponses:
    """The text alone; its JSON is parsed again when somebody asks for it."""

    def __init__(self) -> None:
        self._replies: list[KeptReply] = []
        self._shared = SharedTexts()

    def add(self, thing: Reply) -> None:
        """Keep one more; ValueError for a text without fenced JSON."""
        start = thing.content.index(FENCE) + len(FENCE)
        end = thing.content.index("```", start)
        _parsed(thing.content[start:end])
        model = self._shared(thing.model)
        self._replies.append(KeptReply(thing.content, model, thing.tokens_count, thing.received_at, start, end))

    def read(self, place: int) -> dict[str, Any]:
        """The output as BOSS gives it."""
        kept = self._replies[place]
        return {
            "content": kept.content,
            "model": kept.model,
            "tokens": kept.tokens_count,
            "timestamp": kept.received_at.isoformat(),
            "json": _parsed(kept.content[kept.start : kept.end]),
        }

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._replies)


class SlotTask(msgspec.Struct, frozen=True, gc=False):
    """A task laid flat: what most tasks have none of is one shared empty tuple."""

    identity: bytes | str
    name: str
    description: str
    status: str
    input_data: dict[str, Any]
    owner: str
    priority: float
    created_at: datetime
    history: tuple[tuple[str, ...] | dict[str, Any], ...]
    results: tuple[dict[str, Any], ...]
    rest: tuple[tuple[str, Any], ...]
    """Whatever else the task holds (context, errors, tags, ...), where it is not empty."""


class SlotTasks:
    """Structs with shared texts; the dict of an entry is made when somebody looks at it."""

    def __init__(self) -> None:
        self._tasks: list[SlotTask] = []
        self._shared = SharedTexts()

    def add(self, thing: dict[str, Any]) -> None:
        """Keep one more; its containers are taken over, not copied."""
        shared = self._shared
        self._tasks.append(
            SlotTask(
                _packed_identity(thing["id"]),
                shared(thing["name"]),
                shared(thing.get("description", "")),
                shared(thing["status"]),
                thing["input_data"],
                shared(thing["owner"]),
                thing["priority"],
                thing["created_at"],
                tuple([self._entry(each) for each in thing["history"]]),
                tuple(thing["results"]),
                tuple([(key, held) for key, held in thing.items() if key not in _OWN and held != _EMPTY.get(key)]),
            )
        )

    def read(self, place: int) -> dict[str, Any]:
        """The fields the task was made from."""
        task = self._tasks[place]
        return {
            "id": task.identity if isinstance(task.identity, str) else str(uuid.UUID(bytes=task.identity)),
            "name": task.name,
            "description": task.description,
            "status": task.status,
            "input_data": task.input_data,
            "owner": task.owner,
            "priority": task.priority,
            "created_at": task.created_at,
            "history": [
                each if isinstance(each, dict) else dict(zip(_ENTRY, each, strict=True)) for each in task.history
            ],
            "results": list(task.results),
            "context": {},
            "errors": [],
            **dict(task.rest),
        }

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._tasks)

    def _entry(self, entry: dict[str, Any]) -> tuple[str, ...] | dict[str, Any]:
        """A line of the usual three texts as a tuple, any other as it is."""
        if tuple(entry) != _ENTRY or not all(type(said) is str for said in entry.values()):
            return entry
        return self._shared(entry["status"]), entry["timestamp"], self._shared(entry["message"])


_ENTRY = ("status", "timestamp", "message")
_OWN = frozenset(SlotTask.__struct_fields__) | {"id"}
_EMPTY: dict[str, Any] = {"context": {}, "errors": []}


def _packed_identity(identity: str) -> bytes | str:
    """Sixteen bytes for a UUID in its usual spelling, and the text for any other identifier."""
    try:
        packed = uuid.UUID(identity)
    except (ValueError, AttributeError):
        return identity
    return packed.bytes if str(packed) == identity else identity


def _parsed(text: str) -> Any:
    """The standard library decides where msgspec refuses, such as for NaN; ValueError when both do."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return json.loads(text)
