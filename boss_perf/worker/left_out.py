"""What a suite has and does not run: files that cannot be imported or skip themselves, tests that a hook leaves out."""

from collections.abc import Collection
from itertools import groupby
from operator import itemgetter

import pytest

from .faults import last_line, skip_reason
from .workloads import is_workload


class LeftOut:
    """A plugin that notes each as pytest collects; `errors` are by file what could not be imported, and why."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, str]] = []
        self._skipped: list[tuple[str, str]] = []
        self._seen: list[pytest.Item] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected or skips itself, and why."""
        if report.failed:
            self.errors.append((report.nodeid, last_line(report.longreprtext)))
        elif report.skipped:
            self._skipped.append((report.nodeid, f"it skips itself: {skip_reason(report)}"))

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Know each test before a hook of the suite can leave it out."""
        self._seen.append(item)

    def skipped(self, kept: Collection[pytest.Item]) -> tuple[tuple[str, str], ...]:
        """By file what the suite leaves out itself, and how, where it goes on with these tests."""
        running = set(kept)
        lost = [item.nodeid.partition("::") for item in self._seen if item not in running and is_workload(item)]
        told = []
        for file, parts in groupby(lost, key=itemgetter(0)):
            first, *more = (name for _, _, name in parts)
            others = f" and {len(more)} more" if more else ""
            told.append((file, f"a hook of the suite leaves out {first}{others}"))
        return (*self._skipped, *told)
