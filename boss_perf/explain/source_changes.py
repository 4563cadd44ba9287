"""What a change did to functions: which are edited, by their syntax trees, and which lines of them are new."""

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from boss_perf.explain.call_graph import Key
from boss_perf.measure.dependencies import syntax_text
from boss_perf.measure.profile_pass import PairProfile
from boss_perf.worker.profile_messages import CallCounts, FunctionTimes, StackSamples

Answer = TypeVar("Answer", CallCounts, FunctionTimes, StackSamples, FunctionTimes | StackSamples)

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPARED_LINES = 2_000


@dataclass(frozen=True)
class FunctionSource:
    """One function, or all of one name: its nodes, its text, and the lines it spans, from 1."""

    nodes: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]
    text: str
    first: int
    last: int

    @cached_property
    def tree(self) -> str:
        """Its syntax tree as text, without docstrings; the functions in it are compared by themselves."""
        return "".join(syntax_text(node, is_bare=True) for node in self.nodes)

    @cached_property
    def names(self) -> frozenset[str]:
        """What it reads."""
        return frozenset(
            each.id if isinstance(each, ast.Name) else each.attr
            for node in self.nodes
            for each in ast.walk(node)
            if isinstance(each, ast.Name | ast.Attribute)
        )

    def equals(self, other: "FunctionSource") -> bool:
        """Whether it does the same; texts are compared first, for trees take much longer."""
        return self.text == other.text or self.tree == other.tree


@dataclass(frozen=True, slots=True)
class SourceChanges:
    """The functions that differ between both trees, and the lines of head that the change wrote in each.

    `moved` has head's file of each function that lies in another one there.
    """

    edited: frozenset[Key] = frozenset()
    lines: Mapping[Key, tuple[int, ...]] = field(default_factory=dict)
    moved: Mapping[Key, str] = field(default_factory=dict)


def compare_sources(base: Mapping[str, str], head: Mapping[str, str]) -> SourceChanges:
    """Compare the files that either arm ran. A function is edited when its syntax tree differs, or exists once only.

    So is one that reads a name which a module or a class now binds differently: a constant has no frame of its own. Of
    a name that one file lost and another one got, the new function is compared with the old one.
    """
    changed = {file for file in base.keys() | head.keys() if base.get(file) != head.get(file)}
    rebound = {name for file in changed & base.keys() & head.keys() for name in _rebound(base[file], head[file])}
    old, new = (
        {(file, name): each for file in changed for name, each in functions_in(texts.get(file, "")).items()}
        for texts in (base, head)
    )
    moved = _moved(old.keys() - new.keys(), new.keys() - old.keys())
    came_from = {(file, key[1]): key for key, file in moved.items()}
    edited: set[Key] = set()
    lines: dict[Key, tuple[int, ...]] = {}
    for key in (old.keys() | new.keys()) - moved.keys():
        before = came_from.get(key, key)
        mine, theirs = new.get(key), old.get(before)
        if mine is None or theirs is None or not mine.equals(theirs):
            edited.add(key)
            if mine is not None:
                lines[key] = _new_lines(theirs, mine, base.get(before[0], ""), head[key[0]])
    readers = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(rebound)))})\b")
    for file in head if rebound else ():
        if readers.search(head[file]):  # to parse takes much longer
            edited.update((file, name) for name, each in functions_in(head[file]).items() if each.names & rebound)
    return SourceChanges(frozenset(edited), lines, moved)


def _moved(gone: Set[Key], come: Set[Key]) -> dict[Key, str]:
    """Where each function went whose name one file lost and one other file got."""
    lost, got = Counter(name for _, name in gone), Counter(name for _, name in come)
    files = {name: file for file, name in come}
    return {(file, name): files[name] for file, name in gone if lost[name] == got[name] == 1}


def as_in_head(profile: PairProfile, moved: Mapping[Key, str]) -> PairProfile:
    """The profile with base's functions as head knows them, where the change moved them to another file."""
    heads = {
        each.key: each
        for answer in (profile.counted[1], *(second for _, second in profile.timed))
        for each in answer.functions
    }

    def placed(answer: Answer) -> Answer:
        files = [moved.get(each.key, each.file) for each in answer.functions]
        found = (heads.get((file, each.name), each) for file, each in zip(files, answer.functions, strict=True))
        return replace(answer, functions=tuple(found))

    def in_base(pair: tuple[Answer, Answer]) -> tuple[Answer, Answer]:
        return placed(pair[0]), pair[1]

    return replace(
        profile, counted=in_base(profile.counted), timed=tuple(map(in_base, profile.timed)),
        sampled=in_base(profile.sampled), profiled=profile.profiled and in_base(profile.profiled),
    )  # fmt: skip


def functions_in(text: str) -> dict[str, FunctionSource]:
    """A module's functions by qualified name; those of one name count together. Nothing when it cannot be parsed."""
    found: dict[str, FunctionSource] = {}
    source = text.splitlines()
    for name, node in _walk(_parsed(text), ""):
        first, last = min([node.lineno, *(each.lineno for each in node.decorator_list)]), node.end_lineno or node.lineno
        known = found.get(name, FunctionSource((), "", first, last))
        written = "\n".join([known.text, *source[first - 1 : last]])
        found[name] = FunctionSource((*known.nodes, node), written, known.first, last)
    return found


def function_at(functions: Mapping[str, FunctionSource], line: int) -> str:
    """The qualified name of the innermost function of a module that spans a line, `<module>` outside of all."""
    spans = [(each.first, name) for name, each in functions.items() if each.first <= line <= each.last]
    return max(spans, default=(0, "<module>"))[1]


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield prefix + child.name, child
            yield from _walk(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _walk(child, f"{prefix}{child.name}.")
        elif not isinstance(child, ast.expr):
            yield from _walk(child, prefix)


def _rebound(base: str, head: str) -> Iterator[str]:
    """The names bound by statements of modules and classes that only one of both texts has."""
    before, after = Counter(_bindings(_parsed(base))), Counter(_bindings(_parsed(head)))
    for _, names in (before - after) + (after - before):
        yield from names


def _bindings(node: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.If | ast.Try | ast.With):
            yield from _bindings(child)
        elif isinstance(child, ast.stmt) and not isinstance(child, _FUNCTIONS):
            names = tuple(
                each.id for each in ast.walk(child) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )
            if names:
                yield ast.dump(child), names


def _new_lines(old: FunctionSource | None, new: FunctionSource, base: str, head: str) -> tuple[int, ...]:
    """The lines of a function, numbered from 1 in head's file, that base's version of it lacks."""
    mine = head.splitlines()[new.first - 1 : new.last][:_COMPARED_LINES]
    theirs = base.splitlines()[old.first - 1 : old.last][:_COMPARED_LINES] if old is not None else []
    blocks = difflib.SequenceMatcher(None, theirs, mine, autojunk=False).get_opcodes()
    return tuple(new.first + at for tag, _, _, low, high in blocks if tag != "equal" for at in range(low, high))
