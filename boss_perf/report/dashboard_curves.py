"""The numbers behind the dashboard's charts, small enough to travel in the page: rounded, binned, one list per axis.

A number that is not finite becomes None, which is a gap in a chart.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from boss_perf.model.history import VerdictRecord, figure_of, measurements
from boss_perf.model.runs import Run
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.model.targets import Budget, Change
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Finding
from boss_perf.stats.series import change_points
from boss_perf.text import clipped, visible_line

Json = dict[str, Any]

_QUANTILES_PERCENT = (0, 1, 2, 5, *range(10, 90, 5), 90, 92, 94, 95, 96, 97, 98, 99, 99.5, 99.9)
CHANGE = "change"  # new over old, which a reader sees as a signed percentage
_LOAD_BINS = 60
_REQUESTS_PER_BIN = 5
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Trend:
    """A target's history as a chart, and what words are needed beside it."""

    chart: Json
    changes: tuple[tuple[datetime, float], ...]
    elsewhere_count: int

    @property
    def step(self) -> float | None:
        """The newest figure over the one before, None where there are not two positive ones."""
        values = self.chart["value"][-2:]
        return values[1] / values[0] if len(values) == 2 and None not in values and min(values) > 0 else None


@dataclass(frozen=True, slots=True)
class Moment:
    """A run of the history: its place among them, when, of which commit, and how a reader tells it from others."""

    place: int
    at_s: int
    commit: str
    subject: str

    @property
    def text(self) -> str:
        """`2026-11-20 12:00 c0ffee0 subject`."""
        day = datetime.fromtimestamp(self.at_s, UTC)
        return clipped(f"{day:%Y-%m-%d %H:%M} {self.commit} {self.subject}".strip(), 80)


Timeline = Mapping[str, Moment]
"""All runs that measured something by their id, oldest first."""


def timeline_of(records: Iterable[VerdictRecord], runs: Sequence[Run], *, subjects: Mapping[str, str]) -> Timeline:
    """The runs that the records' evidence is of; one that is not among `runs` has a time and no commit."""
    commits = {run.id: run.commit or "" for run in runs}
    began: dict[str, datetime] = {}
    for record in records:
        if record.number is not None:
            began[record.source] = min(record.at, began.get(record.source, record.at))
    timeline = {}
    for place, (source, at) in enumerate(sorted(began.items(), key=lambda each: (each[1], each[0]))):
        commit = commits.get(source, "")
        subject = clipped(visible_line(subjects.get(commit, "")), 80)
        timeline[source] = Moment(place, round(at.timestamp()), visible_line(commit[:7]), subject)
    return timeline


def trend_of(records: Sequence[VerdictRecord], finding: Finding | None, *, timeline: Timeline) -> Trend | None:
    """What the history has of the finding's figure, on the machine that measured it last; None when it has nothing.

    Change points compare what one machine measured, each measurement once; `changes` has when and new over old.
    """
    name = figure_of(finding.expectation) if finding is not None else None
    here = measurements(records, name)
    if not here:
        return None
    newest = here[-1]
    is_ratio = newest.ratio is not None
    promise = finding.expectation if finding is not None and is_ratio else None
    points = [each.sides(promise) for each in here]
    values = [value for value, _, _ in points]
    found = change_points(values)
    chart = {
        "unit": CHANGE if is_ratio else (newest.unit or Unit.COUNT).value,
        "run": [timeline[each.source].place for each in here],
        "value": [rounded(value) for value in values],
        "low": [rounded(low) for _, low, _ in points],
        "high": [rounded(high) for _, _, high in points],
        "verdict": [each.verdict.value for each in here],
        "bound": rounded(_bound(finding, is_ratio=is_ratio)),
        "changes": [[point.index, rounded(point.before), rounded(point.after)] for point in found],
    }
    changes = tuple((here[point.index].judged_at, point.ratio) for point in found)
    elsewhere = [each for each in records if each.figure_of == name and each.machine != newest.machine]
    return Trend(chart, changes, sum(each.number is not None for each in elsewhere))


def distribution_of(samples: Iterable[Sample], bound_ns: float | None) -> Json | None:
    """Quantiles of single calls or batches per arm, pooled over forks; None without times. Failed requests stay out."""
    pooled: dict[str, list[float]] = {}
    for sample in samples:
        if sample.phase not in (Pass.CALLS, Pass.PAIRS, Pass.BATCHES, Pass.LOAD) or sample.failure is not None:
            continue
        for arm in sample.arms:
            times_ns = sample.values(arm, Reading.WALL_NS)
            if times_ns and not (sample.phase is Pass.LOAD and arm == "failed"):
                calls = sample.calls_per_time
                pooled.setdefault(arm, []).extend(each / calls for each in times_ns)
    if not pooled:
        return None
    return {
        "unit": Unit.NANOSECONDS.value,
        "percent": list(_QUANTILES_PERCENT),
        "arms": [{"name": arm, "value": _quantiles(values, _QUANTILES_PERCENT)} for arm, values in pooled.items()],
        "bound": rounded(bound_ns),
    }


def load_curve_of(samples: Iterable[Sample]) -> Json | None:
    """Throughput and response times over the seconds of the newest load run; None when there is none."""
    loads = [sample for sample in samples if sample.phase is Pass.LOAD and sample.failure is None]
    if not loads:
        return None
    sample = max(loads, key=lambda each: each.started_at)
    window_s = dict(sample.facts).get("window_s", 0.0)
    started_ns = sample.values("answered", Reading.STARTED_NS)
    times_ns = sample.values("answered", Reading.WALL_NS)
    if not started_ns or not window_s > 0:
        return None
    bins_count = max(1, min(_LOAD_BINS, len(started_ns) // _REQUESTS_PER_BIN))

    def bin_of(start_ns: int) -> int:
        return min(bins_count - 1, int(start_ns / 1e9 / window_s * bins_count))

    bins: list[list[int]] = [[] for _ in range(bins_count)]
    for start_ns, time_ns in zip(started_ns, times_ns, strict=True):
        bins[bin_of(start_ns)].append(time_ns)
    failed = Counter(map(bin_of, sample.values("failed", Reading.STARTED_NS)))
    quantiles = [_quantiles(each, (50, 95)) for each in bins]
    width_s = window_s / bins_count
    return {
        "second": [rounded((index + 0.5) * width_s) for index in range(bins_count)],
        "throughput": [rounded(len(each) / width_s) for each in bins],
        "failed": [rounded(failed[index] / width_s) for index in range(bins_count)],
        "p50": [p50 for p50, _ in quantiles],
        "p95": [p95 for _, p95 in quantiles],
    }


def noise_of(samples: Iterable[Sample]) -> Json | None:
    """How much some task waited for a processor during each sample, in the order of their starts."""
    seen = sorted(
        (sample.started_at.timestamp(), sample.conditions.stalled_ratio)
        for sample in samples
        if sample.conditions.stalled_ratio is not None
    )
    if not seen:
        return None
    return {"at": [round(at, 1) for at, _ in seen], "stalled": [rounded(ratio) for _, ratio in seen]}


def rounded(value: float | None) -> float | int | None:
    """Five significant digits; None for what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.{_DIGITS}g}")
    if math.isinf(short):
        return value
    return int(short) if short.is_integer() and abs(short) < 2**53 else short


def _bound(finding: Finding | None, *, is_ratio: bool) -> float | None:
    promise = finding.expectation if finding is not None else None
    if isinstance(promise, Change):
        return promise.limit_ratio if is_ratio else None
    return promise.bound if isinstance(promise, Budget) else None


def _quantiles(values: Sequence[float], percents: Sequence[float]) -> list[float | int | None]:
    ordered = sorted(values)
    places = [max(0, math.ceil(percent / 100 * len(ordered)) - 1) for percent in percents]
    return [rounded(ordered[place]) if ordered else None for place in places]
