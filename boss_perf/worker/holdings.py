"""What a callable holds that a call may use up: queues, lists, iterators among its arguments and its surroundings."""

import array
import functools
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

_SIZED = (list, dict, set, deque, bytearray, array.array)


class Holdings:
    """The things that callables can reach at once and that hold something, with how much."""

    def __init__(self, functions: Iterable[Callable[..., Any]], arguments: Iterable[Any]) -> None:
        reachable = chain(arguments, *map(_surroundings, functions))
        self._held = [(each, left) for each in reachable if (left := _left_in(each))]

    def used_up(self) -> str | None:
        """The type of the first thing that held something and now holds nothing; None when there is none."""
        return next((type(thing).__name__ for thing, _ in self._held if not _left_in(thing)), None)

    def is_less(self) -> bool:
        """Whether anything holds less than before, and not nothing."""
        return any(0 < (_left_in(thing) or 0) < before for thing, before in self._held)


def is_empty(answer: Any) -> bool:
    """True for None, zero and what holds nothing; what else an object may say of itself is not asked."""
    kind = type(answer)
    return answer is None or (kind in (int, float, bool, str, bytes, tuple, frozenset, *_SIZED) and not answer)


def _surroundings(function: Callable[..., Any]) -> Iterator[Any]:
    while isinstance(function, functools.partial):
        yield from (*function.args, *function.keywords.values())
        function = function.func
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType | type):
        yield owner
        yield from getattr(owner, "__dict__", {}).values()
    function = getattr(function, "__func__", function)
    if isinstance(function, types.FunctionType):
        yield from (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        yield from (function.__globals__.get(name) for name in function.__code__.co_names)
        for cell in function.__closure__ or ():
            if cell != types.CellType():
                yield cell.cell_contents


def _left_in(thing: Any) -> int | None:
    """How much is left in it, None when it is nothing that is used up or does not say."""
    kind = type(thing)
    if isinstance(thing, types.GeneratorType):
        return 0 if thing.gi_frame is None else 1 if thing.gi_suspended else 2  # one that never ran has most
    if issubclass(kind, _SIZED):
        return len(thing)
    name = "qsize" if hasattr(kind, "qsize") else "__length_hint__" if hasattr(kind, "__next__") else None
    try:
        left = getattr(kind, name)(thing) if name else None
    except Exception:  # noqa: BLE001 - a stranger's object
        return None
    return left if isinstance(left, int) else None
