"""YAML text as a tree in which every node knows its line and column and every scalar stays as it was written.

Nothing is resolved: `12:30`, `no`, `010` and `1e3` are these characters. Refused, because a file of promises needs
none of it and a stranger may have written it: aliases and anchors, tags, several documents, nesting past 50 levels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from boss_perf.model.targets import Location
from boss_perf.targets.diagnostics import Diagnostics

MAX_DEPTH_COUNT = 50
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A leaf as written; `is_refused` stands for something already complained about: readers pass over it."""

    text: str
    location: Location
    is_null: bool = False
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in file order; a duplicate key was complained about and left out."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    location: Location


Node = Scalar | Sequence | Mapping


def read_tree(text: str, diagnostics: Diagnostics) -> Node:
    """The one document of `text`; TargetsError at once where the syntax ends all reading, else diagnostics noted."""
    unprintable = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if unprintable is not None:
        before = text[: unprintable.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        diagnostics.add(
            Location(diagnostics.path, line, column),
            f"control character U+{ord(unprintable[0]):04X}",
            hint='remove it, or write it escaped in double quotes, as in "\\x1b"',
        )
        raise diagnostics.error()
    try:
        return _TreeReader(text, diagnostics).document()
    except yaml.MarkedYAMLError as error:
        place = _location(error.problem_mark or error.context_mark, diagnostics.path)
        diagnostics.add(place, f"not YAML: {error.problem or error.context or 'syntax error'}", hint=_hint(error))
    except yaml.YAMLError as error:
        diagnostics.add(Location(diagnostics.path, 1, 1), f"not YAML: {error}")
    raise diagnostics.error()


def _location(mark: Any, path: str) -> Location:
    return Location(path, 1, 1) if mark is None else Location(path, mark.line + 1, mark.column + 1)


def _hint(error: yaml.MarkedYAMLError) -> str:
    if "tab" in str(error.problem) or "\\t" in str(error.problem):
        return "indent with spaces, not tabs"
    context = f"{error.context}; " if error.context and error.problem else ""
    return f"{context}put a text that holds : # {{ [ or starts with % @ ` > in quotes"


class _TreeReader:
    def __init__(self, text: str, diagnostics: Diagnostics) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self._diagnostics = diagnostics
        self._depth = 0

    def document(self) -> Node:
        first = next(self._events)
        while isinstance(first, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            return Scalar("", self._place(first), is_null=True)
        root = self._node(first)
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._diagnostics.add(self._place(event), "a second document", hint="keep one document, without ---")
                break
        return root

    def _place(self, event: yaml.Event) -> Location:
        return _location(event.start_mark, self._diagnostics.path)

    def _node(self, event: yaml.Event) -> Node:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            self._diagnostics.add(place, f"alias *{event.anchor}", hint="write the value out; aliases are not read")
            return Scalar("", place, is_refused=True)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None:
            self._diagnostics.add(place, f"anchor &{anchor}", hint="remove it; anchors and aliases are not read")
        if tag is not None:
            self._diagnostics.add(place, f"tag {tag}", hint="remove it; values are read as their key expects")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, place, is_null=not event.style and event.value in _NULLS)
        self._depth += 1
        if self._depth > MAX_DEPTH_COUNT:
            self._diagnostics.add(place, f"nested deeper than {MAX_DEPTH_COUNT} levels", hint="targets need 4 levels")
            raise self._diagnostics.error()
        node = self._sequence(place) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(place)
        self._depth -= 1
        return node

    def _sequence(self, place: Location) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return Sequence(tuple(items), place)

    def _mapping(self, place: Location) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, value = self._node(event), self._node(next(self._events))
            if not isinstance(key, Scalar):
                self._diagnostics.add(key.location, "a key must be a word, not a list or a mapping")
            elif key.text in entries and not key.is_refused:
                first = entries[key.text][0].location.line
                self._diagnostics.add(
                    key.location, f'duplicate key "{key.text}"', hint=f"first at line {first}; keep one of them"
                )
            elif not key.is_refused:
                entries[key.text] = (key, value)
        return Mapping(tuple(entries.values()), place)
