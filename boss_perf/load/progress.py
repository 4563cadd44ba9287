"""What a running load test looks like from outside: read from the files that its processes append to."""

import json
from dataclasses import dataclass, field
from pathlib import Path

_BYTES_PER_REQUEST = 16


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """The last moments of a running load test; quantiles are None while nothing was answered in them."""

    elapsed_s: float
    users: int
    requests_count: int
    failures_count: int
    throughput_per_s: float
    p50_ns: float | None
    p95_ns: float | None


@dataclass(slots=True)
class Watch:
    """Follows the recordings in a folder; each `look` covers what was appended since the one before."""

    folder: Path
    seen_bytes: dict[Path, int] = field(default_factory=dict)
    requests_count: int = 0
    failures_count: int = 0
    looked_at_s: float = 0.0

    def look(self, elapsed_s: float) -> LoadProgress:
        """The progress `elapsed_s` after the start."""
        import numpy as np

        fresh = [self._appended(path) for path in sorted(self.folder.glob("*.times"))]
        times = np.frombuffer(b"".join(fresh), dtype="<i8").reshape(-1, 2)[:, 1]
        answered = times[times >= 0]
        self.requests_count += len(times)
        self.failures_count += len(times) - len(answered)
        since_s = max(1e-9, elapsed_s - self.looked_at_s)
        self.looked_at_s = elapsed_s
        p50_ns, p95_ns = np.quantile(answered, [0.5, 0.95]).tolist() if len(answered) else (None, None)
        return LoadProgress(
            elapsed_s, self._users(), self.requests_count, self.failures_count, len(times) / since_s, p50_ns, p95_ns
        )

    def _appended(self, path: Path) -> bytes:
        seen = self.seen_bytes.get(path, 0)
        with path.open("rb") as file:
            file.seek(seen)
            content = file.read()
        whole = len(content) - len(content) % _BYTES_PER_REQUEST
        self.seen_bytes[path] = seen + whole
        return content[:whole]

    def _users(self) -> int:
        """Users at each process's last complete journal line that tells them."""
        total = 0
        for path in self.folder.glob("*.journal"):
            for line in reversed(path.read_text("utf-8").split("\n")[:-1]):
                if '"users"' in line:
                    total += int(json.loads(line)["users"])
                    break
        return total
