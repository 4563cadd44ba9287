"""What disturbs a measurement from outside: waiting for a processor, time stolen by the host, load."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from boss_perf.model.samples import Sample

NOISY_STALLED_RATIO = 0.5


class StallWatch:
    """Watches from its making on how long tasks wait for a processor (pressure stall information)."""

    def __init__(self) -> None:
        self._began_ns, self._before_us = time.monotonic_ns(), _pressure_field("total")

    def ratio(self) -> float | None:
        """The share of the time until now in which some task waited; None where nobody counts."""
        lasted_ns, now_us = time.monotonic_ns() - self._began_ns, _pressure_field("total")
        if self._before_us is None or now_us is None:
            return None
        return min(1.0, (int(now_us) - int(self._before_us)) * 1e3 / max(1, lasted_ns))


def run_queue_wait_ns(task: int | str) -> int:
    """How long a process, or `thread-self`, has waited for a core since it began; 0 where nobody counts."""
    try:
        return int(Path(f"/proc/{task}/schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def describe_machine_now() -> tuple[str, ...]:
    """What a reader should know about the machine's state before trusting it: load, pressure, steal, frequency."""
    lines = []
    try:
        lines.append(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    except OSError:
        lines.append("load unknown")
    pressure = _pressure_field("avg10")
    lines.append(
        "pressure unknown" if pressure is None else f"{pressure} % of the last 10 s some task waited for a core"
    )
    stolen, total = _processor_ticks()
    lines.append("steal unknown" if stolen is None or not total else f"{100 * stolen / total:.2f} % stolen since boot")
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    lines.append(f"governor {governor.read_text().strip()}" if governor.exists() else "frequency not visible")
    return tuple(lines)


def stalls(samples: Iterable[Sample]) -> tuple[str, ...]:
    """What a reader should know about how these were taken: that they waited for a core most of the time."""
    stalled = [each.conditions.stalled_ratio for each in samples if each.conditions.stalled_ratio is not None]
    if not stalled or sum(stalled) / len(stalled) < NOISY_STALLED_RATIO:
        return ()
    return (f"noisy: while measuring, a task waited for a core {100 * sum(stalled) / len(stalled):.0f} % of the time",)


def _pressure_field(name: str) -> str | None:
    try:
        line = Path("/proc/pressure/cpu").read_text(encoding="ascii").splitlines()[0]
        return dict(part.split("=", 1) for part in line.split()[1:]).get(name)
    except (OSError, IndexError, ValueError):
        return None


def _processor_ticks() -> tuple[int | None, int | None]:
    try:
        ticks = [int(each) for each in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]]
    except (OSError, IndexError, ValueError):
        return None, None
    return (ticks[7], sum(ticks[:8])) if len(ticks) > 7 else (None, None)
