"""Outputs as MessagePack, where that gives an equal output again, and otherwise as they are."""

from typing import Any

import msgspec

Packed = bytes | dict[str, Any]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def packed(output: dict[str, Any]) -> Packed:
    """The output in as few bytes as it takes; a tuple, a set or a number of no value (NaN) keeps it as it is."""
    try:
        encoded = _encode(output)
        return encoded if _decode(encoded) == output else output
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return output


def unpacked(kept: Packed) -> dict[str, Any]:
    """What was packed, in new objects where it was bytes."""
    if isinstance(kept, bytes):
        output: dict[str, Any] = _decode(kept)
        return output
    return kept
