"""The trees of a comparison as bytes that travel to another machine, and as folders there."""

import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.build import run_setup
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.machine.temp_folders import folder_prefix, own_folder_around
from boss_perf.measure.tree import Tree, files_of, top_of, walked
from boss_perf.model.gate import Side

LARGEST_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Parcel:
    """Trees by the folder each lies in where they come from; `setup` is run in each root, a path there."""

    trees: tuple[tuple[str, bytes], ...]
    roots: tuple[str, ...]
    setup: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Names the parcel: trees of one content, to be set up alike."""
        told = hashlib.sha256(repr((self.roots, self.setup)).encode())
        for top, content in self.trees:
            told.update(top.encode())
            told.update(hashlib.sha256(content).digest())
        return told.hexdigest()


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A parcel where it arrived: the folder of each tree by the one that it has where it came from."""

    folders: Mapping[str, Path]

    def places(self, places: Sequence[ArmPlace], *, python: str) -> tuple[ArmPlace, ...]:
        """The same places here, run by the interpreter of this machine."""
        tops = tuple(str(each) for each in self.folders.values())
        return tuple(
            replace(
                place, root=Path(self._here(str(place.root))), path=tuple(map(self._here, place.path)), python=python,
                elsewhere=tops if place.elsewhere else (),
            )
            for place in places
        )  # fmt: skip

    def remove(self) -> None:
        """Remove it from the disk."""
        for folder in self.folders.values():
            shutil.rmtree(folder.parent, ignore_errors=True)

    def _here(self, path: str) -> str:
        for top, folder in self.folders.items():
            if Path(path).is_relative_to(top):
                return str(folder / Path(path).relative_to(top))
        return path


def pack(places: Sequence[ArmPlace], *, setup: tuple[str, ...] = ()) -> Parcel:
    """The trees around these places; MeasureError when they are too large to travel.

    What git ignores stays behind, except in the tool's own copies, where it is what a set-up command has built.
    """
    tops = list(dict.fromkeys(top_of(place.root) for place in places))
    files = {top: list(walked(top) if own_folder_around(top) else files_of(top)) for top in tops}
    size_bytes = sum((top / file).lstat().st_size for top in tops for file in files[top])
    if size_bytes > LARGEST_BYTES:
        raise MeasureError(
            f"its trees hold {size_bytes // 2**20} MiB, at most {LARGEST_BYTES // 2**20} travel to a worker",
            where=str(tops[0]), hint="let git ignore what no benchmark needs, or use shards: each checks out by itself",
        )  # fmt: skip
    return Parcel(
        trees=tuple((str(top), _packed(top, files[top])) for top in tops),
        roots=tuple(dict.fromkeys(str(place.root) for place in places)),
        setup=setup,
    )


def unpack(parcel: Parcel, *, python: str) -> Unpacked:
    """Lay the trees out in folders whose paths have one length, and set them up; MeasureError when that fails."""
    folders: dict[str, Path] = {}
    unpacked = Unpacked(folders)
    try:
        for top, content in parcel.trees:
            folders[top] = Path(tempfile.mkdtemp(prefix=folder_prefix("tree"))) / "tree"
            folders[top].mkdir()
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(folders[top], filter="tar")
        for root in parcel.roots:
            here = Path(unpacked._here(root))
            here.mkdir(parents=True, exist_ok=True)
            if parcel.setup:
                run_setup(Tree(root=here, side=Side(Path(root).name, None), python=python), parcel.setup)
    except BaseException as error:
        unpacked.remove()
        if isinstance(error, OSError | tarfile.TarError):
            raise MeasureError(f"the trees cannot be laid out: {error}") from error
        raise
    return unpacked


def _packed(top: Path, files: Sequence[str]) -> bytes:
    content = io.BytesIO()
    try:
        with tarfile.open(fileobj=content, mode="w:gz", compresslevel=1) as archive:
            for file in files:
                archive.add(top / file, arcname=file, recursive=False)
    except OSError as error:
        raise MeasureError(f"cannot be packed: {error.strerror or error}", where=str(error.filename or top)) from error
    return content.getvalue()
