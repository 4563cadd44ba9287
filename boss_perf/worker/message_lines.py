"""Messages as JSON lines, read back field by field: a worker is not trusted to send what it should."""

import dataclasses
import json
import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Union, get_args, get_origin

from .messages import Message

_TYPES: dict[str, type[Message]] = {kind.__name__: kind for kind in get_args(Message)}


def encode(message: Message) -> bytes:
    """The message as one line."""
    return _encode([type(message).__name__, message]).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message of a line; ValueError when it is none."""
    said = _decode(line.decode())
    if not isinstance(said, list) or len(said) != 2 or said[0] not in _TYPES:
        raise ValueError("not a message")
    message: Message = _reader(_TYPES[said[0]])(said[1])
    return message


def _fields(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}


# Bound once: a suite may replace `json.dumps` and `json.loads` while a test waits.
_encode = json.JSONEncoder(default=_fields, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode

_READERS: dict[Any, Callable[[Any], Any]] = {}


def _reader(kind: Any) -> Callable[[Any], Any]:
    """What turns a JSON value into one of this type, made once."""
    if kind not in _READERS:
        _READERS[kind] = _new_reader(kind)
    return _READERS[kind]


def _new_reader(kind: Any) -> Callable[[Any], Any]:
    """What turns a JSON value into one of this type, or raises ValueError."""
    arguments = get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(kind)
    if get_origin(kind) in (Union, types.UnionType):
        inner = _reader(next(each for each in arguments if each is not type(None)))
        return lambda value: None if value is None else inner(value)
    if get_origin(kind) is dict:
        inner = _reader(arguments[1])
        return lambda value: {name: inner(each) for name, each in _checked(value, dict).items()}
    if get_origin(kind) is tuple:
        if arguments[-1] is Ellipsis:
            inner = _reader(arguments[0])
            return lambda value: tuple(map(inner, _checked(value, list)))
        parts = tuple(map(_reader, arguments))
        return lambda value: tuple(part(each) for part, each in zip(parts, _checked(value, list), strict=True))
    if kind is float:
        return lambda value: float(value) if type(value) is int else _checked(value, float)
    if issubclass(kind, StrEnum):
        return lambda value: kind(value)
    return lambda value: _checked(value, kind)


def _dataclass_reader(kind: Any) -> Callable[[Any], Any]:
    readers = {each.name: _reader(each.type) for each in dataclasses.fields(kind)}

    def read(value: Any) -> Any:
        if not isinstance(value, dict) or value.keys() != readers.keys():
            raise ValueError(f"not a {kind.__name__}")
        return kind(**{name: reader(value[name]) for name, reader in readers.items()})

    return read


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{value!r} is no {kind.__name__}")
    return value
