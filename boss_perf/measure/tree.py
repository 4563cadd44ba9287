"""A tree that is compared: its folder, the files that belong to it, and how they get into another one.

What is measured lies in folders of the tool's own whose paths have one length, for a path is text on the heap: with
paths of different length two processes that do the same have different memory layouts. Nothing tells from such a path
which side it is.
"""

import contextlib
import filecmp
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.machine.temp_folders import own_folder_around
from boss_perf.measure.product import is_bytecode
from boss_perf.measure.revision import checkout_around, git
from boss_perf.model.gate import Side

LEFT_OUT = {".git", ".hg", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", ".boss-perf"}
LINKED_FROM_BYTES = 2**20
PROJECT_FILES = ("pyproject.toml", "setup.py")
NO_PROJECTS = LEFT_OUT | {"tests", "test", "docs", "examples"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One side: its folder, how it is named, the interpreter that runs it, what goes first on its import path.

    `path` is relative to the folder; empty for its `source_folders`. `options` are words for the suite's command line.
    """

    root: Path
    side: Side
    python: str
    path: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def top(self) -> Path:
        """The whole checkout, of which the folder may be a part."""
        return top_of(self.root)

    @property
    def inner(self) -> Path:
        """The folder, relative to the whole checkout."""
        return self.root.relative_to(self.top)

    @property
    def is_ours(self) -> bool:
        """Whether it lies in a folder of this process, so that a suite may run in it."""
        return own_folder_around(self.root) is not None

    def place(self, *, elsewhere: tuple[str, ...] = (), binaries: tuple[str, ...] = ()) -> ArmPlace:
        """Where its worker runs; `elsewhere` are folders that nothing may be imported from."""
        return ArmPlace(
            root=self.root, path=import_path(self.root, self.path), python=self.python,
            options=self.options, elsewhere=elsewhere, binaries=binaries,
        )  # fmt: skip


def import_path(root: Path, path: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What goes first on `sys.path` so that a tree's own code is imported: its `path`, else its `source_folders`."""
    return tuple(str(root / each) for each in path or source_folders(root))


def source_folders(root: Path) -> tuple[str, ...]:
    """What a tree's own code is imported from: its `src`, the folder itself, and the `src` of each project below.

    Projects of one repository lie at most two folders deep.
    """
    projects = {
        each.parent for name in PROJECT_FILES for depth in ("*", "*/*") for each in root.glob(f"{depth}/{name}")
    }
    sources = sorted((each / "src").relative_to(root) for each in projects if (each / "src").is_dir())
    own = (
        each.as_posix()
        for each in sources
        if not any(part in NO_PROJECTS or part.startswith(".") for part in each.parts)
    )
    return (*(("src",) if (root / "src").is_dir() else ()), "", *own)


def top_of(root: Path) -> Path:
    """The whole checkout, or copy of one, of which a folder may be a part; itself outside of any."""
    return own_folder_around(root) or checkout_around(root) or root


def files_of(root: Path) -> tuple[str, ...]:
    """What git tracks below a folder, or would; outside git all that is no other tool's; never bytecode.

    A folder in which git knows nothing is one that a repository around it ignores.
    """
    listed: list[str] = []
    with contextlib.suppress(MeasureError):
        said = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in dict.fromkeys(filter(None, said.split("\0"))):
            if _is_folder(root / name):  # a repository inside, such as a submodule
                listed += [f"{name.rstrip('/')}/{each}" for each in files_of(root / name)]
            elif _is_there(root / name):
                listed.append(name)
    return tuple(each for each in listed or walked(root) if not is_bytecode(each))


def walked(root: Path) -> Iterator[str]:
    """Every file below a folder, links as they are, without what a checkout collects beside its code."""

    def refuse(error: OSError) -> None:
        raise MeasureError(f"cannot be read: {error.strerror}", where=str(error.filename)) from error

    for folder, folders, files in os.walk(root, onerror=refuse):
        place = Path(folder)
        folders[:] = sorted(
            each for each in folders if each not in LEFT_OUT and not (place / each / "pyvenv.cfg").exists()
        )
        links = [each for each in folders if (place / each).is_symlink()]
        folders[:] = [each for each in folders if each not in links]
        found = sorted({*files, *links} - LEFT_OUT)  # `.git` is a file in a checkout of our own
        yield from ((place / each).relative_to(root).as_posix() for each in found)


def _is_folder(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISDIR(path.lstat().st_mode)
    return False


def _is_there(path: Path) -> bool:
    """Also true where nobody may look: what reads it then says so."""
    try:
        path.lstat()
    except OSError as error:
        return not isinstance(error, FileNotFoundError | NotADirectoryError)
    return True


def is_same(one: Path, other: Path) -> bool:
    """Whether two files have the same content, or two links the same goal; both missing is the same too."""
    try:
        if one.is_symlink() or other.is_symlink():
            return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return not _is_there(one) and not _is_there(other)


def stamp(path: Path) -> tuple[int, ...]:
    """What is another after a file was written, or put in the place of another."""
    found = path.lstat()
    # A file that a further tree shares has another count of links, and so another time of change.
    changed_ns = found.st_ctime_ns if found.st_nlink == 1 else 0
    return found.st_ino, found.st_size, found.st_mtime_ns, changed_ns


def put(source: Path, goal: Path, *, below: Path, is_linked: bool = False) -> None:
    """Make `goal` a copy of a file, or of a link; nothing is written through a link that lies `below` on the way.

    `is_linked`: both are ours, and a large file may be one on the disk. Sockets and the like are passed over.
    """
    make_room(goal, below=below)
    try:
        status = source.lstat()
        if stat.S_ISLNK(status.st_mode):
            goal.symlink_to(source.readlink())
        elif stat.S_ISREG(status.st_mode):
            if is_linked and status.st_size >= LINKED_FROM_BYTES:
                with contextlib.suppress(OSError):
                    os.link(source, goal)
                    return
            shutil.copy2(source, goal)
    except OSError as error:
        raise MeasureError(f"cannot be copied: {error.strerror or error}", where=str(source)) from error


def make_room(goal: Path, *, below: Path) -> None:
    """Remove what is there, and make the folders it is to lie in real ones."""
    for parent in _parents(goal, below=below):
        if parent.is_symlink() or not parent.is_dir():
            parent.unlink(missing_ok=True)
            parent.mkdir()
    if goal.is_dir() and not goal.is_symlink():
        shutil.rmtree(goal)
    goal.unlink(missing_ok=True)


def remove(file: Path, *, below: Path) -> None:
    """Remove a file, and the folders that nothing is left in; of one behind a link only the link goes."""
    parents = _parents(file, below=below)
    link = next((each for each in parents if each.is_symlink()), None)
    (link or file).unlink(missing_ok=True)
    for parent in reversed(parents):
        if parent.is_symlink() or not parent.is_dir():
            continue
        if any(parent.iterdir()):
            return
        parent.rmdir()


def _parents(path: Path, *, below: Path) -> list[Path]:
    """The folders between, the outermost first."""
    if not path.is_relative_to(below):
        return []
    return [below / each for each in reversed(path.relative_to(below).parents[:-1])]
