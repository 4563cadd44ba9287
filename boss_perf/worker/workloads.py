"""Which tests are workloads, and what is told of each before any of them runs."""

import math
import os

import pytest
from _pytest.skipping import evaluate_skip_marks

from .asked_by_name import asks_by_name
from .fallback_fixture import is_marked
from .messages import Found


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
        item.nodeid, kind, os.path.relpath(str(path), root), (line or 0) + 1, _skip_reason(item), _limit_s(item)
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
