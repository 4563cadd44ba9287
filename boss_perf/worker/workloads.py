"""Which tests are workloads, and what is told of each before any of them runs."""

import math
import os
import re

import pytest
from _pytest.skipping import evaluate_skip_marks

from .asked_by_name import asks_by_name
from .fallback_fixture import is_marked
from .messages import Found

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
    names = getattr(item, "fixturenames", ())
    is_given = any(name in names for name in ("benchmark", "benchmark_weave", "paired", "trial"))
    return is_given or is_marked(item) or asks_by_name(item)


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
