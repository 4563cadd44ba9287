"""Where a project keeps its things: the targets file, its root, its history, its interpreter."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boss_perf.cli.streams import say
from boss_perf.errors import TargetsError, UsageError
from boss_perf.measure.machine.lock import machine_lock
from boss_perf.measure.revision import home_of, is_tracked
from boss_perf.model.environment import PASSED_ON
from boss_perf.model.targets import RunPolicy, TargetSet
from boss_perf.store.history import History
from boss_perf.targets.loader import LARGEST_BYTES, parse_targets
from boss_perf.text import visible_line

if TYPE_CHECKING:
    from boss_perf.fleet.cluster import Cluster

OWN_ENVIRONMENTS = (".venv", "venv")


@dataclass(frozen=True, slots=True)
class Project:
    """A targets file that could be read, and the folder it stands in."""

    target_set: TargetSet
    root: Path


def read_project(path: Path) -> Project:
    """Read and check the targets file; TargetsError lists every complaint."""
    content = read_bytes(path, if_missing="`boss-perf init` writes one, --targets names another")
    return Project(parse_targets(content, path=str(path)), path.resolve().parent)


def repository_folder(targets: Path) -> Path:
    """Where a suite is gated: beside the targets file, else here."""
    return targets.resolve().parent if targets.exists() else Path.cwd()


def targets_of(root: Path, targets: Path) -> TargetSet | None:
    """What the file of that name promises in one tree; None where there is none."""
    place = root / targets.name
    return read_project(place).target_set if place.exists() else None


def pass_on(policy: RunPolicy) -> None:
    """Let what is measured from now on have the variables that the policy names; in a gate that is base's policy."""
    if policy.environment:
        os.environ[PASSED_ON] = ",".join([*filter(None, [os.environ.get(PASSED_ON)]), *policy.environment])


def read_bytes(path: Path, *, if_missing: str | None = None) -> bytes:
    """The file's content, or as much of it as shows that it is too large; TargetsError where there is none.

    `if_missing` is what to do then.
    """
    try:
        if not path.exists():
            raise TargetsError("no such file", where=str(path), hint=if_missing)
        if not path.is_file():
            raise TargetsError("not a file", where=str(path))
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise TargetsError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _store_address(root: Path, store: str | None) -> str:
    """Where the history is: what the flag says, else the environment, else the project's own file."""
    return store or os.environ.get("BOSS_PERF_DB") or str(root / ".boss-perf" / "history.db")


def open_history(root: Path, store: str | None, *, create: bool = True) -> History:
    """Open the history; StoreError when it cannot be used."""
    return History.open(_store_address(root, store), create=create)


def open_evidence(root: Path, store: str | None, *, may_be_missing: bool = False) -> History:
    """Open the history to judge by; an empty one in place of a file that a change could have written.

    `may_be_missing`: also in place of one that is not there.
    """
    address = _store_address(root, store)
    file = address.removeprefix("sqlite:///")
    if "://" in file:
        return History.open(address, create=False)
    if may_be_missing and not Path(file).exists():
        return History.open(":memory:")
    if is_tracked(Path(file)):
        say(
            f"{visible_line(file)}: git tracks it, so a change could have written it: nothing in it is believed\n"
            "    `git rm --cached` it, have git ignore it, and measure again",
            err=True,
        )
        return History.open(":memory:")
    return History.open(address, create=False)


def interpreter(named: Path | None, root: Path) -> str:
    """The command of the interpreter for a tree: the named one, where a path is meant from here, else the project's.

    That is the activated environment's, else the checkout's own, and the tool's where the tool lies within either. An
    environment without pytest runs no suite, so it is not meant. UsageError for a broken one.
    """
    if named is not None:
        return str(named if named.name == str(named) else named.absolute())
    home = home_of(root) or root
    active = os.environ.get("VIRTUAL_ENV")
    folders = [Path(active)] if active else [home / name for name in OWN_ENVIRONMENTS]
    if any(Path(sys.prefix).resolve().is_relative_to(each.resolve()) for each in (*folders, home)):
        return sys.executable
    for folder in folders:
        python = folder / "bin" / "python"
        if not (folder / "pyvenv.cfg").is_file():
            continue
        if not python.exists():
            gone = (
                f"its python leads to {python.resolve()}, which is gone" if python.is_symlink() else "it has no python"
            )
            raise UsageError(
                f"the environment is broken: {gone}", where=str(folder),
                hint="make it anew, or name an interpreter: --python",
            )  # fmt: skip
        if any(folder.glob("lib*/python*/site-packages/pytest")):
            return str(python.absolute())
    return sys.executable


@contextmanager
def machine_or_cluster(purpose: str, address: str | None, *, setup: tuple[str, ...] = ()) -> Iterator["Cluster | None"]:
    """What measures for the time of the block: the cluster that a flag names, else this machine, held, and None."""
    if address is None:
        with machine_lock(purpose):
            yield None
        return
    try:
        from boss_perf.fleet.cluster import connected
    except ImportError as missing:
        raise UsageError(f"--on needs {missing.name}", hint="pip install 'boss-perf[fleet]'") from missing
    with connected(address, setup=setup) as cluster:
        yield cluster


def require_positive(name: str, number: float | None) -> None:
    """UsageError unless the number is above zero, or was not given."""
    if number is not None and not number > 0:
        raise UsageError(f"{name} must be above zero, not {number:g}")
