"""What a value in `targets.yaml` may look like: each shape reads a node and states its own JSON Schema.

Loader and schema come from the same shapes, so an editor and `boss-perf check` cannot disagree about a key.
A reader that complains returns None: callers go on and find the next mistake.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from boss_perf.model.targets import Location
from boss_perf.targets.diagnostics import Diagnostics, ParseError, known_words_hint
from boss_perf.targets.yaml_nodes import Mapping, Node, Scalar, Sequence

JsonSchema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One scalar; `parse` gets the text as written and raises ParseError."""

    noun: str
    parse: Callable[[str], Any]
    json: JsonSchema

    def read(self, node: Node, diagnostics: Diagnostics) -> Any:
        """The value, None when it was complained about."""
        if not isinstance(node, Scalar):
            diagnostics.add(node.location, f"expected {self.noun}, not {_name(node)}")
            return None
        try:
            return self.parse(node.text)
        except ParseError as error:
            diagnostics.add(node.location, error.message, hint=error.hint)
            return None

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        return dict(self.json)


@dataclass(frozen=True, slots=True)
class Several:
    """One scalar or a list of them."""

    one: Kind

    @property
    def noun(self) -> str:
        """What a complaint says was expected."""
        return f"{self.one.noun} or a list of such"

    def read(self, node: Node, diagnostics: Diagnostics) -> tuple[Any, ...] | None:
        """The values, None when it was complained about."""
        if isinstance(node, Mapping):
            diagnostics.add(node.location, f"expected {self.noun}, not a mapping")
            return None
        values: list[Any] = []
        for item in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(item, Scalar) and item.is_null:
                diagnostics.add(item.location, f"expected {self.one.noun}, found nothing")
            elif not (isinstance(item, Scalar) and item.is_refused):
                values.append(self.one.read(item, diagnostics))
        return tuple(value for value in values if value is not None)

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        one = self.one.schema()
        return {"anyOf": [one, {"type": "array", "items": one}]}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table; `about` is what an editor shows beside it."""

    name: str
    shape: "Shape"
    about: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A mapping that was read: values by key, and the nodes that later diagnostics point at."""

    values: dict[str, Any]
    nodes: dict[str, Node]
    location: Location

    def get(self, name: str) -> Any:
        """The value of a key, None when it is absent, null or was complained about."""
        return self.values.get(name)

    def place(self, name: str) -> Location:
        """Where the key's value stands, the row's own place without it."""
        return self.nodes[name].location if name in self.nodes else self.location


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with known keys; every other key is a complaint."""

    noun: str
    keys: tuple[Key, ...]

    def read(self, node: Node, diagnostics: Diagnostics) -> Row | None:
        """The row, None when it was complained about."""
        if not isinstance(node, Mapping):
            if not (isinstance(node, Scalar) and node.is_refused):
                diagnostics.add(node.location, f"expected {self.noun} as a mapping, not {_name(node)}")
            return None
        by_name = {key.name: key for key in self.keys}
        row = Row({}, {}, node.location)
        for name, value in node.entries:
            key = by_name.get(name.text)
            if key is None:
                hint = partial(known_words_hint, name.text, by_name)
                diagnostics.add(name.location, f'unknown key "{name.text}"', hint=hint)
                continue
            row.nodes[key.name] = value
            if isinstance(value, Scalar) and (value.is_refused or (value.is_null and not key.is_required)):
                continue
            if isinstance(value, Scalar) and not value.text.strip():
                diagnostics.add(value.location, f'"{key.name}" is empty', hint=f"expected {key.shape.noun}")
                continue
            row.values[key.name] = key.shape.read(value, diagnostics)
        for key in self.keys:
            if key.is_required and key.name not in row.nodes:
                diagnostics.add(node.location, f'missing key "{key.name}" in {self.noun}', hint=key.about)
        return row

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        properties = {}
        for key in self.keys:
            shape = key.shape.schema() if key.is_required else _or_null(key.shape.schema())
            properties[key.name] = {"description": key.about, **shape}
        required = [key.name for key in self.keys if key.is_required]
        schema = {"type": "object", "additionalProperties": False, "properties": properties}
        return {**schema, "required": required} if required else schema


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of mappings."""

    table: Table

    @property
    def noun(self) -> str:
        """What a complaint says was expected."""
        return f"a list, each item {self.table.noun}"

    def read(self, node: Node, diagnostics: Diagnostics) -> tuple[Row, ...] | None:
        """The rows, None when it was complained about."""
        if not isinstance(node, Sequence):
            diagnostics.add(node.location, f"expected {self.noun}, not {_name(node)}", hint="start each item with -")
            return None
        rows = (self.table.read(item, diagnostics) for item in node.items)
        return tuple(row for row in rows if row is not None)

    def schema(self) -> JsonSchema:
        """The shape as JSON Schema."""
        return {"type": "array", "items": self.table.schema()}


Shape = Kind | Several | Table | Rows


def _name(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.is_null else f'"{node.text[:40]}"'


def _or_null(schema: JsonSchema) -> JsonSchema:
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    kinds = schema["type"]
    return {**schema, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}
