"""Memory lies elsewhere after a shake, and nothing else changes."""

import random
import subprocess
import sys
import tracemalloc

import pytest

from boss_perf.worker.heap_randomization import Layout

_OFFSETS = """
import random, sys
from boss_perf.worker.heap_randomization import Layout
def places(shake, make):
    found = set()
    for _ in range(500):
        shake()
        found.add(id(make()) % 16384)
    return len(found)
make = eval(f"lambda: {sys.argv[1]}")
print(places(lambda: None, make), places(Layout(random.Random(1)).shake, make))
"""


@pytest.mark.parametrize("make", ["bytes(2000)", "bytes(150)", "bytes(450)"])
def test_temporary_memory_moves_from_shake_to_shake(make: str) -> None:
    # In a process of its own: how far a temporary can move hangs on the holes that all tests before have left.
    command = [sys.executable, "-c", _OFFSETS, make]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    still, moved = map(int, said.split())
    assert still <= 2
    assert moved >= 3 * still


def test_what_is_held_does_not_grow() -> None:
    layout = Layout(random.Random(1))
    layout.shake()
    tracemalloc.start()
    try:
        for _ in range(1000):
            layout.shake()
        held_bytes = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held_bytes < 600_000


def test_the_random_numbers_of_the_suite_stay_as_they_are() -> None:
    random.seed(7)
    before = random.getstate()
    Layout(random.Random(1)).shake()
    assert random.getstate() == before
