"""What a health check promises: every component is really asked, and only the answer True is healthy.

BOSS counts any answer that is not empty, so a dict that says "down" passes for health. Here a component that answers
anything else, raises, or has no answer within `timeout_s` is unhealthy, and the reason says which.

Operations: check_resolver (`name`), check_all, is_healthy (whether all are, and no more), each with `is_fresh` to ask
even what is remembered; get_health_status, the last known verdicts without asking; get_health_history (`limit`), the
counts of earlier check_all, oldest first.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected, required

TIMEOUT_S = 30.0
OPERATIONS = frozenset({"check_resolver", "check_all", "is_healthy", "get_health_status", "get_health_history"})
METADATA = ResolverMetadata("health_check", "1.0.0", "asks components how they are", OPERATIONS, frozenset({"health"}))

Probe = Callable[[], Awaitable[Any] | Any]
"""Asks one component, as a resolver's `health_check` does; a plain function may be given too."""


class Verdict(NamedTuple):
    """What came of one check; the reason of a healthy one is empty."""

    is_healthy: bool
    reason: str


HEALTHY = Verdict(True, "")
TIMED_OUT = Verdict(False, "timeout")


def verdict_on(answer: Any) -> Verdict:
    """Healthy for True and nothing else."""
    if answer is True:
        return HEALTHY
    try:
        return Verdict(False, f"answered {answer!r:.80}")
    except Exception:  # noqa: BLE001 - one component that cannot show its answer must not spoil the others' verdicts
        return Verdict(False, f"answered {type(answer).__name__}, which cannot be shown")


def verdict_on_error(error: BaseException) -> Verdict:
    """Unhealthy, with what was raised."""
    try:
        return Verdict(False, f"{type(error).__name__}: {error}"[:200])
    except Exception:  # noqa: BLE001 - as above
        return Verdict(False, f"{type(error).__name__}, which cannot be shown")


class Health(Resolver):
    """Answers the four operations over named probes; an arm decides how they are asked and what is remembered."""

    def __init__(self, probes: Mapping[str, Probe], *, timeout_s: float, metadata: ResolverMetadata) -> None:
        super().__init__(metadata)
        if timeout_s <= 0:
            raise ValueError("timeout_s must be positive")
        self.probes = dict(probes)
        self.timeout_s = timeout_s

    @abstractmethod
    async def verdicts(self, names: Sequence[str], *, is_fresh: bool) -> list[Verdict]:
        """One for each name, in order; never an exception but cancellation."""

    @abstractmethod
    async def is_healthy(self, names: Sequence[str], *, is_fresh: bool) -> bool:
        """Whether all are healthy; components are asked no longer than until one is not."""

    @abstractmethod
    def known(self) -> dict[str, Verdict]:
        """The last verdict on every component that was asked."""

    @abstractmethod
    def history(self) -> Sequence[dict[str, int]]:
        """The counts of the checks of all, oldest first."""

    @abstractmethod
    def note(self, counts: dict[str, int]) -> None:
        """Add to the history."""

    async def answer(self, task: Task) -> dict[str, Any]:
        """The verdicts, or what is remembered of them."""
        operation = required(task, "operation", str)
        if operation == "check_all":
            return await self._check_all(task)
        if operation == "check_resolver":
            return await self._check_one(task)
        if operation == "is_healthy":
            return {"healthy": await self.is_healthy(list(self.probes), is_fresh=_is_fresh(task))}
        if operation == "get_health_status":
            known = self.known()
            return {"results": {name: _shown(known[name]) for name in self.probes if name in known}}
        if operation == "get_health_history":
            limit = task.input_data.get("limit", 100)
            if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
                raise TaskRejected("bad_limit", "'limit' must be a positive int")
            return {"history": [dict(counts) for counts in self.history()][-limit:]}
        raise TaskRejected("unknown_operation", f"{operation[:80]!r} is none of {', '.join(sorted(OPERATIONS))}")

    async def _check_all(self, task: Task) -> dict[str, Any]:
        names = list(self.probes)
        verdicts = await self.verdicts(names, is_fresh=_is_fresh(task))
        healthy_count = sum(verdict.is_healthy for verdict in verdicts)
        counts = {"total": len(names), "healthy": healthy_count, "unhealthy": len(names) - healthy_count}
        self.note(counts)
        return {"results": dict(zip(names, map(_shown, verdicts), strict=True)), **counts}

    async def _check_one(self, task: Task) -> dict[str, Any]:
        name = required(task, "name", str)
        if name not in self.probes:
            raise TaskRejected("unknown_resolver", f"no component is called {name[:80]!r}")
        (verdict,) = await self.verdicts([name], is_fresh=_is_fresh(task))
        return {"name": name, **_shown(verdict)}


def _is_fresh(task: Task) -> bool:
    is_fresh = task.input_data.get("is_fresh", False)
    if not isinstance(is_fresh, bool):
        raise TaskRejected("wrong_type", f"'is_fresh' must be bool, not {type(is_fresh).__name__}")
    return is_fresh


def _shown(verdict: Verdict) -> dict[str, Any]:
    return {"healthy": verdict.is_healthy, "reason": verdict.reason}
