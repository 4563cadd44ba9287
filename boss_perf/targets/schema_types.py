"""What a value in `targets.yaml` may look like: each shape reads a node and states its own JSON Schema.

Loader and schema come from the same shapes, so an editor and `boss-perf check` cannot disagree about a key.
A reader that complains returns None: callers go on and find the next mistake.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar, cast

from boss_perf.model.targets import Location
from boss_perf.targets.diagnostics import Complaints
from boss_perf.targets.parse_error import Misread, known_words_hint
from boss_perf.targets.yaml_nodes import Mapping, Node, Scalar, Sequence

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
JsonSchema = dict[str, object]


class Shape(Generic[T_co]):
    """The common face of all shapes; `noun` is what a complaint says was expected."""

    __slots__ = ()
    noun: str

    def read(self, node: Node, complaints: Complaints) -> T_co | None:
        """The value of `node`, None when it was complained about."""
        raise NotImplementedError

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema (draft 2020-12)."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Kind(Shape[T_co]):
    """One scalar; `parse` gets the text as written and raises Misread."""

    noun: str
    parse: Callable[[str], T_co]
    json: JsonSchema

    def read(self, node: Node, complaints: Complaints) -> T_co | None:
        """The value, None when it was complained about."""
        if not isinstance(node, Scalar):
            complaints.add(node.location, f"expected {self.noun}, not {_name(node)}")
            return None
        try:
            return self.parse(node.text)
        except Misread as misread:
            complaints.add(node.at(misread.offset), misread.message, hint=misread.hint)
            return None

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        return dict(self.json)


@dataclass(frozen=True, slots=True)
class Several(Shape[tuple[T_co, ...]]):
    """One scalar or a list of them."""

    one: Kind[T_co]

    @property
    def noun(self) -> str:  # type: ignore[override]
        """What a complaint says was expected."""
        return f"{self.one.noun} or a list of such"

    def read(self, node: Node, complaints: Complaints) -> tuple[T_co, ...] | None:
        """The value, None when it was complained about."""
        if isinstance(node, Mapping):
            complaints.add(node.location, f"expected {self.noun}, not a mapping")
            return None
        items = node.items if isinstance(node, Sequence) else (node,)
        values: list[T_co] = []
        for item in items:
            if isinstance(item, Scalar) and (item.is_null or item.is_refused):
                if item.is_null:
                    complaints.add(item.location, f"expected {self.one.noun}, found nothing")
                continue
            value = self.one.read(item, complaints)
            if value is not None:
                values.append(value)
        return tuple(values)

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        one = self.one.schema()
        return {"anyOf": [one, {"type": "array", "items": one}]}


@dataclass(frozen=True, slots=True)
class Key(Generic[T_co]):
    """A key of a table; `about` is what an editor shows beside it."""

    name: str
    shape: Shape[T_co]
    about: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A mapping that was read: values by key, and the nodes that later complaints point at."""

    values: dict[str, object]
    nodes: dict[str, Node]
    location: Location

    def get(self, key: Key[T]) -> T | None:
        """The value of a key, None when it is absent, null or was complained about."""
        return cast("T | None", self.values.get(key.name))

    def place(self, key: Key[T]) -> Location:
        """Where the key's value stands, the row's own place without it."""
        node = self.nodes.get(key.name)
        return self.location if node is None else node.location


@dataclass(frozen=True, slots=True)
class Table(Shape[Row]):
    """A mapping with known keys; every other key is a complaint."""

    noun: str
    keys: tuple[Key[object], ...] = field(default=())

    def read(self, node: Node, complaints: Complaints) -> Row | None:
        """The value, None when it was complained about."""
        if not isinstance(node, Mapping):
            if not (isinstance(node, Scalar) and node.is_refused):
                complaints.add(node.location, f"expected {self.noun} as a mapping, not {_name(node)}")
            return None
        by_name = {key.name: key for key in self.keys}
        row = Row({}, {}, node.location)
        for name, value in node.entries:
            key = by_name.get(name.text)
            if key is None:
                hint = partial(known_words_hint, name.text, by_name)
                complaints.add(name.location, f'unknown key "{name.text}"', hint=hint)
                continue
            row.nodes[key.name] = value
            if isinstance(value, Scalar) and (value.is_refused or (value.is_null and not key.is_required)):
                continue
            if isinstance(value, Scalar) and not value.text.strip():
                complaints.add(value.location, f'"{key.name}" is empty', hint=f"expected {key.shape.noun}")
                continue
            row.values[key.name] = key.shape.read(value, complaints)
        for key in self.keys:
            if key.is_required and key.name not in row.nodes:
                complaints.add(node.location, f'missing key "{key.name}" in {self.noun}', hint=key.about)
        return row

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        properties: JsonSchema = {}
        for key in self.keys:
            shape = key.shape.schema() if key.is_required else _or_null(key.shape.schema())
            properties[key.name] = {"description": key.about, **shape}
        required = [key.name for key in self.keys if key.is_required]
        schema: JsonSchema = {"type": "object", "additionalProperties": False, "properties": properties}
        return {**schema, "required": required} if required else schema


@dataclass(frozen=True, slots=True)
class Rows(Shape[tuple[Row, ...]]):
    """A list of mappings."""

    table: Table

    @property
    def noun(self) -> str:  # type: ignore[override]
        """What a complaint says was expected."""
        return f"a list, each item {self.table.noun}"

    def read(self, node: Node, complaints: Complaints) -> tuple[Row, ...] | None:
        """The value, None when it was complained about."""
        if not isinstance(node, Sequence):
            complaints.add(node.location, f"expected {self.noun}, not {_name(node)}", hint="start each item with -")
            return None
        rows = (self.table.read(item, complaints) for item in node.items)
        return tuple(row for row in rows if row is not None)

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        return {"type": "array", "items": self.table.schema()}


def _name(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.is_null else f'"{node.text[:40]}"'


def _or_null(schema: JsonSchema) -> JsonSchema:
    if "anyOf" in schema:
        return {"anyOf": [*cast("list[JsonSchema]", schema["anyOf"]), {"type": "null"}]}
    if "type" in schema:
        kinds = schema["type"]
        return {**schema, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
