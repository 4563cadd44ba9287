"""Both sides as they were laid: none may run another's code, or edit what the other, or both, are measured by."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path, PurePosixPath

from boss_perf.errors import MeasureError
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.product import BINARIES
from boss_perf.measure.revision import home_of
from boss_perf.measure.tree import Tree, is_same, stamp, walked
from boss_perf.worker import SETTINGS_FILES

CODE = (".py", ".pth", *BINARIES)
"""With pytest's configuration, what decides how both arms are measured."""
MOVED_BYTES = 64 * 2**20


class Origins:
    """Two sides must be two codes: each arm runs the modules of its own tree, and none of them from elsewhere.

    `modules` are the top-level import names of both products, and `is_product` knows its files, whatever they are
    imported as.
    """

    def __init__(self, base: Tree, head: Tree, *, modules: frozenset[str], is_product: Callable[[str], bool]) -> None:
        self.modules = modules
        self._is_product = is_product
        self._sides = base, head

    def refuse_strays(self, tree: Tree, loaded: Iterable[tuple[str, str]]) -> None:
        """MeasureError when an arm runs code that is not of its own tree, unless that is the same on both sides."""
        for name, file in loaded:
            if file.startswith("/") and (self._is_own(name) or not self._is_equal(Path(file))):
                raise _stray(tree, f"{name} comes from {file}")

    def refuse_idle(self, tree: Tree, loaded: Iterable[tuple[str, str]]) -> None:
        """MeasureError when an arm ran nothing of either product."""
        if not any(self._is_own(name) or self._is_product(file) for name, file in loaded):
            wanted = f", where {', '.join(sorted(self.modules))} can be imported" if self.modules else ""
            raise _stray(tree, f"the benchmarks loaded nothing from there{wanted}")

    def _is_own(self, name: str) -> bool:
        return name.split(".", 1)[0] in self.modules

    def _is_equal(self, file: Path) -> bool:
        """Whether a file of the user's own checkouts is the same in both trees."""
        for side in self._sides:
            for top in tops(side):
                if file.is_relative_to(top):
                    one, other = (each.top / file.relative_to(top) for each in self._sides)
                    return one.exists() and is_same(one, other)
        return False


class LaidArms:
    """Two trees of our own before either is run, base's first; `elsewhere` are folders that neither may import from.

    `is_suite` tells of a path whether it is no product.
    """

    def __init__(
        self, base: Tree, head: Tree, *, elsewhere: tuple[str, ...], origins: Origins, is_suite: Callable[[str], bool]
    ) -> None:
        self.base, self.head = self._trees = base, head
        self.elsewhere = elsewhere
        self._origins = origins
        self._is_suite = is_suite
        self._has_run_own = False
        self._stamps = tuple(_stamps(each.root) for each in self._trees)
        self._contents = tuple(
            {file: _content(tree.root / file) for file in found if _is_code(file)}
            for tree, found in zip(self._trees, self._stamps, strict=True)
        )

    @property
    def places(self) -> tuple[ArmPlace, ArmPlace]:
        """Where their workers run."""
        base, head = (tree.place(elsewhere=self.elsewhere, binaries=_binaries(tree.root)) for tree in self._trees)
        return base, head

    def refuse_strays(self, loaded: Mapping[str, tuple[dict[str, str], ...]]) -> None:
        """MeasureError when an arm of a fork ran other code than its own tree's, or in the first fork nothing of it."""
        for index, tree in enumerate(self._trees):
            seen = [item for arms in loaded.values() for item in arms[index].items()]
            self._origins.refuse_strays(tree, seen)
            if loaded and not self._has_run_own:
                self._origins.refuse_idle(tree, seen)
        self._has_run_own = self._has_run_own or bool(loaded)

    def refuse_edited(self) -> None:
        """MeasureError where something is not what was laid: code that is another, or the suite's data of one arm."""
        for index, tree in enumerate(self._trees):
            before, now = self._stamps[index], _stamps(tree.root)
            for file in sorted(each for each in now if now[each] != before.get(each)):
                if self._is_edited(file, index):
                    raise MeasureError(
                        f"{file} of {tree.side.name} was edited while it was measured", where=str(tree.root),
                        hint="what is measured must write neither code nor into the other side's tree",
                    )  # fmt: skip

    def _is_edited(self, file: str, index: int) -> bool:
        """Whether that a file was written could have moved a figure; what both arms write alike could not."""
        here, there = (_content(self._trees[each].root / file) for each in (index, 1 - index))
        if file in self._contents[index]:
            return here != self._contents[index][file]
        if file in self._stamps[index]:
            return self._is_suite(file) and here != there
        return _is_code(file) and (here != there or PurePosixPath(file).name in {*SETTINGS_FILES, "conftest.py"})


def _stamps(root: Path) -> Mapping[str, tuple[int, ...]]:
    found = {}
    for file in walked(root):
        with contextlib.suppress(OSError):
            found[file] = stamp(root / file)
    return found


def _binaries(root: Path) -> tuple[str, ...]:
    """Those that every fork can move in no time, the smallest first."""
    found = sorted(((root / each).lstat().st_size, each) for each in walked(root) if each.endswith(BINARIES))
    totals_bytes = accumulate(size_bytes for size_bytes, _ in found)
    return tuple(file for (_, file), total_bytes in zip(found, totals_bytes, strict=True) if total_bytes <= MOVED_BYTES)


def _is_code(file: str) -> bool:
    return file.endswith(CODE) or PurePosixPath(file).name in SETTINGS_FILES


def _content(path: Path) -> bytes | None:
    try:
        return hashlib.blake2b(path.read_bytes()).digest()
    except OSError:
        return None


def tops(tree: Tree) -> Iterator[Path]:
    """The whole checkout of a tree, and the user's own one of its repository."""
    yield tree.top
    home = home_of(tree.root)
    if home is not None:
        yield home


def _stray(tree: Tree, why: str) -> MeasureError:
    return MeasureError(
        f"{tree.side.name} did not run the code of its own tree: {why}",
        where=str(tree.root),
        hint="an installed copy shadows it; name the source folder with --path, or a command with --setup",
    )
