"""What a person sees while it measures: one line per workload, forks done, the interval closing in, time left."""

import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from boss_perf.model.samples import Sample
from boss_perf.report.escaping import visible_line

SHOWN_ROWS = 12
PLAIN_WIDTH = 200


class Progress:
    """A live table on a terminal, one plain line per fork elsewhere. `describe` says where a workload stands now."""

    def __init__(self, describe: Callable[[str, Sequence[Sample]], str], *, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._describe = describe
        self._samples: dict[str, list[Sample]] = {}
        self._running: str | None = None
        self._title = "starting"
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    def fork_started(self, phase: str, fork: int, items: int, *, left_s: float | None) -> None:
        """A new set of processes."""
        left = "" if left_s is None else f", {max(0.0, left_s):.0f} s left"
        self._title = f"{phase}, fork {fork + 1}: {items} workload{'s' if items != 1 else ''}{left}"
        if self._live is None:
            self._console.print(self._title, highlight=False, markup=False)
        self._show()

    def item_started(self, workload: str, fork: int) -> None:
        """The workload is being set up or measured."""
        self._running = workload
        self._show()

    def sample_taken(self, sample: Sample) -> None:
        """A sample arrived; a failure is said at once, wherever the output goes."""
        self._samples.setdefault(sample.workload, []).append(sample)
        if sample.failure is not None and self._live is None:
            opening = sample.failure.message.strip().partition("\n")[0]
            text = visible_line(f"{sample.workload}: {sample.failure.kind}: {opening}")
            self._console.print(f"  {text}", highlight=False, markup=False)
        self._show()

    def _show(self) -> None:
        if self._live is None:
            return
        table = Table(title=self._title, title_justify="left", box=None, pad_edge=False)
        for heading in ("workload", "forks", "pairs", "so far"):
            table.add_column(heading, no_wrap=True, overflow="ellipsis")
        latest = list(self._samples.items())[-SHOWN_ROWS:]
        for workload, samples in latest:
            forks = len({each.fork for each in samples})
            pairs = sum(2 * len(each.order) for each in samples)
            table.add_row(_plain(workload), str(forks), str(pairs or ""), _plain(self._describe(workload, samples)))
        if self._running and self._running not in dict(latest):
            table.add_row(_plain(self._running), "…", "", "preparing")
        self._live.update(table, refresh=True)


def wide_console() -> Console:
    """Standard output; where it is no terminal, lines may be long, for they go to a file or a log."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)


def _plain(text: str) -> Text:
    return Text(visible_line(text))
