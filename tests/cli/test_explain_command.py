"""`boss-perf explain` as its user meets it: an object for machines, a page for people, sentences for mistakes."""

import json
import subprocess
from pathlib import Path

import pytest
from command_runs import boss_perf

from boss_perf.cli.explain import benchmark_named
from boss_perf.errors import UsageError

pytestmark = pytest.mark.slow

SHOP = """
def normal(word):
    return word.strip().lower()


def scan(text):
    return [normal(word) for word in text.split()]


def held(count):
    block = b"x" * count
    return len(block) > 0
"""
SUITE = """
from shop import held, scan


def test_scan(benchmark):
    benchmark(scan, "One two THREE " * 40)


def test_pair(paired):
    paired(baseline=lambda: scan("One " * 200), optimized=lambda: ["one"] * 200)


def test_held(paired):
    paired(baseline=lambda: held(1_000), optimized=lambda: held(20_000_000))


def test_alone(benchmark):
    benchmark(held, 20_000_000)
"""
TARGETS = """
project: Demo
optimizations:
  - {id: pair, name: Pair, expect: latency -50%, workload: "test_it.py::test_pair"}
memory:
  - {id: held, component: C, expect: peak_memory -30%, workload: "test_it.py::test_held"}
  - {id: alone, component: D, expect: peak_memory < 1 MB, workload: "test_it.py::test_alone"}
infrastructure:
  - {name: Lines, evidence: memory_profiler run}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose second commit calls one function twice as often."""
    place = tmp_path_factory.mktemp("explained") / "shop"
    place.mkdir()
    (place / "test_it.py").write_text(SUITE)
    (place / "targets.yaml").write_text(TARGETS)
    for words in (["init", "-q", "-b", "main"], SHOP, SHOP.replace("normal(word) for", "normal(normal(word)) for")):
        if isinstance(words, list):
            git(place, *words)
            continue
        (place / "shop.py").write_text(words)
        git(place, "add", "-A")
        git(place, "commit", "-qm", "a version")
    return place


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.invalid"]
    subprocess.run(["git", "-C", str(root), *identity, *words], capture_output=True, check=True)


def test_json_is_one_object_whose_first_function_is_the_responsible_one(root: Path) -> None:
    done = boss_perf(root, "explain", "test_it.py::test_scan", "--against", "HEAD~1", "--json")
    assert done.status == 0, done.err
    first = json.loads(done.out)["functions"][0]
    assert (first["function"], first["file"], first["line"]) == ("shop.scan", "shop.py", 6)
    assert (first["calls_base"], first["calls_head"]) == (1, 1)
    assert first["details"] == ["calls shop.normal 120 → 240 times"]
    assert first["share_low_ratio"] <= first["share_ratio"] <= first["share_high_ratio"]
    assert first["share_ratio"] > 0.1


def test_a_target_is_explained_between_its_two_implementations(root: Path) -> None:
    done = boss_perf(root, "explain", "pair", "-o", f"speedscope={root.parent / 'pair.json'}")
    assert done.status == 0, done.err
    assert "baseline → optimized" in done.out and "shop.normal: 400 → 0 calls" in done.out
    profiles = json.loads((root.parent / "pair.json").read_text())["profiles"]
    assert [each["name"] for each in profiles] == ["baseline", "optimized"]
    assert boss_perf(root, "dashboard").status == 0
    page = (root / "reports" / "dashboard.html").read_text("utf-8")
    assert "Why: baseline → optimized" in page and 'class="flame"' in page and "shop.normal: 400 → 0 calls" in page


def test_a_test_is_found_by_its_name_alone_where_one_file_has_it(root: Path, tmp_path: Path) -> None:
    assert benchmark_named("test_scan", root, root / "targets.yaml") == ("test_it.py::test_scan", False)
    assert benchmark_named("test_scan[4k]", root, root / "targets.yaml") == ("test_it.py::test_scan[4k]", False)
    for name in ("test_one.py", "test_two.py"):
        (tmp_path / name).write_text("def test_it(benchmark):\n    benchmark(len, ())\n", encoding="utf-8")
    (root / "test_class.py").write_text("class TestIt:\n    def test_one(self, benchmark): benchmark(len, 'x')\n")
    for word in ("TestIt::test_one", "TestIt::test_one[a::b]"):
        assert benchmark_named(word, root, root / "targets.yaml") == (f"test_class.py::{word}", False)
    with pytest.raises(UsageError, match="stands in 2 files"):
        benchmark_named("test_it", tmp_path, tmp_path / "targets.yaml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["test_it.py::test_scam"], "did you mean 'test_it.py::test_scan'?"),
        (["test_other.py::test_scan"], "no such file"),
        (["nothing"], "is no benchmark"),
        (["test_it.py::test_scan", "--against", "nowhere"], "nowhere"),
        (["test_it.py::test_scan", "-o", "flame=x.html"], "did you mean 'flamegraph'?"),
    ],
)
def test_mistakes_are_told_with_a_way_out(words: list[str], said: str, root: Path) -> None:
    done = boss_perf(root, "explain", *words)
    assert done.status == 2 and said in done.err and not done.out
    assert "Traceback" not in done.err


def test_lines_that_memory_profiler_tells_turn_its_row_green(root: Path) -> None:
    pytest.importorskip("memory_profiler")
    row = "| Lines | 🟢 Completed | the last memory_profiler run was on"
    for words, is_green in (((), False), (("--memory",), True)):
        done = boss_perf(root, "explain", "test_it.py::test_held", *words)
        assert done.status == 0, done.err
        assert ('block = b"x" * count' in done.out) is is_green
        assert boss_perf(root, "report", "--to", "tracker.md").status == 0
        assert (row in (root / "tracker.md").read_text(encoding="utf-8")) is is_green


def test_a_promise_about_memory_that_is_missed_says_who_holds_it(root: Path) -> None:
    answer = root.parent / "bench.json"
    done = boss_perf(root, "bench", "held", "alone", "--budget", "20", "-o", f"json={answer}")
    why = {each["key"]: each["explanation"] for each in json.loads(answer.read_text(encoding="utf-8"))["items"]}
    for name, base in (("held", why["held"]["base"]), ("alone", "")):
        site = why[name]["sites"][0]
        assert (why[name]["base"], site["function"], site["line"]) == (base, "shop.held", 11)
        assert site["bytes_head"] >= 20_000_000
        assert why[name]["memory_lines"][0]["text"] == 'block = b"x" * count'
    assert why["held"]["base"] == "baseline" and why["held"]["sites"][0]["bytes_base"] < 10_000
    assert "shop.held: 20.0 MB at the peak, shop.py:11" in done.out, done.out
    assert boss_perf(root, "dashboard").status == 0
    assert "Why: memory at the peak" in (root / "reports" / "dashboard.html").read_text("utf-8")
    quiet = boss_perf(root, "bench", "alone", "--budget", "20", "--no-explain")
    assert "MISSED" in quiet.out and "at the peak" not in quiet.out
