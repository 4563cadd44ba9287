"""Verdicts of health checks already made: a healthy one holds for a minute, an unhealthy one is asked for again.

A minute is shorter than BOSS's default of 300 s between scheduled checks, which would therefore never meet a held
verdict; what it spares is the check before each use.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from .bounded import BoundedCache
from .contract import Clock, Policy

POLICY = Policy(max_entries=50, ttl_s=60)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found."""

    is_healthy: bool
    message: str = ""


class HealthCache:
    """Verdicts by component. `unhealthy_ttl_s` is how long a bad one holds; 0 keeps none."""

    def __init__(self, policy: Policy = POLICY, *, unhealthy_ttl_s: float = 0.0, clock: Clock = time.monotonic) -> None:
        self.entries: BoundedCache[str, Verdict] = BoundedCache(policy, clock=clock)
        self._unhealthy_ttl_s = unhealthy_ttl_s

    def verdict(self, component: str, check: Callable[[], Verdict]) -> Verdict:
        """The held verdict, or that of `check`, which is then held; what `check` raises is not."""
        held = self.entries.get(component)
        if held is not None:
            return held
        edition = self.entries.edition
        return self.keep(component, check(), edition=edition)

    def keep(self, component: str, verdict: Verdict, *, edition: int | None = None) -> Verdict:
        """Hold a verdict found elsewhere, such as by checks that ran in parallel; returns it.

        With the `edition` of the entries when its check began, it is not held if a component was forgotten since.
        """
        ttl_s = None if verdict.is_healthy else self._unhealthy_ttl_s
        self.entries.put(component, verdict, ttl_s=ttl_s, edition=edition)
        return verdict

    def forget(self, component: str) -> None:
        """The component was restarted or replaced."""
        self.entries.forget(component)
