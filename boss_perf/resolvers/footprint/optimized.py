"""The same things in less memory. Nothing is thrown away: what goes in comes back with equal values.

Histories and parsed replies are packed and unpacked again when somebody looks, which is rare; rows and tasks, at which
people look all the time, are laid out flat instead.
"""

import json
import uuid
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from .contract import Execution, Reply

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


class PackedHistory:
    """Each run as one run of bytes (MessagePack); reading costs what decoding costs, some 0.2 ms for 50 KB.

    Inside an output a tuple comes back as a list, as it does through JSON.
    """

    def __init__(self) -> None:
        self._packed: list[bytes | Execution] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Execution)

    def add(self, thing: Execution) -> None:
        """Keep one more; as it is, if MessagePack cannot hold it."""
        try:
            self._packed.append(self._encoder.encode(thing))
        except (TypeError, OverflowError, ValueError):
            self._packed.append(thing)

    def read(self, place: int) -> dict[str, Any]:
        """The state as a plain dict."""
        packed = self._packed[place]
        kept = self._decoder.decode(packed) if isinstance(packed, bytes) else packed
        return {
            "execution_id": kept.execution_id,
            "mastery": kept.mastery,
            "version": kept.version,
            "started_at": kept.started_at,
            "finished_at": kept.finished_at,
            "output": kept.output,
        }

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._packed)


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
    """A task laid flat: the history is one tuple of moments and texts, in turn."""

    id_bytes: bytes
    name: str
    description: str
    status: str
    input_data: dict[str, Any]
    owner: str
    priority: float
    created_at: datetime
    history: tuple[tuple[str, ...], ...]
    results: tuple[dict[str, Any], ...]


class SlotTasks:
    """Structs with shared texts; the dict of an entry is made when somebody looks at it."""

    def __init__(self) -> None:
        self._tasks: list[SlotTask] = []
        self._shared = SharedTexts()

    def add(self, thing: dict[str, Any]) -> None:
        """Keep one more; the inputs and results are taken over, not copied."""
        shared = self._shared
        self._tasks.append(
            SlotTask(
                uuid.UUID(thing["id"]).bytes,
                shared(thing["name"]),
                shared(thing["description"]),
                shared(thing["status"]),
                thing["input_data"],
                shared(thing["owner"]),
                thing["priority"],
                thing["created_at"],
                tuple(
                    (shared(each["status"]), each["timestamp"], shared(each["message"])) for each in thing["history"]
                ),
                tuple(thing["results"]),
            )
        )

    def read(self, place: int) -> dict[str, Any]:
        """The fields the task was made from."""
        task = self._tasks[place]
        return {
            "id": str(uuid.UUID(bytes=task.id_bytes)),
            "name": task.name,
            "description": task.description,
            "status": task.status,
            "input_data": task.input_data,
            "owner": task.owner,
            "priority": task.priority,
            "created_at": task.created_at,
            "history": [
                {"status": status, "timestamp": moment, "message": message} for status, moment, message in task.history
            ],
            "results": list(task.results),
        }

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._tasks)


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
