"""Where a project keeps its things: the targets file, its root, its history."""

import os
from dataclasses import dataclass
from pathlib import Path

from boss_perf.errors import TargetsError, UsageError
from boss_perf.model.targets import TargetSet
from boss_perf.store.history import History
from boss_perf.targets.loader import parse_targets

LARGEST_FILE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Project:
    """A targets file that could be read, and the folder it stands in."""

    target_set: TargetSet
    root: Path


def read_project(path: Path) -> Project:
    """Read and check the targets file; TargetsError lists every complaint."""
    return Project(parse_targets(read_bytes(path), path=str(path)), path.resolve().parent)


def repository_folder(targets: Path) -> Path:
    """Where a suite is gated: beside the targets file, else here."""
    return targets.resolve().parent if targets.exists() else Path.cwd()


def targets_of(root: Path, targets: Path) -> TargetSet | None:
    """What the file of that name promises in one tree; None where there is none."""
    place = root / targets.name
    return read_project(place).target_set if place.exists() else None


def read_bytes(path: Path) -> bytes:
    """The file's content; TargetsError when it is missing, unreadable, not a file, or far too large to be meant."""
    try:
        if not path.exists():
            raise TargetsError(
                "no such file", where=str(path), hint="`boss-perf init` writes one, --targets names another"
            )
        if not path.is_file():
            raise TargetsError("not a file", where=str(path))
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise TargetsError("larger than 1 MB: this is no targets file", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise TargetsError(f"cannot be read: {error.strerror}", where=str(path)) from error


def store_address(root: Path, store: str | None) -> str:
    """Where the history is: what the flag says, else the environment, else the project's own file."""
    return store or os.environ.get("BOSS_PERF_DB") or str(root / ".boss-perf" / "history.db")


def open_history(root: Path, store: str | None, *, create: bool = True) -> History:
    """Open the history; StoreError when it cannot be used."""
    return History.open(store_address(root, store), create=create)


def require_positive(name: str, number: float) -> None:
    """UsageError unless the number is above zero."""
    if not number > 0:
        raise UsageError(f"{name} must be above zero, not {number:g}")
