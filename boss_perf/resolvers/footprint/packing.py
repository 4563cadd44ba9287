"""Outputs as MessagePack, where that gives an equal output again, and otherwise as they are; rows as columns."""

from array import array
from collections.abc import Collection, Sequence
from contextlib import suppress
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


def in_columns(rows: Collection[Collection[Any]]) -> tuple[Sequence[Any], ...]:
    """A column per column: machine numbers where all cells are of one kind, shared texts where they repeat."""
    return tuple(_column(cells) for cells in zip(*rows, strict=True))


def _column(cells: Sequence[Any]) -> Sequence[Any]:
    kinds = set(map(type, cells))
    if kinds == {float}:
        return array("d", cells)
    with suppress(OverflowError):  # more than 64 bits
        if kinds == {int}:
            return array("q", cells)
    seen: dict[str, str] = {}
    if kinds == {str}:
        return tuple(map(seen.setdefault, cells, cells))
    return tuple([seen.setdefault(cell, cell) if type(cell) is str else cell for cell in cells])
