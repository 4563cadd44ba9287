"""What holds memory is told by function, of two arms or of one alone."""

import math

from boss_perf.explain.allocations import with_memory
from boss_perf.measure.memory_pass import MemoryProfile
from boss_perf.model.explanations import Explanation
from boss_perf.report.explanation_text import explanation_lines, sides_text
from boss_perf.worker.profile_messages import GrownLines, MemorySites

TEXT = """\
class Shop:
    def held(self, count):
        block = b"x" * count
        other = [block] * 9
        return block, other


def small():
    return bytes(9)
"""
BASE = MemorySites("memray", (("shop.py", "held", 3, 1_000, 1), ("shop.py", "small", 9, 5_000, 1)))
HEAD = MemorySites(
    "memray", (("shop.py", "held", 3, 2_000_000, 1), ("shop.py", "held", 4, 100, 2), ("shop.py", "small", 9, 5_000, 1))
)
GROWN = GrownLines(((4, 8_192, 1), (3, 2_002_944, 1)))
FILES = {"shop.py": TEXT}


def told(profile: MemoryProfile, *, base: str = "", head: str = "") -> Explanation:
    return with_memory(Explanation(benchmark="t.py::t", base=base, head=head), profile, texts=(FILES, FILES))


def test_the_function_that_holds_more_is_named_with_the_line_that_grew_most() -> None:
    found = told(MemoryProfile(sites=(BASE, HEAD), grown=GROWN, grown_file="shop.py"), base="base", head="head")
    assert [(each.function, each.line, each.bytes_base, each.bytes_head) for each in found.sites] == [
        ("shop.Shop.held", 3, 1_000, 2_000_100)
    ]
    assert explanation_lines(found) == (
        "shop.Shop.held: 1.00 kB → 2.00 MB at the peak, shop.py:3",
        'line 3: block = b"x" * count, +2.00 MB while it ran',
    )
    assert (sides_text(found), found.notes) == ("base → head", ())


def test_of_one_arm_alone_it_is_told_what_there_is() -> None:
    found = told(MemoryProfile(sites=(MemorySites("tracemalloc", HEAD.sites),)))
    assert [each.bytes_base for each in found.sites] == [None, None]
    assert explanation_lines(found)[0] == "shop.Shop.held: 2.00 MB at the peak, shop.py:3"
    assert sides_text(found) == "memory at the peak"
    assert found.notes == ("without memray: what a call leaves behind, not its peak",)


def test_what_holds_as_much_in_both_is_not_told() -> None:
    found = told(MemoryProfile(sites=(BASE, BASE)), base="base", head="head")
    assert (found.sites, explanation_lines(found)) == ((), ("no difference found",))


def test_without_an_interval_it_is_not_said_that_there_is_no_difference() -> None:
    few = Explanation(benchmark="t.py::t", base="a", head="b", ratio=1.7, ratio_low=0.0, ratio_high=math.inf)
    assert explanation_lines(few) == ("too few rounds to name anything",)
