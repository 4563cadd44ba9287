"""What a file resolver promises: nothing outside its directory is read, written or found out about.

A path is relative, with `/` between its parts; `..`, an absolute path and NUL are refused, and so is a path that goes
through a symbolic link, wherever that leads. Only regular files are read: a pipe or a device is refused. Text is UTF-8,
and line ends stay as they are. CSV is a list of rows of strings. A write makes the directories it needs.

Operations: READ, WRITE, APPEND (text and binary), DELETE, COPY, MOVE, LIST, EXISTS, MAKEDIRS, named in either case.
"""

import csv
import errno
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected, required

OPERATIONS = frozenset({"READ", "WRITE", "APPEND", "DELETE", "COPY", "MOVE", "LIST", "EXISTS", "MAKEDIRS"})
METADATA = ResolverMetadata(
    "files", "1.0.0", "reads and writes files below a directory", OPERATIONS, frozenset({"storage"})
)
MAX_FILE_BYTES = 10 * 1024 * 1024
PATH_LIMIT = 4096
"""In characters. What is made name by name can be deeper than any path can say, and then nobody else reaches it."""

Parts = tuple[str, ...]
Output = dict[str, Any]


class FileFormat(StrEnum):
    """How content and bytes relate."""

    TEXT = "text"
    BINARY = "binary"
    JSON = "json"
    CSV = "csv"
    YAML = "yaml"


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be done. Extensions are in lower case and begin with a dot; None allows all."""

    allowed_extensions: frozenset[str] | None = None
    max_file_bytes: int = MAX_FILE_BYTES
    allow_writes: bool = True
    allow_deletes: bool = False


class Files(Resolver):
    """Checks what a task asks for and leaves the rest to an arm, which gets paths as checked parts below its directory.

    Operating-system errors of an arm become ERROR results by their kind: not_found, is_directory, and so on; content
    that does not fit its format is bad_content.
    """

    def __init__(self, limits: Limits, metadata: ResolverMetadata) -> None:
        super().__init__(metadata)
        self.limits = limits
        self._answers: dict[str, Callable[[Task], Output]] = {
            "READ": self._read,
            "WRITE": self._write,
            "APPEND": self._append,
            "DELETE": self._delete,
            "COPY": self._copy,
            "MOVE": self._move,
            "LIST": self._list,
            "EXISTS": self._exists,
            "MAKEDIRS": self._makedirs,
        }

    @abstractmethod
    def read(self, parts: Parts, file_format: FileFormat) -> Any:
        """The parsed content of a regular file."""

    @abstractmethod
    def write(self, parts: Parts, content: Any, file_format: FileFormat) -> int:
        """Make or replace a file; its size in bytes. Content that does not fit the format changes nothing."""

    @abstractmethod
    def append(self, parts: Parts, addition: bytes) -> int:
        """Add to the end of a file, which is made if need be; its size in bytes."""

    @abstractmethod
    def copy(self, source: Parts, target: Parts) -> int:
        """Make or replace the target; its size in bytes."""

    @abstractmethod
    def move(self, source: Parts, target: Parts) -> None:
        """Rename a regular file; a file that was at the target is replaced."""

    @abstractmethod
    def entries(self, parts: Parts) -> list[Output]:
        """Name, kind (file, directory, other) and size of what is in a directory, by name."""

    @abstractmethod
    def exists(self, parts: Parts) -> bool:
        """Whether there is a file or directory."""

    @abstractmethod
    def make_directories(self, parts: Parts) -> None:
        """Make a directory and those above it; one that exists is fine."""

    @abstractmethod
    def delete(self, parts: Parts) -> None:
        """Remove a regular file."""

    async def answer(self, task: Task) -> Output:
        """The output of the operation; the event loop waits meanwhile, which `max_file_bytes` bounds."""
        named = required(task, "operation", str)
        answer = self._answers.get(named) or self._answers.get(named.upper())
        if answer is None:
            raise TaskRejected("unknown_operation", f"{named[:80]!r} is none of {', '.join(sorted(OPERATIONS))}")
        try:
            return answer(task)
        except OSError as error:
            said = error.strerror or str(error)
            raise TaskRejected(_KINDS.get(error.errno or 0, type(error).__name__), said) from error
        except (ValueError, TypeError, RecursionError, csv.Error, yaml.YAMLError) as error:
            raise TaskRejected("bad_content", f"{type(error).__name__}: {error}") from error

    def _read(self, task: Task) -> Output:
        path, file_format = required(task, "path", str), _format(task)
        return {"content": self.read(self._file(path), file_format), "path": path, "format": file_format.value}

    def _write(self, task: Task) -> Output:
        self._require("allow_writes")
        path, file_format = required(task, "path", str), _format(task)
        content = _content(task, file_format)
        return _written("WRITE", path, file_format, self.write(self._file(path), content, file_format))

    def _append(self, task: Task) -> Output:
        self._require("allow_writes")
        path, file_format = required(task, "path", str), _format(task)
        if file_format not in (FileFormat.TEXT, FileFormat.BINARY):
            raise TaskRejected("bad_format", f"cannot append {file_format}: only text and binary")
        content = _content(task, file_format)
        addition = content.encode() if isinstance(content, str) else content
        return _written("APPEND", path, file_format, self.append(self._file(path), addition))

    def _delete(self, task: Task) -> Output:
        self._require("allow_deletes")
        path = required(task, "path", str)
        self.delete(self._file(path))
        return {"path": path, "operation": "DELETE"}

    def _copy(self, task: Task) -> Output:
        self._require("allow_writes")
        source, target = required(task, "source", str), required(task, "target", str)
        size_bytes = self.copy(self._file(source), self._file(target))
        return {"source": source, "path": target, "size": size_bytes, "operation": "COPY"}

    def _move(self, task: Task) -> Output:
        self._require("allow_writes")
        source, target = required(task, "source", str), required(task, "target", str)
        self.move(self._file(source), self._file(target))
        return {"source": source, "path": target, "operation": "MOVE"}

    def _list(self, task: Task) -> Output:
        path = task.input_data.get("path", "")
        entries = self.entries(parts_of(path))
        return {"entries": entries, "count": len(entries), "path": path}

    def _exists(self, task: Task) -> Output:
        path = required(task, "path", str)
        return {"exists": self.exists(parts_of(path)), "path": path}

    def _makedirs(self, task: Task) -> Output:
        self._require("allow_writes")
        path = required(task, "path", str)
        self.make_directories(parts_of(path))
        return {"path": path, "operation": "MAKEDIRS"}

    def _require(self, permission: str) -> None:
        if not getattr(self.limits, permission):
            raise TaskRejected("not_allowed", f"{permission} is off")

    def _file(self, path: str) -> Parts:
        parts = parts_of(path)
        if not parts:
            raise TaskRejected("bad_path", f"{path[:200]!r} names no file")
        allowed = self.limits.allowed_extensions
        if allowed is not None:
            _, dot, extension = parts[-1].rpartition(".")
            if not dot or f".{extension.lower()}" not in allowed:
                raise TaskRejected("bad_extension", f"{parts[-1][-80:]!r} has none of {', '.join(sorted(allowed))}")
        return parts

    def check_size(self, size_bytes: int) -> None:
        """TaskRejected when a file is, or would become, larger than allowed."""
        if size_bytes > self.limits.max_file_bytes:
            raise TaskRejected("too_large", f"{size_bytes} bytes exceed {self.limits.max_file_bytes}")


def parts_of(path: Any) -> Parts:
    """The names along a path; TaskRejected for one that could lead elsewhere."""
    if not isinstance(path, str):
        raise TaskRejected("wrong_type", f"'path' must be str, not {type(path).__name__}")
    if path.startswith("/") or "\0" in path or len(path) > PATH_LIMIT:
        raise TaskRejected("bad_path", f"{path[:200]!r} is absolute, has a NUL or more than {PATH_LIMIT} characters")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if ".." in parts:
        raise TaskRejected("bad_path", f"{path[:200]!r} goes upwards")
    return parts


def refuse_link(parts: Parts) -> TaskRejected:
    """The rejection of a path that goes through a symbolic link."""
    return TaskRejected("link", f"{'/'.join(parts)[:200]!r} goes through a symbolic link")


def _format(task: Task) -> FileFormat:
    named = task.input_data.get("format", "text")
    try:
        return FileFormat(named)
    except ValueError:
        raise TaskRejected("bad_format", f"{str(named)[:80]!r} is none of {', '.join(FileFormat)}") from None


def _content(task: Task, file_format: FileFormat) -> Any:
    if file_format is FileFormat.TEXT:
        return required(task, "content", str)
    if file_format is FileFormat.BINARY:
        return required(task, "content", bytes)
    if file_format is FileFormat.CSV:
        return required(task, "content", list)
    return required(task, "content", object)


def _written(operation: str, path: str, file_format: FileFormat, size_bytes: int) -> Output:
    return {"path": path, "size": size_bytes, "operation": operation, "format": file_format.value}


_KINDS = {
    errno.ENOENT: "not_found",
    errno.EISDIR: "is_directory",
    errno.ENOTDIR: "not_directory",
    errno.EEXIST: "already_exists",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.ENOSPC: "disk_full",
    errno.EROFS: "read_only",
    errno.ENAMETOOLONG: "bad_path",
}
