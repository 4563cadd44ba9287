"""The files of one side, which of them are its product, and what it must have been built with."""

import importlib.metadata
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from boss_perf.errors import MeasureError
from boss_perf.measure.build import BUILD_HINT
from boss_perf.measure.product import BINARIES, BUILD_FILES, Product, is_bytecode, is_compiled_source, read_text
from boss_perf.measure.revision import checkout_around, git
from boss_perf.measure.tree import PROJECT_FILES, Tree, files_of, is_same, put, source_folders, walked

COMPILES = re.compile(
    r"ext_modules|Extension\(|[Cc]ython|cffi|pybind11|nanobind|maturin|meson|scikit[-_]build|setuptools[-_]rust"
)
"""What tells in a project's build files that it compiles something."""
GENERATED = re.compile(r"(?:^|\.) *(?:version[-_]file|write[-_]to) *= *[\"']([^\"']+\.py)[\"']", re.MULTILINE)
"""The modules that a build writes, as setuptools_scm, hatch-vcs and pdm call them."""
Served = tuple[tuple[str, Path], ...]


class Unbuilt(MeasureError):
    """A side would not run its own code until it is built."""


class Listing:
    """A tree with its files, relative to its folder. Folders behind links count as if they lay where the link does.

    `examiner` is the product of the side whose suite examines this one.
    """

    def __init__(self, tree: Tree, *, suite: tuple[str, ...], examiner: Product | None = None) -> None:
        self.tree = tree
        path = tree.path or source_folders(tree.root)
        named = [each for each in tree.path if each not in ("", ".") and (tree.root / each).is_dir()]
        own = [*files_of(tree.root), *(f"{each}/{file}" for each in named for file in files_of(tree.root / each))]
        self.files = tuple(dict.fromkeys(each for file in own for each in self._behind(file)))
        self.product = Product(tree.root, self.files, path=path, suite=suite, examiner=examiner)

    @cached_property
    def artefacts(self) -> tuple[str, ...]:
        """What a build left in the product and no commit holds: extensions, generated modules, data; never bytecode."""
        if checkout_around(self.tree.root) is None:
            return tuple(each for each in self.files if each in self.product and each.endswith(BINARIES))
        sources = [f"{each}/*{suffix}".lstrip("/") for each in ("", "src", *self.tree.path) for suffix in BINARIES]
        named = [f":(glob){each}" for each in sources] + [f":(literal){each}" for each in sorted(self.product.entries)]
        listed = git(self.tree.root, "ls-files", "-z", "--others", "--", *named).split("\0")
        known = set(self.files)
        return tuple(
            each
            for each in listed
            if each
            and not (is_bytecode(each) or self.product.is_suite(each))
            and (each not in known or each.endswith(BINARIES))
        )

    def has(self, file: str) -> bool:
        """Whether a file is of its product."""
        return file in self.product or file in self.artefacts

    def product_files(self) -> tuple[str, ...]:
        """The files of the product, the artefacts with them."""
        return tuple(dict.fromkeys((*(each for each in self.files if each in self.product), *self.artefacts)))

    def binaries(self) -> tuple[str, ...]:
        """The built extensions of the product."""
        return tuple(each for each in self.product_files() if each.endswith(BINARIES))

    @property
    def is_compiled(self) -> bool:
        """Whether it has sources to compile, and files that tell how."""
        own = (each for each in self.files if is_compiled_source(each) and not self.product.is_suite(each))
        return COMPILES.search(self._build_text) is not None and any(own)

    @property
    def lacks_generated(self) -> bool:
        """Whether its build writes a module that is not there, such as one with the version."""
        return any(not (self.tree.root / each).exists() for each in GENERATED.findall(self._build_text))

    @cached_property
    def _build_text(self) -> str:
        return "\n".join(read_text(self.tree.root / each) for each in PROJECT_FILES)

    def whole(self) -> Iterator[str]:
        """Every file of the whole checkout that a copy of it needs, relative to its top, links as they are."""
        top = self.tree.top
        if self.tree.is_ours:
            yield from (each for each in walked(top) if not is_bytecode(each))
            return
        yield from files_of(top)
        yield from ((self.tree.inner / each).as_posix() for each in self.artefacts)

    def put(self, file: str, tree: Tree) -> None:
        """Bring a file into another tree; what a link within this one leads to is brought instead of the link."""
        source = self.tree.root / file
        if source.is_symlink() and source.exists() and source.resolve().is_relative_to(self.tree.top.resolve()):
            source = source.resolve()
        put(source, Path(os.path.normpath(tree.root / file)), below=tree.top)

    def _behind(self, file: str) -> Iterator[str]:
        path = self.tree.root / file
        if not path.is_symlink() or not path.is_dir():
            yield file
            return
        goal = path.resolve()
        if goal.is_relative_to(self.tree.top.resolve()) and not path.parent.resolve().is_relative_to(goal):
            yield from (f"{file}/{each}" for each in walked(goal) if not is_bytecode(each))


@dataclass(frozen=True, slots=True)
class Sides:
    """Base, head, and the one whose suite examines both, which may be either; what each is served of the other's."""

    base: Listing
    head: Listing
    suite: Listing
    served: tuple[Served, Served] = ((), ())
    notes: tuple[str, ...] = ()


def sides_of(trees: Sequence[Tree], *, suite: tuple[str, ...], examining: tuple[str, ...] = ()) -> Sides:
    """Of base, of head and of the tree whose suite examines both; `examining` are the paths that this one calls so."""
    *sides, examiner = trees
    last = Listing(examiner, suite=examining or suite)
    base, head = (
        last if each.root == examiner.root else Listing(each, suite=suite, examiner=last.product) for each in sides
    )
    return Sides(base, head, last)


def refuse_shadows(base: Listing, head: Listing) -> None:
    """MeasureError for a new module of head that would take the place of another one for everything that runs.

    Of an installed one, or of head's own in another source folder, which whoever installs head may get.
    """
    for name in () if head.tree.path else sorted(head.product.doubled - base.product.doubled):
        raise MeasureError(
            f"head has a new second module {name}, and only one of the two would be measured",
            where=str(head.tree.root), hint="remove one, or name the folder to import from with --path",
        )  # fmt: skip
    new = head.product.modules - base.product.modules
    if not new:
        return
    installed = importlib.metadata.packages_distributions()
    ours = {owner for each in base.product.modules for owner in installed.get(each, ())}
    for name in sorted(new):
        owners = sorted(set(installed.get(name, ())) - ours)
        if owners or name in sys.stdlib_module_names:
            what = f"the installed {owners[0]}" if owners else "a module of Python itself"
            raise MeasureError(
                f"head's new module {name} hides {what}, so that head would not be measured with what base uses",
                where=str(head.tree.root), hint="give it another name",
            )  # fmt: skip


def unbuilt_change(base: Listing, head: Listing) -> str | None:
    """A file that differs, and whose change means nothing until something is built of it.

    Two folders that each bring a binary of their own were built by whoever made them.
    """
    binaries = [each.binaries() for each in (base, head)]
    if all(binaries) and any(not is_same(base.tree.root / each, head.tree.root / each) for each in binaries[1]):
        return None
    files = [
        each
        for each in dict.fromkeys((*head.files, *base.files))
        if not (base.product.is_suite(each) or head.product.is_suite(each))
    ]
    is_compiled = any(binaries) or any(is_compiled_source(each) for each in files)
    built = [
        each for each in files if is_compiled_source(each) or (is_compiled and PurePosixPath(each).name in BUILD_FILES)
    ]
    return next((each for each in built if not is_same(base.tree.root / each, head.tree.root / each)), None)


def wants_build(base: Listing, head: Listing) -> bool:
    """Whether both sides say that they compile something and neither did, or one lacks what its build generates."""
    is_raw = not (base.binaries() or head.binaries()) and base.is_compiled and head.is_compiled
    return is_raw or base.lacks_generated or head.lacks_generated


def served_artefacts(base: Listing, head: Listing, *, is_built: bool) -> tuple[Served, Served]:
    """What each side is served of the other's artefacts: data, and extensions whose sources are equal.

    Unbuilt where a change has not been built, or a side lacks what was: it would run other code without a word.
    """
    sides = (base, head)
    if is_built and all(each.tree.is_ours and checkout_around(each.tree.root) for each in sides):
        return (), ()  # each was built from a clean checkout: what it has is its own
    changed = unbuilt_change(base, head)
    if changed is not None and not is_built:
        message = f"{changed} differs, and until it is built neither side runs its own"
        raise Unbuilt(message, where=str(head.tree.root), hint=BUILD_HINT)
    served = []
    for name, side, other in (("base", base, head), ("head", head, base)):
        present = {*side.files, *side.artefacts}
        lacking = [each for each in other.artefacts if each not in present]
        for file in lacking:
            if file.endswith(".py") or (changed is not None and file.endswith(BINARIES)):
                message = f"{name} lacks {file}, which git ignores"
                raise Unbuilt(message, where=str(side.tree.root), hint=BUILD_HINT)
        served.append(tuple((each, other.tree.root / each) for each in lacking))
    return served[0], served[1]
