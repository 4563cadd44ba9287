"""Both sides of a comparison, and the suite that examines them, each able to run its own code.

What a change of compiled sources needs, and nobody named a command for, is built as the project itself says.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from boss_perf.errors import MeasureError
from boss_perf.measure.build import built, is_buildable
from boss_perf.measure.listing import Listing, Served, Unbuilt, refuse_shadows, served_artefacts, wants_build
from boss_perf.measure.tree import Tree
from boss_perf.measure.worktree import copied

Trees = tuple[Tree, Tree, Tree]


@dataclass(frozen=True, slots=True)
class Sides:
    """Base, head, and the one whose suite examines both, which may be either; what each is served of the other's."""

    base: Listing
    head: Listing
    suite: Listing
    served: tuple[Served, Served] = ((), ())
    notes: tuple[str, ...] = ()


def ready_sides(trees: Trees, suite: Sequence[str], *, is_built: bool, stack: ExitStack) -> Sides:
    """The sides of base, head and the suite's tree, built where they must be; `is_built`: they have been already.

    MeasureError, with the words of the build that failed, where a side would not run its own code.
    """
    sides = _sides_of(trees, suite)
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
    base, head, examiner = (made[each.root][0] for each in trees)
    how = made[trees[0].root][1]
    return replace(_sides_of((base, head, examiner), suite), notes=(f"each side was built by {how}",))


def _sides_of(trees: Trees, suite: Sequence[str]) -> Sides:
    known = {each.root: Listing(each, suite=tuple(suite)) for each in dict.fromkeys(trees)}
    base, head, examiner = (known[each.root] for each in trees)
    return Sides(base, head, examiner)
