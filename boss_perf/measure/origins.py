"""Whether the arms of a comparison run the code of their own trees."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.tree import Tree, home_of, is_same


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


class OriginCheck:
    """The same asked of every fork, by what each arm had loaded; that something was, of the first fork only."""

    def __init__(self, origins: Origins, arms: tuple[Tree, Tree]) -> None:
        self._origins = origins
        self._arms = arms
        self._is_first = True

    def __call__(self, loaded: Mapping[str, tuple[dict[str, str], ...]]) -> None:
        """MeasureError when an arm ran other code, or nothing of its own."""
        for index, tree in enumerate(self._arms):
            seen = [item for arms in loaded.values() for item in arms[index].items()]
            self._origins.refuse_strays(tree, seen)
            if self._is_first and loaded:
                self._origins.refuse_idle(tree, seen)
        self._is_first = self._is_first and not loaded


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
