"""Contents of files already read, bounded by bytes and by entries, until the file on disk is another.

A file is the same as long as its modification time in nanoseconds, its size and its inode are. Time stamps move in
steps of some milliseconds, so a file changed just before it was read could change again within the same step and look
the same: contents younger than that are given out but not kept.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .bounded import BoundedCache
from .contract import MIB, Clock, Policy

POLICY = Policy(max_entries=250, max_bytes=100 * MIB)
STAMP_STEP_NS = 50_000_000


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[int, int, int]
    content: bytes


class FileCache:
    """Bytes by path. Each lookup asks the file system for the stamp, never for the content again."""

    def __init__(
        self,
        policy: Policy = POLICY,
        *,
        clock: Clock = time.monotonic,
        wall_clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """`wall_clock_ns` is the clock that file times are told by."""
        self.entries: BoundedCache[str, _Kept] = BoundedCache(policy, size_of=_content_bytes, clock=clock)
        self._wall_clock_ns = wall_clock_ns

    def content(self, path: Path) -> bytes:
        """The bytes of the file as it is now; OSError when it cannot be read."""
        held = self._held(path)
        if held is not None:
            return held
        with path.open("rb") as opened:
            before = _stamp(os.fstat(opened.fileno()))
            content = opened.read()
            is_still = _stamp(os.fstat(opened.fileno())) == before
        if is_still and self._wall_clock_ns() - before[0] > STAMP_STEP_NS:
            self.entries.put(_key(path), _Kept(before, content))
        return content

    def held(self, path: Path) -> bytes | None:
        """The bytes if they are held and the file is unchanged."""
        try:
            return self._held(path)
        except OSError:
            return None

    def _held(self, path: Path) -> bytes | None:
        try:
            stamp = _stamp(path.stat())
        except OSError:
            self.entries.forget(_key(path))
            raise
        kept = self.entries.get_if(_key(path), lambda each: each.stamp == stamp)
        return None if kept is None else kept.content


def _key(path: Path) -> str:
    return str(path.absolute())


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_size, status.st_ino


def _content_bytes(kept: _Kept) -> int:
    return len(kept.content)
