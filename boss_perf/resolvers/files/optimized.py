"""Files read in one go, parsed by compiled code, and replaced as a whole: a reader sees the old content or the new.

A new version is written beside the old one and renamed over it. With `is_durable` it is on the disk before the rename,
and the rename before the answer, with every directory that was made for it, so that neither a crash nor a power cut
leaves half a file; without, only the power cut may. POSIX only.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..protocol import ResolverMetadata, TaskRejected
from . import containment
from .contract import METADATA, FileFormat, Files, Limits, Output, Parts
from .formats import parse, render


class OptimizedFiles(Files):
    """Works on descriptors below `base_directory`, which itself may be a link and must exist when a task comes."""

    def __init__(
        self,
        base_directory: Path,
        *,
        limits: Limits | None = None,
        is_durable: bool = False,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(limits or Limits(), metadata)
        if not containment.IS_SUPPORTED:
            raise NotImplementedError("this system cannot open files relative to a directory descriptor")
        self.is_durable = is_durable
        self._base = str(base_directory.absolute())

    def read(self, parts: Parts, file_format: FileFormat) -> Any:
        """The size is asked of the open file, not of a path that may mean another by then."""
        return parse(self._bytes_of(parts)[0], file_format)

    def write(self, parts: Parts, content: Any, file_format: FileFormat) -> int:
        """Render first: what cannot be rendered leaves the old file as it is."""
        raw = render(content, file_format)
        self.check_size(len(raw))
        self._replace(parts, raw)
        return len(raw)

    def append(self, parts: Parts, addition: bytes) -> int:
        """One write in append mode; bytes that did not all fit are taken back."""
        directory = containment.open_directory(self._base, parts[:-1], make=True, is_durable=self.is_durable)
        try:
            before = _refuse_irregular(directory, parts[-1])
            self.check_size(len(addition) + (0 if before is None else before.st_size))  # a refusal makes no file
            file, state = containment.open_regular(directory, parts[-1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                self.check_size(state.st_size + len(addition))
                try:
                    _write_all(file, addition)
                except OSError:
                    os.ftruncate(file, state.st_size)
                    raise
                if self.is_durable:
                    os.fsync(file)
            finally:
                os.close(file)
            if self.is_durable and before is None:
                os.fsync(directory)
        finally:
            os.close(directory)
        return state.st_size + len(addition)

    def copy(self, source: Parts, target: Parts) -> int:
        """As reading and writing: the target appears as a whole."""
        raw, _ = self._bytes_of(source)
        self._replace(target, raw)
        return len(raw)

    def move(self, source: Parts, target: Parts) -> None:
        """One rename."""
        origin = containment.open_directory(self._base, source[:-1])
        try:
            state = containment.state_of(origin, source[-1])
            if state is None:
                raise TaskRejected("not_found", "No such file or directory")
            containment.check_regular(state, source[-1])
            goal = containment.open_directory(self._base, target[:-1], make=True, is_durable=self.is_durable)
            try:
                _refuse_irregular(goal, target[-1])
                os.replace(source[-1], target[-1], src_dir_fd=origin, dst_dir_fd=goal)
                if self.is_durable:
                    os.fsync(goal)
                    os.fsync(origin)
            finally:
                os.close(goal)
        finally:
            os.close(origin)

    def entries(self, parts: Parts) -> list[Output]:
        """One pass over the directory; what vanishes meanwhile is left out."""
        directory = containment.open_directory(self._base, parts)
        found = []
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    is_file = entry.is_file(follow_symlinks=False)
                    kind = "file" if is_file else "directory" if entry.is_dir(follow_symlinks=False) else "other"
                    with suppress(FileNotFoundError):
                        size_bytes = entry.stat(follow_symlinks=False).st_size if is_file else 0
                        found.append({"name": entry.name, "kind": kind, "size": size_bytes})
        finally:
            os.close(directory)
        return sorted(found, key=lambda each: str(each["name"]))

    def exists(self, parts: Parts) -> bool:
        """A missing directory on the way is an answer, not an error."""
        try:
            directory = containment.open_directory(self._base, parts[:-1])
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            return not parts or containment.state_of(directory, parts[-1]) is not None
        finally:
            os.close(directory)

    def make_directories(self, parts: Parts) -> None:
        """Name by name."""
        os.close(containment.open_directory(self._base, parts, make=True, is_durable=self.is_durable))

    def delete(self, parts: Parts) -> None:
        """Only what is a regular file."""
        directory = containment.open_directory(self._base, parts[:-1])
        try:
            state = containment.state_of(directory, parts[-1])
            if state is not None:
                containment.check_regular(state, parts[-1])
            os.unlink(parts[-1], dir_fd=directory)
            if self.is_durable:
                os.fsync(directory)
        finally:
            os.close(directory)

    def _bytes_of(self, parts: Parts) -> tuple[bytes, os.stat_result]:
        directory = containment.open_directory(self._base, parts[:-1])
        try:
            file, state = containment.open_regular(directory, parts[-1], os.O_RDONLY)
        finally:
            os.close(directory)
        try:
            self.check_size(state.st_size)
            raw = os.read(file, state.st_size + 1)
            while len(raw) != state.st_size and (more := os.read(file, self.limits.max_file_bytes + 1)):
                raw += more
                self.check_size(len(raw))
        finally:
            os.close(file)
        return raw, state

    def _replace(self, parts: Parts, raw: bytes) -> None:
        directory = containment.open_directory(self._base, parts[:-1], make=True, is_durable=self.is_durable)
        try:
            state = _refuse_irregular(directory, parts[-1])
            partial = f".{secrets.token_hex(8)}.partial"
            mode = 0o666 if state is None else 0o600  # until it is known whose file it is, and who may read it
            file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode, dir_fd=directory)
            try:
                try:
                    if state is not None:
                        _take_over(file, state)
                    _write_all(file, raw)
                    if self.is_durable:
                        os.fsync(file)
                finally:
                    os.close(file)
                os.replace(partial, parts[-1], src_dir_fd=directory, dst_dir_fd=directory)
            except BaseException:
                with suppress(OSError):
                    os.unlink(partial, dir_fd=directory)
                raise
            if self.is_durable:
                os.fsync(directory)
        finally:
            os.close(directory)


def _refuse_irregular(directory: int, name: str) -> os.stat_result | None:
    state = containment.state_of(directory, name)
    if state is not None:
        containment.check_regular(state, name)
    return state


def _take_over(file: int, state: os.stat_result) -> None:
    """Owner and permissions of the file before; new content is nobody's to run as another user, so setuid goes."""
    made = os.fstat(file)
    if (made.st_uid, made.st_gid) != (state.st_uid, state.st_gid):
        with suppress(OSError):
            os.fchown(file, state.st_uid, state.st_gid)
    os.fchmod(file, state.st_mode & 0o777)


def _write_all(file: int, raw: bytes) -> None:
    written = os.write(file, raw)
    if written != len(raw):
        rest = memoryview(raw)[written:]
        while rest:
            rest = rest[os.write(file, rest) :]
