"""What a process takes in from the repository of a root: files opened or loaded, folders listed, imports.

An audit hook hears of them and cannot be taken back, so this is watched in a process in which nothing is timed. What
C libraries open by themselves, and other processes, it does not hear of. What code of the root looks for counts too,
there or not: a module that it tries to import, a file whose presence or size it asks for.
"""

import contextlib
import functools
import importlib
import linecache
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from types import FrameType
from typing import Any

from . import SETTINGS_FILES
from .loaded_modules import loaded_files
from .messages import TakenIn

_HERE = os.path.dirname(os.path.realpath(__file__)) + os.sep
_STANDARD_LIBRARY = os.path.realpath(sysconfig.get_path("stdlib")) + os.sep
_PYTEST_MODULES = frozenset({"_pytest", "pytest", "pluggy", "iniconfig"})
_CODE_READERS = (
    "<frozen importlib", linecache.__file__, os.path.join(os.path.dirname(importlib.__file__), "metadata"),
)  # fmt: skip
_LISTINGS = frozenset({"os.listdir", "os.scandir"})
_LOOKS = ("stat", "lstat", "access", "readlink")
_OPENS = frozenset({"open", "ctypes.dlopen", "sqlite3.connect"})
_MAKINGS = {"os.mkdir": 0, "os.rename": 1}
"""What else puts a name into a folder, and which argument is the name."""


class Watch:
    """Hears of everything from its making on."""

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root) + os.sep
        self._repository = _repository_of(self._root)
        self._opened: set[str] = set()
        self._read: set[str] = set()
        self._written: set[str] = set()
        self._made: set[str] = set()
        self._looked_for: set[str] = set()
        self._listed: set[str] = set()
        sys.addaudithook(self._hear)
        sys.meta_path.append(self)  # asked last, for what no other finds
        for name in _LOOKS:  # no event tells of these
            self._note_looks(name)

    def find_spec(self, name: str, path: Sequence[str] | None = None, _target: Any = None) -> None:
        """Note where a module would lie that the root's own code asks for; it finds none."""
        with contextlib.suppress(Exception):
            if self._is_asked_by_root(sys._getframe(1)):
                for folder in sys.path if path is None else path:
                    place = self._below(os.path.join(folder or ".", name.rpartition(".")[2]))
                    if place is not None:
                        self._opened.update(place + each for each in (*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES))
                        self._listed.add(place)

    def told(self) -> TakenIn:
        """Everything so far: files and folders relative to root, and the top-level modules from elsewhere.

        A folder in which the process leaves new files is its output, whoever lists it.
        """
        loaded = loaded_files(root=self._root)
        files = {each for each in loaded.values() if not os.path.isabs(each)} | self._opened
        files |= self._looked_for - self._written
        sources = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        files |= {place for each in sources if isinstance(each, str) and (place := self._below(each))}
        outputs = {os.path.dirname(each) or "." for each in self._made if os.path.lexists(self._root + each)}
        for name, file in loaded.items():
            files.update(self._earlier_places(name, file))
        below = {name.split(".", 1)[0] for name in loaded}
        return TakenIn(
            tuple(sorted(each for each in files if not os.path.normpath(self._root + each).startswith(_HERE))),
            tuple(sorted(self._read - {*loaded.values()})),
            tuple(sorted(self._listed - outputs)),
            tuple(sorted({name.split(".", 1)[0] for name in list(sys.modules)} - below)),
        )

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _OPENS or event in _LISTINGS or event in _MAKINGS:
            with contextlib.suppress(Exception):  # raised here, it would forbid what the workload is about to do
                self._note(event, args)

    def _note(self, event: str, args: tuple[Any, ...]) -> None:
        asked: Any = args[_MAKINGS.get(event, 0)] if args else None
        path = self._below("." if asked is None else asked)
        if path is None:
            return
        asker = _asker(sys._getframe(2))
        if event in _LISTINGS:
            if asker not in _PYTEST_MODULES and asker != "importlib":
                self._listed.add(path or ".")
        elif event in _MAKINGS or _is_output(event, args):
            self._written.add(path)
            self._made.update(() if os.path.lexists(asked) else (path,))
        elif path not in self._written and not (asker in _PYTEST_MODULES and os.path.basename(path) in SETTINGS_FILES):
            self._opened.add(path)
            if path.endswith(".py") and asker not in _PYTEST_MODULES and asker != "importlib":
                self._read.add(path)

    def _earlier_places(self, name: str, file: str) -> Iterator[str]:
        """Where below root a top-level module would be found before the file that it was loaded from, were it there."""
        for folder in self._search_path() if "." not in name else ():
            place = self._below(os.path.join(folder, name))
            if place is not None:
                package = f"{place}/__init__.py"
                if file == package:
                    return
                yield from (package, *(place + each for each in EXTENSION_SUFFIXES))
                if file == f"{place}.py":
                    return
                yield f"{place}.py"

    def _search_path(self) -> Iterator[str]:
        """Where imports look: before the root itself in its `src`, once there is one."""
        for folder in sys.path:
            if os.path.realpath(folder or ".") + os.sep == self._root:
                yield f"{self._root}src"
            yield folder or "."

    def _note_looks(self, name: str) -> None:
        """Put a function that notes what the root's own code looks for in the place of one of `os`."""
        inner = getattr(os, name)

        @functools.wraps(inner)
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            with contextlib.suppress(Exception):
                if self._is_asked_by_root(sys._getframe(1)) and (place := self._below(path)):
                    self._looked_for.add(place)
            return inner(path, *args, **kwargs)

        setattr(os, name, look)
        for able in (os.supports_dir_fd, os.supports_fd, os.supports_effective_ids, os.supports_follow_symlinks):
            able.update({look} if inner in able else ())

    def _is_asked_by_root(self, frame: FrameType | None) -> bool:
        """Whether code of the root, and not this package's, asks for what a frame of the standard library does."""
        while frame is not None and _is_standard(frame):
            frame = frame.f_back
        if frame is None or frame.f_globals is globals() or frame.f_code.co_filename.startswith(_HERE):
            return False
        return self._below(frame.f_code.co_filename) is not None

    def _below(self, path: Any) -> str | None:
        """The path relative to root as it was asked for, links and all, the source for compiled code.

        None for what is no file of the repository.
        """
        if isinstance(path, int):
            return None
        folder, name = os.path.split(os.path.abspath(os.fsdecode(path)))
        if os.path.basename(folder) == "__pycache__":
            folder, name = os.path.dirname(folder), name.split(".", 1)[0] + ".py"
        if not f"{folder}{os.sep}".startswith(self._repository):
            folder = os.path.realpath(folder)
        whole = os.path.join(folder, name)
        parts = os.path.relpath(whole, self._root).split(os.sep)
        is_ours = f"{whole}{os.sep}".startswith(self._repository) and not whole.startswith(_STANDARD_LIBRARY)
        is_ours = is_ours and not {"site-packages", ".git"} & {*parts}
        is_metadata = any(part.endswith((".egg-info", ".dist-info")) for part in parts)  # of a version, kept beside
        return "/".join(parts) if is_ours and not is_metadata else None


def _repository_of(root: str) -> str:
    """The folder that git keeps root in, root itself where there is none; both end with a separator."""
    above = root
    while above != os.sep and not os.path.exists(f"{above}.git"):
        above = os.path.join(os.path.dirname(above.rstrip(os.sep)), "")
    return root if above == os.sep else above


def _is_output(event: str, args: tuple[Any, ...]) -> bool:
    """Whether a file is made or written anew: what the workload finds there is its own doing."""
    if event != "open":
        return event == "sqlite3.connect" and not os.path.exists(args[0])
    mode, flags = args[1] or "", args[2]
    return bool(set(str(mode)) & {"w", "x"} or flags & (os.O_TRUNC | os.O_EXCL) or flags & os.O_ACCMODE == os.O_WRONLY)


def _asker(frame: FrameType | None) -> str:
    """The top-level module on whose behalf the standard library acts, `importlib` for an import or a line to show."""
    while frame is not None and _is_standard(frame):
        if frame.f_code.co_filename.startswith(_CODE_READERS):
            return "importlib"
        frame = frame.f_back
    return "" if frame is None else str(frame.f_globals.get("__name__", "")).split(".", 1)[0]


def _is_standard(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith("<frozen") or (
        file.startswith(_STANDARD_LIBRARY) and "site-packages" not in file.split(os.sep)
    )
