"""YAML read from libyaml's events, without the tree of nodes that PyYAML makes first.

What plain data seldom have (anchors, tags, merge keys, several documents, keys that are collections) and whatever is
malformed is read by PyYAML's own safe loader instead, from the start: its answers and its errors are the contract,
but for merge keys that copy more than `MERGED_LIMIT` entries, as a file of some KB could ask for millions, and for
half of a surrogate pair written as an escape, which libyaml refuses.
"""

import re
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MERGED_LIMIT = 100_000
_MERGE = "tag:yaml.org,2002:merge"

_PATTERNS: dict[str, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_constructor = SafeConstructor()


class _Unusual(Exception):
    """The text holds something that is PyYAML's to read."""


def read_yaml(text: str) -> Any:
    """What `yaml.safe_load` gives for the text, and what it raises."""
    try:
        return _document(SafeLoader(text))
    except (_Unusual, yaml.YAMLError, ValueError, TypeError, RecursionError):
        return yaml.load(text, Loader=_BoundedLoader)  # noqa: S506 - the safe loader, in C where PyYAML has it


class _BoundedLoader(SafeLoader):  # type: ignore[misc]
    """The safe loader; ConstructorError before it has merged more than the limit into one document."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._merged_count = 0
        self._merging: set[int] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Flatten what is to be merged first: only then does it show how much that is."""
        if id(node) in self._merging:  # a mapping that merges itself
            return
        self._merging.add(id(node))
        for key, merged in node.value:
            if key.tag == _MERGE:
                for each in merged.value if isinstance(merged, yaml.SequenceNode) else (merged,):
                    if isinstance(each, yaml.MappingNode):
                        self.flatten_mapping(each)
                        self._count(len(each.value), node)
        super().flatten_mapping(node)
        self._merging.discard(id(node))

    def _count(self, merged_count: int, node: yaml.MappingNode) -> None:
        self._merged_count += merged_count
        if self._merged_count > MERGED_LIMIT:
            problem = f"merge keys copy more than {MERGED_LIMIT} entries"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _document(parser: Any) -> Any:
    try:
        next_event = parser.get_event
        next_event()  # the stream's start
        if type(next_event()) is not yaml.DocumentStartEvent:
            raise _Unusual
        content = _node(next_event(), next_event)
        next_event()  # the document's end
        if type(next_event()) is not yaml.StreamEndEvent:
            raise _Unusual
        return content
    finally:
        parser.dispose()


def _node(event: Any, next_event: Any) -> Any:
    if event.anchor is not None:  # an alias has one as well
        raise _Unusual
    kind = type(event)
    if kind is yaml.ScalarEvent:
        return _scalar(event)
    if event.tag is not None:
        raise _Unusual
    if kind is yaml.SequenceStartEvent:
        entries = []
        while type(event := next_event()) is not yaml.SequenceEndEvent:
            entries.append(_node(event, next_event))
        return entries
    mapping = {}
    while type(event := next_event()) is not yaml.MappingEndEvent:
        if type(event) is not yaml.ScalarEvent or event.anchor is not None:
            raise _Unusual
        key = _scalar(event)
        mapping[key] = _node(next_event(), next_event)
    return mapping


def _scalar(event: Any) -> Any:
    if event.tag is not None:
        raise _Unusual
    value: str = event.value
    if not event.implicit[0]:  # quoted
        return value
    patterns = _PATTERNS.get(value[:1])
    if patterns is None:
        return value
    number = _DECIMAL.fullmatch(value)
    if number is not None:
        return float(value) if number[1] else int(value)
    for tag, pattern in patterns:
        if pattern.match(value):
            construct = SafeConstructor.yaml_constructors.get(tag)
            if construct is None:
                raise _Unusual
            return construct(_constructor, yaml.ScalarNode(tag, value))
    return value
