"""The line between the tool and a worker: one message a line, over an inherited socket."""

import os
import socket

from .message_lines import decode, encode
from .messages import Message

LINE_LIMIT_BYTES = 64 * 2**20


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
