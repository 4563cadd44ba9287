"""YAML read from libyaml's events, without the tree of nodes that PyYAML makes first.

What plain data seldom have (anchors, tags, merge keys, several documents, keys that are collections) and whatever is
malformed is read by PyYAML's own safe loader instead, from the start: its answers and its errors are the contract.
"""

import re
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

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
        return yaml.load(text, Loader=SafeLoader)  # noqa: S506 - the safe loader, in C where PyYAML has it


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
