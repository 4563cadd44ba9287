"""The declared set of a gate: what base and head collect, what the change did to the suite itself."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from boss_perf.judge.gate_items import Declared, GateTerms, matches
from boss_perf.measure.collection import Collection, collect
from boss_perf.measure.worktree import lay_over, suite_paths
from boss_perf.worker.digest import text_digest

if TYPE_CHECKING:
    from boss_perf.measure.gate_run import Tree

FIXTURE_WORDS = re.compile(r"benchmark|paired|trial")


def declare(base: "Tree", head: "Tree", *, terms: GateTerms, is_base_ours: bool) -> Declared:
    """Collect both trees, each with its own suite, then lay head's suite over base where base is ours to change.

    A trial is not to be timed, unless base has a benchmark of its name: a change cannot take one out of the gate so.
    """
    ours = collect_suite(head, terms.suite)
    theirs = collect_suite(base, terms.suite)
    timed = {*ours.timed, *theirs.timed}
    before = {each.workload: each.digest for each in theirs.found}
    edited = edited_support(base.root, head.root, files=[each.file for each in (*ours.found, *theirs.found)])
    conftests = [Path(each) for each in edited if Path(each).name == "conftest.py"]
    if is_base_ours and ours.found:
        files = tuple(dict.fromkeys(each.file for each in ours.found))
        lay_over(base.root, head=head.root, paths=suite_paths(files, root=head.root))
    head_errors = _errors_that_matter(ours, head.root)
    broken = {file for file, _ in head_errors}
    return Declared(
        names=tuple(each for each in ours.names if each in timed and (terms.only is None or matches(terms.only, each))),
        collected=ours.names,
        base_names=theirs.names,
        errors=head_errors,
        base_errors=tuple(each for each in _errors_that_matter(theirs, base.root) if each[0] not in broken),
        loaded=frozenset(ours.loaded),
        plugins=ours.plugins,
        plugins_loaded=frozenset(ours.plugins_loaded),
        changed=frozenset(
            each.workload
            for each in ours.found
            if before.get(each.workload, each.digest) != each.digest
            or any(conftest.parent in Path(each.file).parents for conftest in conftests)
        ),
        edited_support=frozenset(edited),
        new=frozenset(each for each in ours.names if each not in before),
        places={each.workload: (each.file, each.line) for each in ours.found},
    )


def edited_support(base: Path, head: Path, *, files: list[str]) -> tuple[str, ...]:
    """Python files that belong to the suite, are no tests themselves, and differ between both trees; relative.

    Conftests count wherever they are above a benchmark, other modules when they lie in its test folder.
    """
    tests = set(files)
    found: dict[str, None] = {}
    for root in (head, base):
        for path in suite_paths(files, root=root):
            for source in (root / path).rglob("*.py") if (root / path).is_dir() else [root / path]:
                relative = source.relative_to(root).as_posix()
                if relative not in tests and source.suffix == ".py" and not _is_test(source):
                    found[relative] = None
    return tuple(each for each in found if _digest(base / each) != _digest(head / each))


def collect_suite(tree: "Tree", suite: tuple[str, ...]) -> Collection:
    """What a tree has of these files; MeasureError when pytest cannot run there."""
    present = tuple(each for each in suite if (tree.root / each).exists())
    return collect(tree.place(present)) if present else Collection((), ())


def _errors_that_matter(collection: Collection, root: Path) -> tuple[tuple[str, str], ...]:
    """Without the files that cannot hold a benchmark: none of the fixtures is named in them."""
    return tuple(each for each in collection.errors if _may_hold_benchmarks(root / each[0].split("::", 1)[0]))


def _may_hold_benchmarks(path: Path) -> bool:
    try:
        return (
            path.suffix != ".py" or FIXTURE_WORDS.search(path.read_text(encoding="utf-8", errors="replace")) is not None
        )
    except OSError:
        return True


def _is_test(path: Path) -> bool:
    return path.name.startswith("test_") or path.name.endswith("_test.py")


def _digest(path: Path) -> str | None:
    try:
        return text_digest(path.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        return None
