"""Which tests are workloads, what is told of each before any of them runs, and what a suite has and does not run."""

import math
import os
import re
from collections.abc import Collection, Generator
from fnmatch import fnmatch
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from _pytest.skipping import evaluate_skip_marks

from . import FIXTURES
from .benchmark_use import asks_by_name, is_marked
from .faults import last_line, skip_reason
from .messages import Found
from .suite_options import ignored_places, own_options

ADDRESS = re.compile(r"(?<=\bat )0x[0-9a-f]+")
_NAME = pytest.StashKey[str]()


class SteadyNames:
    """A plugin: a test that is called by the address of an object is called by the object's turn, in every process."""

    def __init__(self) -> None:
        self._turns: dict[str, dict[str, int]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Before anybody asks for its name."""
        turns = self._turns.setdefault(item.nodeid.partition("[")[0], {})
        item.stash[_NAME] = ADDRESS.sub(lambda each: hex(turns.setdefault(each[0], len(turns))), item.nodeid)


def workload_name(item: pytest.Item) -> str:
    """What a test is called, in every process alike."""
    return item.stash.get(_NAME, item.nodeid)


def is_workload(item: pytest.Item) -> bool:
    """Whether a test has a time, or checks that stand for one."""
    return not FIXTURES.isdisjoint(getattr(item, "fixturenames", ())) or is_marked(item) or asks_by_name(item)


def describe(item: pytest.Item, root: str) -> Found:
    """What the tool is told of a workload that was collected."""
    names = getattr(item, "fixturenames", ())
    is_trial = "trial" in names and not is_marked(item) and not {"benchmark", "benchmark_weave"} & set(names)
    kind = getattr(item, "workload_kind", None)
    kind = kind or ("paired" if "paired" in names else "trial" if is_trial else "benchmark")
    path, line, _ = item.reportinfo()
    return Found(
        workload_name(item), kind, os.path.relpath(str(path), root), (line or 0) + 1, _skip_reason(item), _limit_s(item)
    )


def _limit_s(item: pytest.Item) -> float:
    """What asv's `timeout`, or the mark of pytest-timeout, allows a test."""
    mark = item.get_closest_marker("timeout")
    marked = (*mark.args, mark.kwargs.get("timeout"))[0] if mark is not None else None
    stated = getattr(item, "limit_s", None) or marked
    return float(stated) if isinstance(stated, int | float) and math.isfinite(stated) else 0.0


def _skip_reason(item: pytest.Item) -> str:
    """Why the marks of a test skip it, as pytest will find when it runs; empty when they do not."""
    try:
        skipped = evaluate_skip_marks(item)
    except Exception:  # noqa: BLE001 - a condition that cannot be evaluated fails the test itself
        return ""
    return "" if skipped is None else skipped.reason or "skipped"


class LeftOut:
    """A plugin that notes each as pytest collects; `errors` are by file what could not be imported, and why.

    What the suite's own `addopts`, conftests or settings ignore is no error: nobody may have what it needs.
    """

    def __init__(self) -> None:
        self._ignored: tuple[str, ...] = ()
        self.errors: list[tuple[str, str]] = []
        self._skipped: list[tuple[str, str]] = []
        self._seen: list[pytest.Item] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Know what plain runs pass over."""
        self._ignored = tuple(ignored_places(own_options(config.inipath)))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Keep what could not be collected or skips itself, and why."""
        report = yield
        if report.failed and self._is_ignored(collector):
            self._skipped.append((report.nodeid, f"the suite ignores it; {last_line(report.longreprtext)}"))
        elif report.failed:
            self.errors.append((report.nodeid, last_line(report.longreprtext)))
        elif report.skipped:
            self._skipped.append((report.nodeid, f"it skips itself: {skip_reason(report)}"))
        return report

    def _is_ignored(self, collector: pytest.Collector) -> bool:
        """Whether a plain run, which is given no file by name, passes over what could not be collected."""
        file = collector.nodeid.partition("::")[0]
        if any(fnmatch(file, each) for each in self._ignored):
            return True
        top = collector.config.rootpath
        places = (each for each in (collector.path, *collector.path.parents) if top in each.parents)
        asked = collector.ihook.pytest_ignore_collect
        return any(asked(collection_path=each, config=collector.config) for each in places)

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


class NamedFiles:
    """A plugin that collects named test files, also where a folder around them was named too.

    Since pytest 9 a path below another path on the command line is dropped as a duplicate, and the folder's own search
    passes over a file whose name does not match `python_files`.
    """

    def __init__(self, config: pytest.Config) -> None:
        started_in = config.invocation_params.dir
        self._named = {os.path.realpath(started_in / each.split("::", 1)[0]) for each in config.args}

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
        """Add the module when nothing else did."""
        found = yield
        if found or file_path.suffix != ".py" or os.path.realpath(file_path) not in self._named:
            return found
        return [parent.ihook.pytest_pycollect_makemodule(module_path=file_path, parent=parent)]
