"""The exam: one suite, set to the product of both sides, in two trees of our own that differ in nothing else.

For a gate the suite is base's: a change is examined by the exam that stood before it. What the change did to the suite
itself is looked at apart from that, with head's own suite.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.judge.gate.terms import Declared, GateTerms
from boss_perf.measure.build import built, is_buildable
from boss_perf.measure.collection import collect_suite, shared_imports, side_by_side, that_matter
from boss_perf.measure.laid_arms import LaidArms, Origins, tops
from boss_perf.measure.listing import Listing, Sides, Unbuilt, refuse_shadows, served_artefacts, sides_of, wants_build
from boss_perf.measure.tree import Tree, is_same, put, remove
from boss_perf.measure.worktree import copied
from boss_perf.text import listed
from boss_perf.worker.messages import Collected

UNREAD = (".md", ".rst", ".lock", "targets.yaml", "LICENSE")
"""What no suite reads, so that a change of it is no edit of the exam."""


class Exam:
    """The trees of a comparison: base, head, and the one whose suite examines both, which may be either of them."""

    def __init__(self, sides: Sides, terms: GateTerms, stack: ExitStack) -> None:
        self._terms = terms
        self._stack = stack
        self._notes, self._served = sides.notes, sides.served
        self._base, self._head, self._suite = sides.base, sides.head, sides.suite
        modules = self._base.product.modules | self._head.product.modules
        self._origins = Origins(
            self._base.tree,
            self._head.tree,
            modules=modules,
            is_product=lambda file: file in self._base.product or file in self._head.product,
        )
        self._is_gate = self._suite is self._base
        other = self._head if self._is_gate else self._base if self._suite is self._head else None
        self.edited = () if other is None else self._edits(other)
        self.arms = self._arms_of(self._suite)
        self._others_tree: Tree | None = None
        self.declared = self._declare(other)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know of the suite."""
        left_out = self.declared.left_out
        others = [*self._notes]
        others += [f"{self._base.tree.side.name} alone has {', '.join(left_out)}: not measured"] if left_out else []
        others += [f"not measured in {file}: {why}" for file, why in self.declared.skipping]
        if self._tracked:
            others.append(f"numbers of no known direction are not gated: {listed(self._tracked)}")
        if not self.edited:
            return tuple(others)
        named = listed(sorted(self.edited, key=lambda each: not each.endswith(".py")))  # first what runs
        if self._is_gate:
            edited = f"the change edits the suite ({named}): base's version decides, the edit takes effect when merged"
            return (edited, *others)
        return (f"both sides ran the suite of {self._suite.tree.side.name}; the other's differs in {named}", *others)

    def arms_of_head(self) -> LaidArms:
        """Both sides with head's own suite, for what base's cannot examine."""
        if self._others_tree is None:
            return self.arms
        arms = self._arms_of(Listing(self._others_tree, suite=self._terms.suite), is_heads=True)
        self._collected(arms.base, arms.elsewhere)
        return arms

    def _arms_of(self, suite: Listing, *, is_heads: bool = False) -> LaidArms:
        """Both sides with this suite; its tree is taken as it is for the side that it is of."""
        trees = []
        for side, served in zip((self._base, self._head), self._served, strict=True):
            is_whole = side is suite or (is_heads and side is self._head)
            tree = suite.tree if is_whole and suite.tree.is_ours else self._copy(suite)
            if not is_whole:
                _replace_product(tree, suite, side)
            for file, source in served:
                put(source, tree.root / file, below=tree.top)
            trees.append(replace(tree, side=side.tree.side, python=side.tree.python))
        elsewhere = {str(top) for each in (self._base.tree, self._head.tree, *trees) for top in tops(each)}
        return LaidArms(
            *trees, elsewhere=tuple(sorted(elsewhere)), origins=self._origins, is_suite=suite.product.is_suite
        )

    def _copy(self, listing: Listing) -> Tree:
        """A tree of our own like this one; large files of one that is ours are not copied but linked."""
        tree = listing.tree
        return self._stack.enter_context(copied(tree, listing.whole(), is_linked=tree.is_ours))

    def _collected(self, tree: Tree, elsewhere: tuple[str, ...] = ()) -> Collected:
        """What the suite in a tree has; its first run, which leaves bytecode behind for all that follow."""
        collection = collect_suite(tree, self._terms.suite, elsewhere=elsewhere)
        self._origins.refuse_strays(tree, collection.origins.items())
        return collection

    def _edits(self, other: Listing) -> tuple[str, ...]:
        """The files that are no product and differ between the suite that examines and the other side's own."""
        suite = self._suite
        return tuple(
            each
            for each in dict.fromkeys((*other.files, *suite.files))
            if (
                suite.product.is_suite(each, needed=other.product.needed)
                or other.product.is_suite(each)
                or not (suite.has(each) or other.has(each))
            )
            and not each.endswith(UNREAD)
            and not each.startswith((".git", "reports/"))
            and ".dist-info/" not in each
            and not is_same(suite.tree.root / each, other.tree.root / each)
        )

    def _declare(self, other: Listing | None) -> Declared:
        """Collect the exam on both products and, where the other side's suite differs, that one."""
        base, head = side_by_side(
            lambda tree: self._collected(tree, self.arms.elsewhere), self.arms.base, self.arms.head
        )
        self.preload = shared_imports(base, head, own=self._origins.modules)
        own, own_root = (head, self.arms.head.root) if self._is_gate else (base, self.arms.base.root)
        unusable: tuple[tuple[str, str], ...] = ()
        if self.edited and other is not None:
            try:
                tree = other.tree if other.tree.is_ours else self._copy(other)
                own, own_root = self._collected(tree), tree.root
                self._others_tree = tree
            except MeasureError as error:
                unusable = ((self._terms.suite[0], f"{other.tree.side.name}'s own suite: {error}"),)
        timed = tuple(dict.fromkeys((*base.timed, *head.timed)))
        head_errors = that_matter(head.errors, self.arms.head.root)

        def chosen(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(filter(self._terms.chooses, names))

        errors = (*that_matter(own.errors, own_root), *unusable) if self._is_gate else head_errors
        more = chosen(each for each in own.timed if each not in timed)
        kept = {*own.timed, *(each for each in own.names if each not in base.timed)}
        gone = chosen(each for each in base.names if each not in kept) if self._is_gate else more
        is_edited = self._is_gate and bool(self.edited)
        self._tracked = chosen(
            dict.fromkeys(each.workload for each in (*base.workloads, *head.workloads) if each.kind == "track")
        )
        return Declared(
            names=chosen(timed),
            added=more if self._is_gate else (),
            left_out=() if self._is_gate or self._terms.looks_back else more,
            collected=tuple(dict.fromkeys((*timed, *own.names, *head.names))),
            removed=frozenset(gone) if self._is_gate or self._terms.looks_back else frozenset(),
            skipped=_skips(own, base) if is_edited else {},
            revised=frozenset(own.timed) if is_edited else frozenset(),
            unknown_to_base=frozenset(timed) - frozenset(base.timed if self._is_gate else own.timed),
            errors=errors,
            base_errors=that_matter(base.errors, self.arms.base.root),
            skipping=tuple(
                dict.fromkeys(
                    (
                        *that_matter(base.skipped, self.arms.base.root),
                        *that_matter(head.skipped, self.arms.head.root),
                    )
                )
            ),
            places={each.workload: (each.file, each.line) for each in (*base.workloads, *own.workloads)},
        )


@contextmanager
def prepare(base: Tree, head: Tree, *, suite: Tree, terms: GateTerms, is_built: bool) -> Iterator[Exam]:
    """The exam for the time of the block; `is_built`: a set-up command has built both sides."""
    with ExitStack() as stack:
        yield Exam(_ready_sides((base, head, suite), terms, is_built=is_built, stack=stack), terms, stack)


def _ready_sides(trees: tuple[Tree, Tree, Tree], terms: GateTerms, *, is_built: bool, stack: ExitStack) -> Sides:
    """The sides of base, head and the suite's tree, built where they must be; `is_built`: they have been already.

    What a change of compiled sources needs, and nobody named a command for, is built as the project itself says.
    MeasureError, with the words of the build that failed, where a side would not run its own code.
    """
    sides = sides_of(trees, suite=terms.suite, examining=terms.examining)
    refuse_shadows(sides.base, sides.head)
    needed: Unbuilt | None = None
    try:
        sides = replace(sides, served=served_artefacts(sides.base, sides.head, is_built=is_built))
    except Unbuilt as unbuilt:
        needed = unbuilt
    if needed is not None and (is_built or not all(map(is_buildable, trees))):
        raise needed
    if needed is None and (is_built or not wants_build(sides.base, sides.head)):
        return sides
    try:
        made = {each.root: built(stack.enter_context(copied(each))) for each in dict.fromkeys(trees)}
    except MeasureError as error:
        if needed is not None:
            raise MeasureError(f"{needed.message}; {error.message}", where=error.where, hint=error.hint) from error
        return replace(sides, notes=(f"measured as it lies in the repository: {error.message}",))
    how = made[trees[0].root][1]
    built_sides = sides_of([made[each.root][0] for each in trees], suite=terms.suite, examining=terms.examining)
    return replace(built_sides, notes=(f"each side was built by {how}",))


def _replace_product(tree: Tree, suite: Listing, side: Listing) -> None:
    """Take the suite's own product out of a copy of its tree, and put a side's in."""
    for file in suite.product_files():
        remove(Path(os.path.normpath(tree.root / file)), below=tree.top)
    for file in side.product_files():
        if not suite.product.is_suite(file, needed=side.product.needed):
            side.put(file, tree)
    tree.root.mkdir(parents=True, exist_ok=True)


def _skips(own: Collected, base: Collected) -> Mapping[str, str]:
    """The benchmarks that the marks of head's own suite skip and those of base's do not, with the reason."""
    before = {each.workload: each.skip for each in base.workloads}
    return {each.workload: each.skip for each in own.workloads if each.skip and before.get(each.workload) == ""}
