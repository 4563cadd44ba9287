"""Notices when a suite replaces what measures it: the worker's own clocks, loops and functions."""

import sys
import types
from collections.abc import Iterator
from typing import Any

from .clocks import Clocks

PACKAGE = "boss_perf_worker"


class Tampered(AssertionError):
    """Something in the measured process replaced a part of the worker."""


class Seal:
    """Remembers the worker's modules as they were before any conftest ran."""

    def __init__(self) -> None:
        self._before = _parts()

    def check(self) -> None:
        """Tampered when a function, class, table or constant of the worker is another one now, or holds another."""
        now = _parts()
        for name, part in self._before.items():
            if now.get(name) is not part:
                raise Tampered(f"{name} was replaced while the suite ran: its figures cannot be believed")


def _parts() -> dict[str, Any]:
    """What the worker consists of, by dotted name: what its modules hold, with the insides of what can be changed."""
    return {
        f"{module_name}.{name}": part
        for module_name, module in list(sys.modules.items())
        if module_name.startswith(PACKAGE) and module is not None
        for held, value in vars(module).items()
        if not held.startswith("__") and value is not None
        for name, part in _insides(held, value, module_name)
    }


def _insides(name: str, part: Any, module_name: str) -> Iterator[tuple[str, Any]]:
    yield name, part
    if isinstance(part, types.FunctionType):
        yield f"{name}()", part.__code__
        yield f"{name} defaults", part.__defaults__
    elif isinstance(part, type) and part.__module__ == module_name:
        for inner, each in vars(part).items():
            if inner not in ("__dict__", "__weakref__", "__abstractmethods__"):
                yield from _insides(f"{name}.{inner}", each, "")
    elif isinstance(part, dict):
        yield from ((f"{name}[{key!r}]", each) for key, each in part.items())
    elif isinstance(part, list | set):
        yield from ((f"{name}[{place}]", each) for place, each in enumerate(part))
    elif isinstance(part, Clocks):
        yield from ((f"{name}.{inner}", getattr(part, inner)) for inner in Clocks.__slots__)
