"""The peak of resident memory during one call, in a process that has threads and a used heap."""

import subprocess
import sys
from pathlib import Path

import pytest

from boss_perf.worker.memory import children_peak_bytes, resident_call

SCRIPT = """
import sys, threading
from boss_perf.worker.memory import resident_call

work = {work}
stop = threading.Event()
threading.Thread(target=stop.wait, daemon=True).start()
for _ in range(3):
    work()
print(resident_call(work).resident_bytes)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the kernel does not tell the peak")


@pytest.mark.parametrize(
    ("work", "held_bytes"),
    [
        ("lambda: bytearray(50_000_000)", 50_000_000),
        ("lambda: [bytes(1000) for _ in range(40_000)]", 40_000 * 1033),
        ("lambda: len([b'x' * (100_000 + each) for each in range(300)])", 300 * 100_033),
    ],
)
def test_what_earlier_calls_freed_hides_nothing(work: str, held_bytes: int) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(work=work)], capture_output=True, text=True, check=True)
    assert 0.9 * held_bytes < int(done.stdout) < 1.15 * held_bytes


def test_a_call_that_fails_has_no_figure_and_fails_nothing() -> None:
    assert resident_call(lambda: 1 / 0).resident_bytes is None


def test_the_peak_of_a_process_that_was_waited_for_or_still_runs_is_told() -> None:
    held = [sys.executable, "-c", "b = bytearray(90_000_000); print(1, flush=True); input()"]
    with subprocess.Popen(held, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        _, running_bytes = children_peak_bytes(process.stdout.readline)
        _, ended_bytes = children_peak_bytes(lambda: process.communicate(b"\n"))
    assert min(running_bytes, ended_bytes) > 90_000_000
