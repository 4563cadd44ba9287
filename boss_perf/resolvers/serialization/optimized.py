"""Tasks to JSON and back by msgspec, straight from and into the dataclass, types checked on the way.

Integers stay exact, which rules orjson out. What msgspec refuses (lone surrogates above all) goes the plain way, so a
task is only ever rejected where the standard library rejects it too, and with its message.
"""

import msgspec

from ..protocol import Task
from .contract import TaskSerializer
from .plain import plain_dump, plain_load

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Task).decode


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
            return _decode(payload)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return plain_load(payload)
