"""Outputs as MessagePack, where that gives an equal output again, and otherwise as they are."""

import re
from typing import Any

import msgspec

Packed = bytes | dict[str, Any]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_MOMENT = re.compile(rb"\xd6\xff|\xd7\xff|\xc7\x0c\xff")
"""How MessagePack begins a moment, which comes back equal and in UTC, whatever its own zone was."""


def packed(output: dict[str, Any]) -> Packed:
    """The output in as few bytes as it takes; a tuple, a set, a moment or NaN keeps it as it is."""
    try:
        encoded = _encode(output)
        has_moment = _MOMENT.search(encoded) is not None and msgspec.to_builtins(output) != output
        return encoded if not has_moment and _decode(encoded) == output else output
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return output


def unpacked(kept: Packed) -> dict[str, Any]:
    """What was packed, in new objects where it was bytes."""
    if isinstance(kept, bytes):
        output: dict[str, Any] = _decode(kept)
        return output
    return kept
