"""Memory lies elsewhere after a shake, and nothing else changes."""

import random
import tracemalloc

from boss_perf.worker.layout import Layout


def _offsets(layout: Layout | None, *, looks: int = 50) -> set[int]:
    found = set()
    for _ in range(looks):
        if layout is not None:
            layout.shake()
        found.add(id(bytes(2000)) % 4096)
    return found


def test_temporary_memory_moves_from_shake_to_shake() -> None:
    still = _offsets(None)
    moved = _offsets(Layout(random.Random(1)))
    assert len(moved) >= 10
    assert len(moved) > 2 * len(still)


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
    assert held_bytes < 100_000


def test_the_random_numbers_of_the_suite_stay_as_they_are() -> None:
    random.seed(7)
    before = random.getstate()
    Layout(random.Random(1)).shake()
    assert random.getstate() == before
