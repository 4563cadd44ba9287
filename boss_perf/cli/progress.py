"""What a person sees while it measures: how many of how many are decided, how long it took, how long it may take."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from boss_perf.measure.visit_order import VisitOrder, VisitOutcome
from boss_perf.model.samples import Sample
from boss_perf.model.units import format_duration, several
from boss_perf.text import visible_line

SHOWN_ROWS = 12
TELLING_COUNT = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a workload stands: its verdict, empty while it is open, the colour of its mark, and the figure so far."""

    verdict: str
    style: str
    text: str


class Progress:
    """A live table on a terminal, one line for each decision elsewhere. `stand` says where a workload stands now,
    else how many forks it has.

    `count` is how many workloads there are, where that is known before the first fork.
    """

    def __init__(
        self,
        stand: Callable[[str, Sequence[Sample]], Standing] = lambda _name, samples: Standing(
            "", "", f"{len(samples)} forks"
        ),
        *,
        count: int = 0,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console or Console(file=sys.stderr)
        self._stand = stand
        self._clock = clock
        self._begun_s = clock()
        self._samples: dict[str, list[Sample]] = {}
        self._standings: dict[str, Standing] = {}
        self._count = count
        self._limit_s: float | None = None
        self._phase = ""
        self._running: str | None = None
        self._visits: dict[int, VisitOrder] = {}
        self._lost: list[tuple[str, set[str]]] = []
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def visit_started(self, phase: str, order: VisitOrder, *, left_s: float | None) -> None:
        """A new set of processes; `left_s` is what the budget still allows."""
        self._count = max(self._count, len(order.items))
        self._limit_s = None if left_s is None else self._clock() + max(0.0, left_s)
        if phase != self._phase:
            self._phase = phase
            self._visits.clear()
            self._log(f"{phase}:")
        self._visits[order.fork] = order
        self._show()

    def visit_ended(self, outcome: VisitOutcome) -> None:
        """A host is free again, or was lost with what it had not finished."""
        order = self._visits.pop(outcome.order.fork, outcome.order)
        if outcome.is_lost:
            workloads = {item.workload for item in order.items}
            self._lost.append((str(order.host), workloads))
            self._log(f"  {order.host} was lost: {several(len(workloads), 'workload')} to be measured again")
        self._show()

    def item_started(self, workload: str, fork: int) -> None:
        """The workload is being set up or measured."""
        self._running = workload
        self._show()

    def sample_taken(self, sample: Sample) -> None:
        """A sample arrived; a failure and a decision are said at once, wherever the output goes."""
        name = sample.workload
        self._samples.setdefault(name, []).append(sample)
        before = self._standings.pop(name, None)
        standing = self._standings[name] = self._stand(name, self._samples[name])
        for _, workloads in self._lost:
            workloads.discard(name)
        self._count = max(self._count, len(self._standings))
        if sample.failure is not None:
            opening = sample.failure.message.strip().partition("\n")[0]
            self._log(f"  {visible_line(f'{name}: {sample.failure.kind}: {opening}')}")
        elif standing.verdict and (before is None or before.verdict != standing.verdict):
            place = f"{self._decided}/{self._count}".rjust(2 * len(str(self._count)) + 1)
            self._log(f"  {place}  {standing.verdict:10}  {visible_line(f'{name}: {standing.text}')}")
        self._show()

    @property
    def _decided(self) -> int:
        return sum(bool(standing.verdict) for standing in self._standings.values())

    def _left(self, elapsed_s: float) -> str:
        """As the decided ones took so long, the others will, but no longer than the budget; else only that limit."""
        limit_s = None if self._limit_s is None else max(0.0, self._limit_s - self._clock())
        if self._decided < TELLING_COUNT:
            return "" if limit_s is None else f" · at most {format_duration(limit_s)} left"
        left_s = elapsed_s / self._decided * (self._count - self._decided)
        return f" · about {format_duration(left_s if limit_s is None else min(left_s, limit_s))} left"

    def _log(self, line: str) -> None:
        if self._live is None:
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _show(self) -> None:
        if self._live is None:
            return
        table = Table(box=None, pad_edge=False, show_header=False)
        for _ in range(3):
            table.add_column(no_wrap=True, overflow="ellipsis")
        latest = list(self._standings.items())[-SHOWN_ROWS:]
        for name, standing in latest:
            mark = Text("●" if standing.verdict else "○", style=standing.style)
            table.add_row(mark, _plain(name), _plain(f"{standing.verdict} {standing.text}".strip()))
        if self._running and self._running not in dict(latest):
            table.add_row(Text("·", style="dim"), _plain(self._running), Text("preparing", style="dim"))
        for style, host, text in self._of_hosts():
            table.add_row(Text("▸", style=style), _plain(host), _plain(text))
        elapsed_s = self._clock() - self._begun_s
        told = f"{self._decided} of {self._count} decided · {format_duration(elapsed_s)}{self._left(elapsed_s)}"
        self._live.update(Group(Text(told, style="bold"), table), refresh=True)

    def _of_hosts(self) -> list[tuple[str, str, str]]:
        """Where others measure: who works on what, and what was lost with whom."""
        lost = [
            ("red", host, f"lost; {several(len(open_ones), 'workload')} to be measured again" if open_ones
             else "lost; what it had was measured again")
            for host, open_ones in self._lost[-SHOWN_ROWS:]
        ]  # fmt: skip
        again = {workload for _, workloads in self._lost for workload in workloads}
        at_work = []
        for order in [each for each in self._visits.values() if each.host is not None][:SHOWN_ROWS]:
            names = [item.workload for item in order.items]
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            is_again = ", again what was lost" if again.intersection(names) else ""
            at_work.append(("cyan", str(order.host), f"{names[0]}{more}{is_again}"))
        return [*lost, *at_work]


def _plain(text: str) -> Text:
    return Text(visible_line(text))
