"""Answers that make what they hold only when they are looked at: their work is done after the clock has stopped."""

import contextlib
import functools
import inspect
import itertools
import types
from collections.abc import Iterable
from typing import Any

from .answer_forms import fields_of, is_mapping, reduced_form

PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})
_FORM_MAKERS = ("__reduce_ex__", "__reduce__", "__getstate__", "__getattribute__")


def has_late_fields(kind: Any, answer: Any) -> bool:
    """True for a record whose fields are not simply there: code of its own makes them when they are asked for."""
    made = _made_fields(kind)
    return bool(made) and any(always or name not in getattr(answer, "__dict__", {}) for name, always in made)


@functools.cache
def has_late_form(kind: type) -> bool:
    """True for an object that code of its own makes the reduced form of."""
    return any(_is_python(kind, each) for each in _FORM_MAKERS)


def walk(answer: Any, *, limit: int) -> None:
    """Have everything made that looking at an answer would make, as far as so many items go."""
    ahead = [answer]
    while ahead and limit > 0:
        held: list[Any] = []
        with contextlib.suppress(Exception):  # what cannot be looked at is the digest's to tell
            held += itertools.islice(_held(ahead.pop()), limit)
        limit -= len(held)
        if not PLAIN.issuperset(map(type, held)):
            ahead += held


def _held(answer: Any) -> Iterable[Any]:
    kind = type(answer)
    if kind in PLAIN or isinstance(answer, type | types.ModuleType):
        return ()
    fields = fields_of(kind, answer)
    if fields is not None:
        return (each for _, each in fields)
    if hasattr(kind, "__iter__"):
        return itertools.chain.from_iterable(answer.items()) if is_mapping(kind) else answer
    if (form := reduced_form(answer)) is None:
        return getattr(answer, "__dict__", {}).values()
    arguments, named, items = form
    return itertools.chain(arguments, (each for _, each in named), items)


@functools.cache
def _made_fields(kind: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a record that code may make, and whether it does so even where the record keeps such a one."""
    names = [*getattr(kind, "__dataclass_fields__", ()), *(each.name for each in getattr(kind, "__attrs_attrs__", ()))]
    if _is_python(kind, "__getattribute__"):
        return tuple((name, True) for name in names)
    held = [(name, inspect.getattr_static(kind, name, None)) for name in names]
    made = [each for each in held if hasattr(each[1], "__get__") and type(each[1]) is not types.MemberDescriptorType]
    return tuple((name, hasattr(each, "__set__")) for name, each in made)


def _is_python(kind: type, name: str) -> bool:
    return hasattr(inspect.getattr_static(kind, name, None), "__code__")
