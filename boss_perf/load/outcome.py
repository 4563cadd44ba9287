"""A recording as evidence: one LOAD sample with its facts, in which a failed request keeps its place.

Judged are the requests that started in the steady window, when all users ran; ramp-up and ending are left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from boss_perf.load.records import Journal, Recording
from boss_perf.model.samples import Pass, Reading, Sample, Series
from boss_perf.model.targets import LoadProfile

ANSWERED, FAILED = "answered", "failed"
_USER_ERROR_PREFIX = "raised in the locust file: "


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOutcome:
    """A finished load run: its sample, and the errors by text with their counts over the whole run."""

    sample: Sample
    errors: tuple[tuple[str, int], ...]
    requests_count: int


def outcome_of(recording: Recording, profile: LoadProfile, *, workload: str, started_at: datetime) -> LoadOutcome:
    """The sample of a recording that holds at least one request; each series in the order of the requests' starts.

    Facts: `failures` (ratio, of `requests`, the `raised_count` exceptions of the locust file included in both),
    `throughput` of answered requests per second, `users` and `users_asked`, `window_s`, `workers`,
    `generator_busy_ratio` and `generator_late_ns` of the worst process, `is_steady` and `is_cut` as 0 or 1.
    """
    window_ns = recording.steady_window_ns()
    low_ns, high_ns = window_ns or (int(recording.started_ns[0]), int(recording.started_ns[-1]) + 1)
    inside = (recording.started_ns >= low_ns) & (recording.started_ns < high_ns)
    answered, failed = inside & ~recording.is_failed, inside & recording.is_failed
    window_s = (high_ns - low_ns) / 1e9
    raised_count = sum(count for text, count in recording.errors if text.startswith(_USER_ERROR_PREFIX))
    failures_count = int(failed.sum()) + raised_count
    answered_count = int(answered.sum())
    journals = recording.journals
    facts = (
        ("failures", failures_count / max(1, answered_count + failures_count)),
        ("raised_count", float(raised_count)),
        ("requests", float(answered_count + failures_count)),
        ("throughput", answered_count / window_s),
        ("users", float(sum(journal.users_count for journal in journals))),
        ("users_asked", float(profile.users)),
        ("window_s", window_s),
        ("workers", float(len(journals))),
        ("generator_busy_ratio", max((_busy_ratio(journal) for journal in journals), default=0.0)),
        ("generator_late_ns", max((float(median(each.late_ns)) for each in journals if each.late_ns), default=0.0)),
        ("is_steady", float(window_ns is not None)),
        ("is_cut", float(any(journal.is_cut for journal in journals))),
    )
    sample = Sample(
        workload=workload, phase=Pass.LOAD, fork=0,
        started_at=datetime.fromtimestamp(low_ns / 1e9, UTC) if window_ns else started_at, arms=(FAILED, ANSWERED),
        series=(*_series(recording, ANSWERED, answered, low_ns), *_series(recording, FAILED, failed, low_ns)),
        facts=facts, is_waiting=True,
    )  # fmt: skip
    return LoadOutcome(sample=sample, errors=recording.errors, requests_count=len(recording.started_ns))


def _series(recording: Recording, arm: str, chosen: NDArray[np.bool_], low_ns: int) -> tuple[Series, Series]:
    started_ns = (recording.started_ns[chosen] - low_ns).tolist()
    return (
        Series(arm, Reading.WALL_NS, tuple(recording.response_ns[chosen].tolist())),
        Series(arm, Reading.STARTED_NS, tuple(started_ns)),
    )


def _busy_ratio(journal: Journal) -> float:
    """The mean over the beats; the first one holds the start of the users and is left out where there are more."""
    beats = journal.busy_ratios[1:] or journal.busy_ratios
    return fmean(beats) if beats else 0.0
