from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.errors import TargetsError
from boss_perf.model.targets import Section
from boss_perf.targets.loader import parse_targets
from boss_perf.tracker_import.importer import import_tracker
from boss_perf.tracker_import.tables import NOTHING

SEED = Path(__file__).with_name("seed_tracker.md")
ROOT = Path(__file__).resolve().parents[2]


def imported(text):
    tracker = import_tracker(text if isinstance(text, bytes) else text.encode(), path="tracker.md")
    return tracker, parse_targets(tracker.yaml_text, path="targets.yaml")


@pytest.fixture(scope="module")
def seed():
    return imported(SEED.read_bytes())


def test_no_row_of_the_seed_is_lost(seed):
    tracker, loaded = seed
    counts = {section: len(loaded.in_section(section)) for section in Section}
    assert counts == {
        Section.OPTIMIZATIONS: 10,
        Section.BUDGETS: 8,
        Section.CACHES: 6,
        Section.MEMORY: 5,
        Section.LOADS: 0,
        Section.INFRASTRUCTURE: 5,
    }
    assert (len(loaded.bottlenecks), len(loaded.guidelines), len(loaded.legend), len(loaded.progress)) == (5, 5, 3, 1)
    assert (tracker.row_count, tracker.remarks) == (48, ())
    assert loaded.project == "BOSS"
    assert loaded.closing == "This document is updated weekly to track performance optimization progress."


def test_every_cell_of_the_seed_is_in_the_new_file(seed):
    text = " ".join(seed[0].yaml_text.split())
    for line in SEED.read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and not line.startswith("|-"):
            for cell in line.strip("|").split("|"):
                said = cell.strip()
                is_header = said in COLUMNS
                if said not in ("", "-") and "Not Started" not in said and not is_header:
                    assert said in text, said


COLUMNS = {
    cell.strip()
    for before, line in zip(
        SEED.read_text(encoding="utf-8").splitlines(), SEED.read_text(encoding="utf-8").splitlines()[1:], strict=False
    )
    if line.startswith("|-")
    for cell in before.split("|")
}


def test_the_seed_is_repaired_and_made_checkable(seed):
    _, loaded = seed
    assert [entry.status for entry in loaded.legend] == ["🔴", "🟡", "🟢"]
    assert [target.expectations[0].text for target in loaded.in_section(Section.OPTIMIZATIONS)] == [
        "latency -60%", "latency -40%", "latency -30%", "latency -50%", "latency -40%", "latency -35%",
        "latency -70%", "latency -50%", "retained_memory -30%", "throughput +25%",
    ]  # fmt: skip
    assert [target.expectations[0].text for target in loaded.in_section(Section.BUDGETS)] == [
        "p95 < 50 ms", "mean < 5 ms", "mean < 10 ms", "p95 < 100 ms", "latency -25%", "mean < 20 ms", "p95 < 50 ms",
        "mean < 1 ms",
    ]  # fmt: skip
    first = loaded.targets[0]
    assert (first.wording, first.priority, first.due) == ("60% latency reduction", "High", date(2024, 7, 15))
    files = next(target for target in loaded.targets if target.name == "File Contents")
    assert files.expectations[0].text == "LRU, at most 250 entries, at most 100 MB"
    assert [target.expectations[0].run_kind for target in loaded.in_section(Section.INFRASTRUCTURE)] == [
        "bench", "distributed load", "memory_profiler", "gate", "provisioned dashboard",
    ]  # fmt: skip


def test_the_projects_targets_are_the_import_with_workloads_filled_in(seed):
    own = parse_targets((ROOT / "targets.yaml").read_bytes(), path="targets.yaml")
    by_id = {target.id: target for target in own.targets}
    for target in seed[1].targets:
        mine = by_id[target.id]
        for name in ("name", "section", "operation", "priority", "owner", "due", "wording", "method", "notes",
                     "description", "cache_type", "eviction_wording", "size_wording"):  # fmt: skip
            assert getattr(mine, name) == getattr(target, name), (target.id, name)
        if target.section is not Section.CACHES:
            assert set(target.expectations) <= set(mine.expectations)
    assert [each.name for each in own.bottlenecks] == [each.name for each in seed[1].bottlenecks]
    assert (own.guidelines, own.legend, own.progress) == (seed[1].guidelines, seed[1].legend, seed[1].progress)
    assert (own.title, own.introduction, own.closing) == (seed[1].title, seed[1].introduction, seed[1].closing)


def test_the_projects_workloads_exist():
    own = parse_targets((ROOT / "targets.yaml").read_bytes(), path="targets.yaml")
    for workload in {target.workload for target in own.targets if target.workload}:
        file, _, test = workload.partition("::")
        assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8"), workload


TABLE = """\
| Optimization Target | Status | Priority | Assigned To | Target Completion | Expected Improvement | Notes |
|---|---|---|---|---|---|---|
"""


def test_what_has_no_place_stays_as_a_comment_and_is_told():
    tracker, loaded = imported(
        "# T\n\n" + TABLE.replace("| Notes |", "| Notes | Ticket |").replace("|---|\n", "|---|---|\n")
        + "| A | 🟢 Completed | High | Ada | soon | faster | n | X-1 |\n"
        + "| B | - | - | - | July 15, 2024 | 2x faster | a \\| b | | stray |\n\nA word between.\n\n"
        + "| Fruit | Colour |\n|---|---|\n| apple | green |\n\n- an item\n\nThe end.\n"
    )  # fmt: skip
    first, second = loaded.targets
    assert (first.owner, first.due, first.expectations, first.wording) == ("Ada", None, (), "faster")
    assert (second.due, second.notes, second.expectations[0].text) == (date(2024, 7, 15), "a | b", "latency -50%")
    for kept in ("X-1", "soon", "🟢 Completed", "stray", "A word between.", "apple | green", "an item"):
        assert any(kept in line for line in tracker.yaml_text.splitlines() if line.lstrip().startswith("#")), kept
    told = "\n".join(tracker.remarks)
    for place in (
        "5  Ticket",
        "5  status",
        "5  target completion",
        '5  "faster"',
        "6  more cells",
        "8  ",
        "10  ",
        "14  ",
    ):
        assert f"tracker.md:{place}" in told, (place, told)
    assert loaded.closing == "The end."


def test_the_same_name_twice_gives_two_ids():
    _, loaded = imported(
        TABLE + "| A | | | | | 5% reduction | |\n| A | | | | | 6% reduction | |\n| ☃ | | | | | x | |\n"
    )
    assert [target.id for target in loaded.targets] == ["a", "a-2", "optimizations"]


def test_markup_comes_off():
    _, loaded = imported(TABLE + "| **A** `b` | | | | | 5% reduction | [docs](http://x.y) &lt;1 |\n")
    assert (loaded.targets[0].name, loaded.targets[0].notes) == ("A b", "docs (http://x.y) <1")


def test_a_nameless_row_is_kept():
    _, loaded = imported(TABLE + "| | | High | | | 5% reduction | |\n| | | | | | | |\n")
    (target,) = loaded.targets
    assert (target.name, target.priority) == ("unnamed row of line 3", "High")


@pytest.mark.parametrize(
    "content",
    [
        SEED.read_text(encoding="utf-8").replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SEED.read_bytes(),
        SEED.read_text(encoding="utf-8").encode("utf-16"),
        SEED.read_text(encoding="utf-8").replace("ðŸ”´", "🔴").encode(),
    ],
    ids=["crlf", "byte order mark", "utf-16", "half repaired"],
)
def test_the_seed_in_other_encodings(seed, content):
    assert imported(content)[0].yaml_text == seed[0].yaml_text


def test_one_table_is_enough_under_any_heading():
    _, loaded = imported("## Whatever\n\n| Caching target | Cache Type |\n|---|---|\n| Pages | LRU |\n")
    assert [(target.name, target.section) for target in loaded.targets] == [("Pages", Section.CACHES)]


@pytest.mark.parametrize("content", [b"", b"# Shopping\n\n- milk\n", b"| a | b |\n|---|---|\n| 1 | 2 |\n", b"\0\1\2"])
def test_a_file_that_is_no_tracker(content):
    with pytest.raises(TargetsError) as caught:
        import_tracker(content, path="notes.md")
    assert caught.value.where == "notes.md"


def test_a_huge_tracker_is_refused():
    with pytest.raises(TargetsError, match="too large"):
        import_tracker(b"x" * 2_000_000, path="notes.md")


def test_markup_nested_without_end_is_refused():
    with pytest.raises(TargetsError, match="nested too deeply"):
        import_tracker(b"*a " * 9_000 + b"b" + b" c*" * 9_000, path="notes.md")


CELL = st.text(
    alphabet=st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E), st.sampled_from("äöüé–…🔴🟢日本\u200b\u2028\x85\ufeff")
    ),
    max_size=24,
)


def escaped(text):
    return "".join(f"\\{char}" if char.isascii() and not char.isalnum() and char != " " else char for char in text)


@given(st.lists(st.lists(CELL | st.sampled_from(sorted(NOTHING)), min_size=7, max_size=7), min_size=1, max_size=4))
def test_any_cells_come_through(rows):
    said = [[" ".join(cell.replace("\u200b", "").split()) for cell in row] for row in rows]
    text = TABLE + "".join(f"| {' | '.join(escaped(cell) for cell in row)} |\n" for row in said)
    kept = [row for row in said if any(cell.lower() not in NOTHING for cell in row)]
    if not kept:
        return
    loaded = parse_targets(import_tracker(text.encode(), path="t.md").yaml_text, path="targets.yaml")
    assert len(loaded.targets) == len(kept)


WORD = st.text(alphabet="abcdefgh: #'\"{}[]&*!%@`-?,0123456789äé|\\", min_size=1, max_size=20).map(
    lambda text: " ".join(f"x{text}x".split())
)


@given(name=WORD, owner=WORD, notes=WORD)
def test_words_come_through_unchanged(name, owner, notes):
    row = " | ".join(escaped(cell) for cell in (name, "", "", owner, "", "5% reduction", notes))
    (target,) = imported(f"{TABLE}| {row} |\n")[1].targets
    assert (target.name, target.owner, target.notes) == (name, owner, notes)
