"""The same things in less memory. Nothing is thrown away: what goes in comes back with equal values.

Parsed replies are parsed again when somebody looks, which is rare; rows and tasks, at which people look all the time,
are laid out flat instead. The executor packs its own history.
"""

import json
import uuid
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from .contract import Reply

INTEGER_BITS = 63
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


class ColumnResultSets:
    """A column per column: machine numbers where all cells are of one kind, shared texts where they repeat."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._sets: list[tuple[Sequence[Any], ...]] = []

    def add(self, thing: Iterable[Sequence[Any]]) -> None:
        """Keep one more; ValueError for a row of another width."""
        rows = list(thing)
        if any(len(row) != len(self._columns) for row in rows):
            raise ValueError(f"every row must have {len(self._columns)} columns")
        self._sets.append(tuple(_column(cells) for cells in zip(*rows, strict=True)))

    def read(self, place: int) -> list[dict[str, Any]]:
        """The rows of one set."""
        return [dict(zip(self._columns, row, strict=True)) for row in zip(*self._sets[place], strict=True)]

    def __len__(self) -> int:
        """How many sets are kept."""
        return len(self._sets)


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


def _column(cells: Sequence[Any]) -> Sequence[Any]:
    kinds = set(map(type, cells))
    if kinds == {int} and all(cell.bit_length() <= INTEGER_BITS for cell in cells):
        return array("q", cells)
    if kinds == {float}:
        return array("d", cells)
    seen: dict[str, str] = {}
    return tuple([seen.setdefault(cell, cell) if type(cell) is str else cell for cell in cells])
