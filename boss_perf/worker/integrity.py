"""Notices when a suite replaces what measures it: the worker's own clocks, loops and functions."""

import sys
import types
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from .clocks import CLOCKS, Clocks
from .subject import Subject

PACKAGE = "boss_perf_worker"
_OWN_STATE = {"_only", "_position", "_setup", "_teardown", "children_bytes", "cpu_ns", "is_async"}
"""What a subject itself changes while it is measured."""

Part = tuple[str, Callable[[], Any], Any]
"""A dotted name, how to look what stands there, and what stood there at first."""


class Tampered(AssertionError):
    """Something in the measured process replaced a part of the worker."""


class Seal:
    """Remembers the worker's modules as they were before any conftest ran; a check costs about a millisecond."""

    def __init__(self) -> None:
        self._borrowed = tuple(_borrowed())
        self._parts = tuple(_parts())

    def restore(self) -> None:
        """Put back what the worker borrows whole from the standard library.

        A suite's fake file system, laid over every module while a test is set up, is no concern of the worker's.
        """
        for names, name, part in self._borrowed:
            names[name] = part

    def check(self) -> None:
        """Tampered when a function, class, table or constant of the worker is another one now, or holds another."""
        for name, look, held in self._parts:
            if look() is not held:
                raise Tampered(f"{name} was replaced while the suite ran: its figures cannot be believed")


def refuse_edited(subject: Subject) -> None:
    """Tampered when a subject calls, or times with, something else than when it was made."""
    now = vars(subject)
    edited = [name for name, made in subject.as_made.items() if now[name] is not made]
    edited += [name for name in now if hasattr(type(subject), name)]
    edited = [name for name in edited if name not in _OWN_STATE]
    edited += [] if subject.cpu_ns in (CLOCKS.thread_ns, CLOCKS.process_ns) else ["cpu_ns"]
    if edited:
        raise Tampered(f"{edited[0]} of the subject was replaced while it ran: its figures cannot be believed")


def _modules() -> list[tuple[str, types.ModuleType]]:
    return [(name, each) for name, each in list(sys.modules.items()) if name.startswith(PACKAGE) and each]


def _borrowed() -> Iterator[tuple[dict[str, Any], str, Any]]:
    """The modules that the worker's hold, and `Path`: where, by which name, and what."""
    for _, module in _modules():
        for name, value in vars(module).items():
            if isinstance(value, types.ModuleType) or value is Path:
                yield vars(module), name, value


def _parts() -> Iterator[Part]:
    """What the worker consists of: its modules, what they hold, and the insides of what can be changed."""
    for module_name, module in _modules():
        yield module_name, partial(sys.modules.get, module_name), module
        for name, value in vars(module).items():
            if not name.startswith("__") and value is not None:
                yield from _held(f"{module_name}.{name}", partial(vars(module).get, name), value, module_name)


def _held(name: str, look: Callable[[], Any], part: Any, module_name: str) -> Iterator[Part]:
    yield name, look, part
    if isinstance(part, types.FunctionType):
        yield f"{name}()", partial(getattr, part, "__code__"), part.__code__
        yield f"{name} defaults", partial(getattr, part, "__defaults__"), part.__defaults__
    elif isinstance(part, type) and part.__module__ == module_name:
        for inner, each in vars(part).items():
            if inner not in ("__dict__", "__weakref__", "__abstractmethods__"):
                yield from _held(f"{name}.{inner}", partial(vars(part).get, inner), each, "")
    elif isinstance(part, dict):
        yield from ((f"{name}[{key!r}]", partial(part.get, key), each) for key, each in part.items())
    elif isinstance(part, list | set):
        yield from ((f"{name} holding {each!r}", partial(_found, part, each), each) for each in part)
    elif isinstance(part, Clocks):
        yield from (
            (f"{name}.{inner}", partial(getattr, part, inner), getattr(part, inner)) for inner in part.__slots__
        )


def _found(holder: Collection[Any], part: Any) -> Any:
    return part if part in holder else None
