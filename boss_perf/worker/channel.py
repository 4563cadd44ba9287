"""The line between the tool and a worker: one message a line, over an inherited socket.

Messages are JSON, read back field by field: a worker is not trusted to send what it should.
"""

import dataclasses
import functools
import json
import os
import socket
import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from .messages import Message

LINE_LIMIT_BYTES = 64 * 2**20
_TYPES: dict[str, Any] = {kind.__name__: kind for kind in get_args(Message)}


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


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any]:
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
    readers = {name: _reader(each) for name, each in get_type_hints(kind).items()}

    def read(value: Any) -> Any:
        if not isinstance(value, dict) or value.keys() != readers.keys():
            raise ValueError(f"not a {kind.__name__}")
        return kind(**{name: reader(value[name]) for name, reader in readers.items()})

    return read


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{value!r} is no {kind.__name__}")
    return value


class ChannelClosed(Exception):
    """The other end is gone."""


class Channel:
    """Sends and receives messages; in a process that is forked, close it: it must not speak for its parent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")

    @classmethod
    def from_fd(cls, fd: int) -> "Channel":
        """Take over an inherited descriptor, and keep it from the processes the subject starts."""
        os.set_inheritable(fd, False)
        return cls(socket.socket(fileno=fd))

    def send(self, message: Message) -> None:
        """Send one message; ChannelClosed when nobody listens."""
        try:
            self._connection.sendall(encode(message))
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self, *, timeout_s: float | None = None) -> Message:
        """The next message; TimeoutError when none comes in time, ChannelClosed at the end or on nonsense."""
        self._connection.settimeout(timeout_s)
        try:
            line = self._reader.readline(LINE_LIMIT_BYTES)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed(str(error)) from error
        try:
            return decode(line)
        except (ValueError, TypeError, RecursionError) as error:
            raise ChannelClosed("the line ended" if not line else "not a message") from error

    def close(self) -> None:
        """Close this end; closing twice is fine."""
        self._reader.close()
        self._connection.close()
