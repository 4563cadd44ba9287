"""What the locust processes recorded, merged without loss: raw nanoseconds, in the order of the requests' starts.

A running test is watched through the same files, which its processes append to.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss_perf.errors import WorkloadError

_BYTES_PER_REQUEST = 16


@dataclass(frozen=True, slots=True)
class Journal:
    """What one process said about itself. `spawned_ns`, `stopping_ns` are None when it never came that far.

    `late_ns` is how late greenlets woke up, per beat the 95th percentile. `is_cut` when locust ended open requests.
    """

    is_closed: bool
    spawned_ns: int | None
    stopping_ns: int | None
    users_count: int
    busy_ratios: tuple[float, ...]
    late_ns: tuple[int, ...]
    requests_count: int
    is_cut: bool
    errors: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """All requests of all processes in the order of their starts; `response_ns` is positive for failed ones too."""

    started_ns: NDArray[np.int64]
    response_ns: NDArray[np.int64]
    is_failed: NDArray[np.bool_]
    journals: tuple[Journal, ...]

    @property
    def errors(self) -> tuple[tuple[str, int], ...]:
        """Error texts of all processes with their counts, the most frequent first."""
        total: Counter[str] = Counter()
        for journal in self.journals:
            total.update(dict(journal.errors))
        return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0])))

    def steady_window_ns(self) -> tuple[int, int] | None:
        """From the moment all users of all processes ran until the first process was told to stop; None if never.

        Machines are taken to agree on the time of day.
        """
        spawned = [journal.spawned_ns for journal in self.journals]
        stopping = [journal.stopping_ns for journal in self.journals if journal.stopping_ns is not None]
        known = [moment for moment in spawned if moment is not None]
        if not known or len(known) < len(spawned) or not stopping or max(known) >= min(stopping):
            return None
        return max(known), min(stopping)


def read_recording(folder: Path) -> Recording:
    """Merge the files of every process in a folder; a half-written last record or line is left out."""
    blocks = [_requests(path) for path in sorted(folder.glob("*.times"))]
    requests = np.concatenate(blocks) if blocks else np.empty((0, 2), dtype=np.int64)
    requests = requests[np.argsort(requests[:, 0], kind="stable")]
    response_ns = requests[:, 1]
    is_failed = response_ns < 0
    journals = tuple(parse_journal(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.journal")))
    return Recording(requests[:, 0], np.where(is_failed, ~response_ns, response_ns), is_failed, journals)


def parse_journal(process: str, text: str) -> Journal:
    """One process's journal; WorkloadError for a line that is not the recorder's."""
    lines = text.split("\n")[:-1]
    try:
        entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
        beats = [entry for entry in entries if entry["kind"] == "beat"]
        moments = {entry["kind"]: entry for entry in reversed(entries)}
        closing = moments.get("stopped", {})
        return Journal(
            is_closed="stopped" in moments,
            spawned_ns=moments["spawned"]["at_ns"] if "spawned" in moments else None,
            stopping_ns=moments["stopping"]["at_ns"] if "stopping" in moments else None,
            users_count=max((entry.get("users", 0) for entry in entries), default=0),
            busy_ratios=tuple(beat["busy_ratio"] for beat in beats),
            late_ns=tuple(beat["late_ns"] for beat in beats if beat["late_ns"] is not None),
            requests_count=closing.get("requests", beats[-1]["requests"] if beats else 0),
            is_cut=bool(closing.get("is_cut", False)),
            errors=tuple(closing.get("errors", {}).items()),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkloadError(f"a load worker's journal cannot be read: {error}", where=process) from error


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """The last moments of a running load test; `p95_ns` is None while nothing was answered in them."""

    elapsed_s: float
    users: int
    requests_count: int
    failures_count: int
    throughput_per_s: float
    p95_ns: float | None


@dataclass(slots=True)
class Watch:
    """Follows the recordings in a folder; each `look` covers what was appended since the one before."""

    folder: Path
    seen: Counter[Path] = field(default_factory=Counter)
    requests_count: int = 0
    failures_count: int = 0
    looked_at_s: float = 0.0

    def look(self, elapsed_s: float) -> LoadProgress:
        """The progress `elapsed_s` after the start."""
        fresh = {path: _requests(path, after=self.seen[path]) for path in self.folder.glob("*.times")}
        self.seen.update({path: len(requests) for path, requests in fresh.items()})
        times = np.concatenate([np.empty((0, 2), dtype="<i8"), *fresh.values()])[:, 1]
        answered = times[times >= 0]
        self.requests_count += len(times)
        self.failures_count += len(times) - len(answered)
        since_s = max(1e-9, elapsed_s - self.looked_at_s)
        self.looked_at_s = elapsed_s
        p95_ns = float(np.quantile(answered, 0.95)) if len(answered) else None
        return LoadProgress(
            elapsed_s, self._users(), self.requests_count, self.failures_count, len(times) / since_s, p95_ns
        )

    def _users(self) -> int:
        """Users at each process's last complete journal line that tells them."""
        total = 0
        for path in self.folder.glob("*.journal"):
            for line in reversed(path.read_text("utf-8").split("\n")[:-1]):
                if '"users"' in line:
                    total += int(json.loads(line)["users"])
                    break
        return total


def _requests(path: Path, *, after: int = 0) -> NDArray[np.int64]:
    """(start, response time) of the whole requests in a file, but for the first `after`."""
    with path.open("rb") as file:
        file.seek(after * _BYTES_PER_REQUEST)
        content = file.read()
    whole = len(content) - len(content) % _BYTES_PER_REQUEST
    return np.frombuffer(content[:whole], dtype="<i8").reshape(-1, 2)
