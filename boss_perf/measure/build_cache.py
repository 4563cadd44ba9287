"""What a build left in a tree, kept so that the same tree is built once.

An entry appears whole, by a rename, and serves only while each of its files has the digest it was kept with. It is
named by all that a build can see: every file of the tree, the command, the interpreter with what is installed there,
and the environment. What is done elsewhere, or is bound to the place it was made in, is not kept.
"""

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boss_perf.measure.machine.temp_folders import folder_prefix, is_abandoned
from boss_perf.measure.tree import put, remove, stamp, walked
from boss_perf.model.environment import measured_environment

WHOLE_BYTES = 2 * 2**30
ENTRY_BYTES = WHOLE_BYTES // 2
_MANIFEST = "manifest.json"
_PASSING = re.compile(
    r"_|PWD|OLDPWD|SHLVL|LINES|COLUMNS|HOSTNAME|(COLOR)?TERM\w*|TMPDIR|(WAYLAND_)?DISPLAY|WINDOWID|INVOCATION_ID"
    r"|JOURNAL_STREAM|(GITHUB|RUNNER|CI|BUILDKITE|BUILD|CIRCLE|SSH|XDG|DBUS|VSCODE|PYTEST|BOSS_PERF|TMUX|LS)(_\w*)?"
)
"""Variables that are others in every shell or every run of a CI system, and nothing to a build."""
_ASK = (
    "import importlib.metadata as m, sys, sysconfig; print(sys.version, sysconfig.get_platform(),"
    "*sorted(str(each.metadata['Name']) + each.version for each in m.distributions()))"
)
_BOUND_SUFFIXES = (".pth", ".egg-link")


def build_folder() -> Path:
    """Where builds are kept; BOSS_PERF_CACHE names the folder around it."""
    if named := os.environ.get("BOSS_PERF_CACHE"):
        return Path(named).absolute() / "builds"
    library = Path.home() / "Library" / "Caches" if sys.platform == "darwin" else Path.home() / ".cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or library) / "boss-perf" / "builds"


def built_once(top: Path, make: Callable[[], object], *, command: Sequence[str], python: str) -> None:
    """Have what `make` leaves in a tree, by making it where no earlier build of the same is kept.

    `command` is everything that tells one way to build from another.
    """
    before = {file: _state(top / file) for file in walked(top)}
    entry = build_folder() / _key(before, command=command, python=python)
    if _is_ours(entry.parent) and _restored(entry, top):
        return
    seen = {file: stamp(top / file) for file in before}
    make()
    with contextlib.suppress(OSError):
        _keep(entry, top, seen)


def _restored(entry: Path, top: Path) -> bool:
    """Whether an entry is whole and was put into the tree; a damaged one is dropped."""
    with _locked(entry.parent):
        if not entry.is_dir():
            return False
        try:
            manifest = json.loads((entry / _MANIFEST).read_text(encoding="utf-8"))
            files, removed = dict(manifest["files"]), list(manifest["removed"])
            is_whole = all(_state(entry / "files" / file) == state for file, state in files.items())
        except (OSError, ValueError, LookupError, TypeError):
            is_whole = False
        if not is_whole:
            shutil.rmtree(entry, ignore_errors=True)
            return False
        for file in removed:
            remove(top / file, below=top)
        for file in files:
            put(entry / "files" / file, top / file, below=top)
        os.utime(entry)
        return True


def _keep(entry: Path, top: Path, before: Mapping[str, tuple[int, ...]]) -> None:
    """Keep what differs from before, unless that is nothing, too much, or of no use in another place."""
    after = list(walked(top))
    made = [file for file in after if before.get(file) != stamp(top / file)]
    removed = sorted(set(before) - set(after))
    size_bytes = sum((top / file).lstat().st_size for file in made)
    if not (made or removed) or size_bytes > ENTRY_BYTES or _is_bound(top, made):
        return
    place = entry.parent
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_ours(place):
        return
    fresh = Path(tempfile.mkdtemp(prefix=folder_prefix("build"), dir=place))
    try:
        for file in made:
            put(top / file, fresh / "files" / file, below=fresh)
        states = {file: _state(fresh / "files" / file) for file in made}
        (fresh / _MANIFEST).write_text(json.dumps({"files": states, "removed": removed}), encoding="utf-8")
        with _locked(place):
            if not entry.exists():
                fresh.rename(entry)
            _make_room(place, newest=entry)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _make_room(place: Path, *, newest: Path) -> None:
    """Drop what has not been used for longest until all fits, and what a killed run left half-written."""
    entries = []
    for folder in place.iterdir():
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
        elif (folder / _MANIFEST).is_file() and folder != newest:
            entries.append(folder)
    left_bytes = WHOLE_BYTES - _size_bytes(newest)
    for folder in sorted(entries, key=lambda each: each.stat().st_mtime, reverse=True):
        left_bytes -= _size_bytes(folder)
        if left_bytes < 0:
            shutil.rmtree(folder, ignore_errors=True)


def _size_bytes(entry: Path) -> int:
    return sum(each.lstat().st_size for each in (entry / "files").rglob("*") if not each.is_dir())


def _is_bound(top: Path, made: Sequence[str]) -> bool:
    """Whether something leads back to the tree it was made in: an environment, an editable installation."""
    return any(top.rglob("pyvenv.cfg")) or any(
        file.endswith(_BOUND_SUFFIXES) and str(top).encode() in (top / file).read_bytes() for file in made
    )


def _is_ours(place: Path) -> bool:
    """Whether it is there, and nobody else can have written what is kept in it."""
    try:
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Keep others from using and from dropping entries meanwhile."""
    descriptor = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _key(states: Mapping[str, str], *, command: Sequence[str], python: str) -> str:
    variables = {name: text for name, text in measured_environment(os.environ).items() if not _PASSING.fullmatch(name)}
    seen: list[Any] = [sorted(states.items()), list(command), _installed(python), sorted(variables.items())]
    return hashlib.sha256(json.dumps(seen).encode("utf-8", "surrogateescape")).hexdigest()


@functools.cache
def _installed(python: str) -> str:
    """The interpreter's version and everything installed beside it."""
    try:
        done = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return python
    return f"{python} {done.stdout}"


def _state(path: Path) -> str:
    """What a file is: its content and whether it can be run, or where a link leads."""
    if path.is_symlink():
        return f"link {path.readlink()}"
    with path.open("rb") as file:
        return f"{path.stat().st_mode & 0o100} {hashlib.file_digest(file, 'sha256').hexdigest()}"
