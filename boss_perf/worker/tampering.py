"""Notices when a suite replaces what measures it: the worker's own clocks, loops and functions."""

import gc
import sys
import types
from typing import Any

PACKAGE = "boss_perf_worker"


class Tampered(AssertionError):
    """Something in the measured process replaced a part of the worker."""


class Seal:
    """Remembers the worker's modules as they were before any conftest ran."""

    def __init__(self) -> None:
        self._before = _parts()
        self._gc = gc.collect

    def check(self) -> None:
        """Tampered when a function, class or constant of the worker is another one now."""
        now = _parts()
        for name, part in self._before.items():
            if now.get(name) is not part:
                raise Tampered(f"{name} was replaced while the suite ran: its figures cannot be believed")
        if gc.collect is not self._gc:
            raise Tampered("gc.collect was replaced while the suite ran")


def _parts() -> dict[str, Any]:
    """Functions, clocks and classes of the worker by their dotted name, and the code of each function."""
    parts: dict[str, Any] = {}
    for module_name, module in list(sys.modules.items()):
        if not module_name.startswith(PACKAGE) or module is None:
            continue
        for name, part in vars(module).items():
            if isinstance(part, types.ModuleType) or name.startswith("__"):
                continue
            if callable(part):
                parts[f"{module_name}.{name}"] = part
            if isinstance(part, type) and part.__module__ == module_name:
                for method_name, method in vars(part).items():
                    if isinstance(method, types.FunctionType):
                        parts[f"{module_name}.{name}.{method_name}"] = method.__code__
            elif isinstance(part, types.FunctionType):
                parts[f"{module_name}.{name}()"] = part.__code__
    return parts
