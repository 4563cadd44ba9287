"""The callable under measurement and the loops that time it.

Each loop is as thin as its kind of call allows: inputs are laid out before the clock starts, coroutines are awaited on
one warm event loop inside the clock, a pedantic `setup` runs outside it. Both clocks are read around every batch.
"""

import inspect
from collections.abc import Callable, Sequence
from itertools import cycle, repeat
from typing import Any

from .clocks import CLOCKS
from .event_loop import awaited, is_coroutine_callable, let_loop_turn, run
from .rounds import Rounds


class Subject:
    """One arm. `inputs` are given one at a time in a cycle; without them the callable gets `args` and `kwargs`.

    `children_bytes` is the largest resident peak of a process below this one, once memory was traced.
    """

    is_one_shot = False

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
        inputs: Sequence[Any] | None = None,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
    ) -> None:
        self.function = function
        self.cpu_ns, self.wall_ns = CLOCKS.thread_ns, CLOCKS.wall_ns
        self.is_async = is_coroutine_callable(function)
        self.rounds = Rounds()
        self.children_bytes = 0
        self._args = tuple(args)
        self._kwargs = dict(kwargs or {})
        self._inputs = None if inputs is None else list(inputs)
        self._position = 0
        self._setup, self._teardown = setup, teardown
        self.as_made = dict(vars(self))

    @property
    def callables(self) -> list[Callable[..., Any]]:
        """What is run for a call."""
        return [self.function, *([self._setup] if self._setup is not None else [])]

    @property
    def first_arguments(self) -> list[Any]:
        """What the first call is given; nothing where a set-up makes it anew for each call."""
        if self._inputs is not None:
            return self._inputs[:1]
        return [] if self._setup is not None else [*self._args, *self._kwargs.values()]

    @property
    def input_count(self) -> int:
        """How many inputs there are, 0 when the callable takes none."""
        return len(self._inputs or ())

    def answer(self, index: int = 0) -> Any:
        """The answer to one input, awaited if need be; also finds out that a plain function returns coroutines."""
        args, kwargs = self._arguments(index)
        answer = self.function(*args, **kwargs)
        if inspect.isawaitable(answer):
            self.is_async = True
            answer = run(awaited(answer))
        if self._teardown is not None:
            self._teardown(*args, **kwargs)
        return answer

    def single_call(self) -> Callable[[], Any]:
        """A callable without arguments that makes one call with the next input, for tools that time on their own."""
        function, args, kwargs = self.function, self._args, self._kwargs
        if self.is_async:
            return lambda: self.batch(1)
        if self._inputs is not None:
            turn = cycle(self._inputs).__next__
            return lambda: function(turn())
        return function if not args and not kwargs else lambda: function(*args, **kwargs)

    def batch(self, calls: int) -> tuple[int, int]:
        """CPU and wall nanoseconds of so many calls in a row."""
        if self.has_setup:
            return self._batch_with_setup(calls)
        arguments = self._next_inputs(calls)
        if self.is_async:
            readings: tuple[int, int] = run(self._batch_async(calls, arguments))
            return readings
        function, args, kwargs = self.function, self._args, self._kwargs
        cpu_ns, wall_ns = self.cpu_ns, self.wall_ns
        turns = repeat(None, calls)
        if arguments is not None:
            cpu, wall = cpu_ns(), wall_ns()
            for argument in arguments:
                function(argument)
            return cpu_ns() - cpu, wall_ns() - wall
        if not args and not kwargs:
            cpu, wall = cpu_ns(), wall_ns()
            for _ in turns:
                function()
            return cpu_ns() - cpu, wall_ns() - wall
        cpu, wall = cpu_ns(), wall_ns()
        for _ in turns:
            function(*args, **kwargs)
        return cpu_ns() - cpu, wall_ns() - wall

    def lead_in(self, calls: int) -> None:
        """Make the last so many calls again, off the clock: what ran in between has left the processor's caches cold.

        They have the last inputs once more, so that a subject which remembers what it was asked is left as it was.
        Work with a set-up around each call has no lead: the set-up itself runs between the calls.
        """
        if not calls or self.has_setup:
            return
        if self._inputs is not None:
            self._position = (self._position - calls) % len(self._inputs)
        self.batch(calls)

    def calls(self, count: int) -> list[int]:
        """Wall nanoseconds of each of so many calls."""
        if self.has_setup:
            return [self._batch_with_setup(1)[1] for _ in range(count)]
        arguments = self._next_inputs(count)
        if self.is_async:
            walls: list[int] = run(self._calls_async(count, arguments))
            return walls
        function, args, kwargs, wall_ns = self.function, self._args, self._kwargs, self.wall_ns
        walls = [0] * count
        if arguments is not None:
            for turn, argument in enumerate(arguments):
                start = wall_ns()
                function(argument)
                walls[turn] = wall_ns() - start
        else:
            for turn in range(count):
                start = wall_ns()
                function(*args, **kwargs)
                walls[turn] = wall_ns() - start
        return walls

    def use_process_clock(self) -> None:
        """Count the CPU time of all threads of the process."""
        self.cpu_ns = CLOCKS.process_ns

    def set_up_each_call(self) -> None:
        """Nothing here: what has a set-up makes it for each call anyway."""

    @property
    def has_setup(self) -> bool:
        """True when work outside the clock surrounds each call."""
        return self._setup is not None or self._teardown is not None

    def _arguments(self, index: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if self._inputs is not None:
            return (self._inputs[index % len(self._inputs)],), {}
        if self._setup is not None:
            made = self._setup()
            if made:
                args, kwargs = made
                return tuple(args), dict(kwargs)
        return self._args, self._kwargs

    def _next_inputs(self, count: int) -> list[Any] | None:
        if self._inputs is None:
            return None
        size = len(self._inputs)
        chosen = [self._inputs[(self._position + turn) % size] for turn in range(count)]
        self._position = (self._position + count) % size
        return chosen

    def _batch_with_setup(self, calls: int) -> tuple[int, int]:
        cpu_total = wall_total = 0
        for _ in range(calls):
            args, kwargs = self._arguments(0)
            if self.is_async:
                cpu, wall = run(_timed_await(self.function, args, kwargs, self.cpu_ns))
            else:
                cpu_start, wall_start = self.cpu_ns(), self.wall_ns()
                self.function(*args, **kwargs)
                cpu, wall = self.cpu_ns() - cpu_start, self.wall_ns() - wall_start
            cpu_total += cpu
            wall_total += wall
            if self._teardown is not None:
                self._teardown(*args, **kwargs)
        return cpu_total, wall_total

    async def _batch_async(self, calls: int, arguments: list[Any] | None) -> tuple[int, int]:
        function, args, kwargs = self.function, self._args, self._kwargs
        cpu_ns, wall_ns = self.cpu_ns, self.wall_ns
        if arguments is not None:
            cpu, wall = cpu_ns(), wall_ns()
            for argument in arguments:
                await function(argument)
            await let_loop_turn()
            return cpu_ns() - cpu, wall_ns() - wall
        cpu, wall = cpu_ns(), wall_ns()
        for _ in range(calls):
            await function(*args, **kwargs)
        await let_loop_turn()
        return cpu_ns() - cpu, wall_ns() - wall

    async def _calls_async(self, count: int, arguments: list[Any] | None) -> list[int]:
        walls = []
        for turn in range(count):
            args = self._args if arguments is None else (arguments[turn],)
            start = self.wall_ns()
            await self.function(*args, **self._kwargs)
            walls.append(self.wall_ns() - start)
        return walls


async def _timed_await(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], cpu_ns: Callable[[], int]
) -> tuple[int, int]:
    wall_ns = CLOCKS.wall_ns
    cpu, wall = cpu_ns(), wall_ns()
    await function(*args, **kwargs)
    return cpu_ns() - cpu, wall_ns() - wall
