"""The two ways in which BOSS asks at a71fc06. Which of them is the baseline decides the figure, so it is always named.

`MasteryComposer.health_check` asks one component after the other whether all are healthy, and returns at the first that
is not; `HealthCheckResolver.check_all` gathers. Neither remembers an answer, and the history grows without bound. BOSS
never applies its time-out, and one component that hangs hangs the check: here it is applied, as `asyncio.wait_for`, or
there would be nothing to measure. A probe that is a plain function is called on the event loop, where nothing can time
it out.
"""

import asyncio
import inspect
from abc import abstractmethod
from collections.abc import Mapping, Sequence

from ..protocol import ResolverMetadata
from .contract import METADATA, TIMED_OUT, TIMEOUT_S, Health, Probe, Verdict, verdict_on, verdict_on_error


class _PlainHealth(Health):
    def __init__(
        self, probes: Mapping[str, Probe], *, timeout_s: float = TIMEOUT_S, metadata: ResolverMetadata = METADATA
    ) -> None:
        super().__init__(probes, timeout_s=timeout_s, metadata=metadata)
        self._known: dict[str, Verdict] = {}
        self._history: list[dict[str, int]] = []

    @abstractmethod
    async def ask(self, names: Sequence[str]) -> list[Verdict]:
        """One verdict for each name, in order."""

    async def is_healthy(self, names: Sequence[str], *, is_fresh: bool) -> bool:
        """What all verdicts say together."""
        return all(verdict.is_healthy for verdict in await self.verdicts(names, is_fresh=True))

    async def verdicts(self, names: Sequence[str], *, is_fresh: bool) -> list[Verdict]:
        """Always asked anew."""
        verdicts = await self.ask(names)
        self._known.update(zip(names, verdicts, strict=True))
        return verdicts

    def known(self) -> dict[str, Verdict]:
        """Whatever its age."""
        return self._known

    def history(self) -> Sequence[dict[str, int]]:
        """All of it."""
        return self._history

    def note(self, counts: dict[str, int]) -> None:
        """Append."""
        self._history.append(counts)

    async def close(self) -> None:
        """Nothing is held."""

    async def verdict(self, name: str) -> Verdict:
        """Ask one component."""
        try:
            answer = self.probes[name]()
            if inspect.isawaitable(answer):
                answer = await asyncio.wait_for(answer, self.timeout_s)
        except TimeoutError:
            return TIMED_OUT
        except Exception as error:  # noqa: BLE001 - what a probe raises is its verdict
            return verdict_on_error(error)
        return verdict_on(answer)


class SequentialHealth(_PlainHealth):
    """One after the other, as the composer does: the time of a check is the sum of all, or up to the first failure."""

    async def is_healthy(self, names: Sequence[str], *, is_fresh: bool) -> bool:
        """Nobody is asked after the first that is not healthy."""
        for name in names:
            (verdict,) = await self.verdicts([name], is_fresh=True)
            if not verdict.is_healthy:
                return False
        return True

    async def ask(self, names: Sequence[str]) -> list[Verdict]:
        """In order."""
        return [await self.verdict(name) for name in names]


class GatherHealth(_PlainHealth):
    """All at once, as `check_all` does: the time of a check is that of the slowest that can be waited for."""

    async def ask(self, names: Sequence[str]) -> list[Verdict]:
        """Gathered."""
        return await asyncio.gather(*map(self.verdict, names))
