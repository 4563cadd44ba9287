"""One benchmark of asv with its parameters: its set-up around it, and how its calls may be timed.

Without a set-up or teardown calls are timed in batches. With one, each call gets its own where the suite asks for it,
by `number = 1` or `warmup_time = 0`; elsewhere batches are timed after one set-up, if a proof holds that a call leaves
nothing behind that the next one finds.
"""

import contextlib
import os
import tempfile
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .answer_digest import digest_answer
from .child_process import made_in_child
from .clocks import CLOCKS
from .one_shot import OneShot
from .subject import Subject

PROOF_CALLS = 3
COLD_RATIO = 2
COLD_NS = 2_000
"""A first call may take so much longer than later ones for the set-up having run, and still do the same work."""


class SetUp:
    """The set-up of a benchmark; `is_up` while it was made and not torn down."""

    def __init__(self, benchmark: Any) -> None:
        self._benchmark = benchmark
        self.is_up = False

    def make(self) -> None:
        """Set up, unless that was done; skips the test when the benchmark says that it will not run."""
        if self.is_up:
            return
        if self._benchmark.do_setup():
            pytest.skip("asv skips it: its parameters are in skip_params, or its setup raises NotImplementedError")
        self.is_up = True

    def undo(self, *_args: Any) -> None:
        """Tear down what is up."""
        if self.is_up:
            self.is_up = False
            self._benchmark.do_teardown()


class Prepared(Subject):
    """Work whose set-up was made once already; each call gets its own from `set_up_each_call` on."""

    def __init__(self, set_up: SetUp, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        super().__init__(function, args=args)
        self._set_up = set_up

    def set_up_each_call(self) -> None:
        """Tear down and set up between any two calls."""
        self._setup, self._teardown = self._set_up.make, self._set_up.undo


class OwnProcesses(Subject):
    """Source text that is timed by an interpreter of its own for every call; nobody sees its answer or its memory."""

    @property
    def has_setup(self) -> bool:
        """Always: the start of the interpreter surrounds each call."""
        return True

    def answer(self, _index: int = 0) -> None:
        """Nothing; no process is started for it."""

    def batch(self, calls: int) -> tuple[int, int]:
        """Wall nanoseconds of so many calls, as the interpreters took them, for either clock."""
        wall_ns = sum(self.calls(calls))
        return wall_ns, wall_ns

    def calls(self, count: int) -> list[int]:
        """Wall nanoseconds of each of so many calls."""
        return [round(self.function(1) * 1e9) for _ in range(count)]


class Caches:
    """What `setup_cache` makes, once per key in a process and a folder of its own in `home`, whose owner removes it."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._made: dict[str, tuple[Any, str]] = {}

    def of(self, benchmark: Any) -> tuple[Any, str]:
        """The object, and the folder that all benchmarks of its key run in; RuntimeError when it cannot be made."""
        key = benchmark.setup_cache_key
        if key not in self._made:
            folder = tempfile.mkdtemp(prefix="asv-cache-", dir=self._home)

            def make() -> Any:
                os.chdir(folder)
                return benchmark.do_setup_cache()

            try:
                self._made[key] = made_in_child(make), folder
            except RuntimeError as error:
                raise RuntimeError(f"setup_cache: {error}") from None
        return self._made[key]


@contextlib.contextmanager
def prepared(benchmark: Any, caches: Caches, *, root: str) -> Iterator[Subject]:
    """The subject of a benchmark whose parameters are set, set up for the time of the block; skips if it says so."""
    if benchmark.setup_cache_key is not None:
        cache, folder = caches.of(benchmark)
        benchmark.set_cache(cache)
        os.chdir(folder)
    set_up = SetUp(benchmark)
    set_up.make()
    try:
        yield _subject(benchmark, set_up, root=root)
    finally:
        set_up.undo()


def _subject(benchmark: Any, set_up: SetUp, *, root: str) -> Subject:
    args = tuple(benchmark._build_params())
    if type(benchmark).__name__ == "TimerawBenchmark":
        return OwnProcesses(benchmark._get_timer(*args).timeit)
    if benchmark.type == "track":
        return OneShot(benchmark.func, args=args)
    if not benchmark._setups and not benchmark._teardowns:
        return Subject(benchmark.func, args=args)
    subject = Prepared(set_up, benchmark.func, args)
    is_asked = getattr(benchmark, "number", 0) == 1 or getattr(benchmark, "warmup_time", -1) == 0
    if is_asked or not _is_stateless(benchmark.func, args, set_up, root=root):
        subject.set_up_each_call()
    return subject


def _is_stateless(function: Callable[..., Any], args: tuple[Any, ...], set_up: SetUp, *, root: str) -> bool:
    """Whether calls after one set-up do the same as calls with a set-up each.

    What a call can reach is the same before and after it, as far as that can be looked at whole; it answers the same;
    and it takes as long. The last sees what hides elsewhere, such as a cache that the set-up clears. The work is set up
    afresh before it, and after it.
    """

    def called() -> tuple[int, str | None]:
        began_ns = CLOCKS.wall_ns()
        answer = function(*args)
        return CLOCKS.wall_ns() - began_ns, _looked_at(answer, root=root)

    state = _looked_at(_reach(function, args), root=root)
    if state is None:
        return False
    try:
        fresh = [called()]
        if fresh[0][1] is None or state != _looked_at(_reach(function, args), root=root):
            return False
        try:
            later = [called() for _ in range(PROOF_CALLS)]
        except Exception:  # noqa: BLE001 - the first call went well, so it is the missing set-up
            return False
        for _ in range(PROOF_CALLS - 1):
            set_up.undo()
            set_up.make()
            fresh.append(called())
    finally:
        set_up.undo()
        set_up.make()
    is_alike = min(each[0] for each in fresh) <= COLD_RATIO * min(each[0] for each in later) + COLD_NS
    return is_alike and len({text for _, text in (*fresh, *later)}) == 1


def _reach(function: Any, args: tuple[Any, ...]) -> list[Any]:
    """What a call is given: its object's attributes, its arguments, and the module's variables that it names."""
    plain = getattr(function, "__func__", function)
    scope, names = getattr(plain, "__globals__", {}), getattr(getattr(plain, "__code__", None), "co_names", ())
    named = {name: scope[name] for name in names if name in scope}
    held = {name: each for name, each in named.items() if not isinstance(each, types.ModuleType) and not callable(each)}
    return [dict(getattr(getattr(function, "__self__", None), "__dict__", {})), list(args), held]


def _looked_at(value: Any, *, root: str) -> str | None:
    """A digest of the whole of it, None where that cannot be had."""
    digest = digest_answer(value, walks=False, root=root)
    return None if digest.doubt else digest.text
