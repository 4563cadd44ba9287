"""The same things in less memory. Nothing is thrown away: what goes in comes back with equal values.

Parsed replies are parsed again when somebody looks, which is rare; tasks, at which people look all the time, are laid
out flat instead. The executor packs its own history, the database resolver the results it remembers.
"""

import json
import uuid
from datetime import datetime
from typing import Any

import msgspec

from .contract import Kept, Reply

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


class TextResponses(Kept[Reply, KeptReply]):
    """The text alone; its JSON is parsed again when somebody asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self._shared = SharedTexts()

    def hold(self, thing: Reply) -> KeptReply:
        """The text; ValueError where there is no fenced JSON in it."""
        start = thing.content.index(FENCE) + len(FENCE)
        end = thing.content.index("```", start)
        _parsed(thing.content[start:end])
        model = self._shared(thing.model)
        return KeptReply(thing.content, model, thing.tokens_count, thing.received_at, start, end)

    def tell(self, held: KeptReply) -> dict[str, Any]:
        """The output as BOSS gives it."""
        return {
            "content": held.content,
            "model": held.model,
            "tokens": held.tokens_count,
            "timestamp": held.received_at.isoformat(),
            "json": _parsed(held.content[held.start : held.end]),
        }


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


class SlotTasks(Kept[dict[str, Any], SlotTask]):
    """Structs with shared texts; the dict of an entry is made when somebody looks at it."""

    def __init__(self) -> None:
        super().__init__()
        self._shared = SharedTexts()

    def hold(self, thing: dict[str, Any]) -> SlotTask:
        """The struct."""
        shared = self._shared
        return SlotTask(
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

    def tell(self, held: SlotTask) -> dict[str, Any]:
        """The fields the task was made from."""
        return {
            "id": held.identity if isinstance(held.identity, str) else str(uuid.UUID(bytes=held.identity)),
            "name": held.name,
            "description": held.description,
            "status": held.status,
            "input_data": held.input_data,
            "owner": held.owner,
            "priority": held.priority,
            "created_at": held.created_at,
            "history": [
                each if isinstance(each, dict) else dict(zip(_ENTRY, each, strict=True)) for each in held.history
            ],
            "results": list(held.results),
            "context": {},
            "errors": [],
            **dict(held.rest),
        }

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
