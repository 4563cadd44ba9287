import pytest

from boss_perf.targets.expectations import parse_expectation
from boss_perf.tracker_import.wording import checkable


@pytest.mark.parametrize(
    ("wording", "method", "expected"),
    [
        ("60% latency reduction", "", ["latency -60%"]),
        ("40% lookup time reduction", "", ["latency -40%"]),
        ("25% reduction", "End-to-end execution time", ["latency -25%"]),
        ("30% memory reduction", "", ["retained_memory -30%"]),
        ("20% less peak memory", "", ["peak_memory -20%"]),
        ("25% throughput increase", "", ["throughput +25%"]),
        ("reduce latency by 12.5 percent", "", ["latency -12.5%"]),
        ("2x faster", "", ["latency -50%"]),
        ("3× throughput", "", ["throughput +200%"]),
        ("<50ms", "p95 latency", ["p95 < 50 ms"]),
        ("<5ms", "Average lookup time", ["mean < 5 ms"]),
        ("≤ 2 s", "99th percentile", ["p99 <= 2 s"]),
        ("under 10 us", "median", ["p50 < 10 us"]),
        ("p95 < 50 ms and p99 < 100 ms", "", ["p95 < 50 ms", "p99 < 100 ms"]),
        ("at most 100 MB", "", ["retained_memory <= 100 MB"]),
        ("< 4kb peak", "", ["peak_memory < 4 kB"]),
        ("500 requests/s", "", ["throughput > 500 /s"]),
        ("latency −60%", "", ["latency -60%"]),
        ("< 100 ms in 95% of cases", "", ["p95 < 100 ms"]),
        ("99.9% of requests < 200 ms", "", ["p99.9 < 200 ms"]),
        (">10K/sec", "", ["throughput > 10000 /s"]),
        ("1M ops/s", "", ["throughput > 1000000 /s"]),
        ("10k rps", "", ["throughput > 10000 /s"]),
        ("> 10 verifications per second", "", ["throughput > 10 /s"]),
        ("Real-time (< 1 ms/step)", "", ["mean < 1 ms"]),
        ("< 1.5s for 500 nodes", "", ["mean < 1.5 s"]),
        (r"$\le 15\text{ ms}$ (local cache)", "", ["mean <= 15 ms"]),
        ("99% < 1 s", "", ["p99 < 1 s"]),
        ("95% under 200 ms", "", ["p95 < 200 ms"]),
        ("⩽ 5 ms", "", ["mean <= 5 ms"]),
        ("2 hours", "", ["mean < 2 h"]),
        ("10K+ req/sec", "", ["throughput > 10000 /s"]),
        ("≥ 60 FPS", "", ["throughput >= 60 /s"]),
        ("> 500 Hz", "", ["throughput > 500 /s"]),
        ("16 ms (60 fps)", "", ["mean < 16 ms"]),
        ("100 ms (was 300 ms)", "", ["mean < 100 ms"]),
        ("60fps (16ms/frame)", "", ["throughput > 60 /s"]),
        ("< 2 s on 3G", "", ["mean < 2 s"]),
        ("≤ 1 ms", "Target (P1)", ["mean <= 1 ms"]),
        ("p(95)<500ms", "", ["p95 < 500 ms"]),
        ("p95<200ms,p99<500ms", "", ["p95 < 200 ms", "p99 < 500 ms"]),
        ("no more than 5 s", "", ["mean <= 5 s"]),
        ("no less than 100 req/s", "", ["throughput >= 100 /s"]),
        ("80% reduction", "Memory of a session", ["retained_memory -80%"]),
        ("< 500 kB", "Throughput and memory", ["retained_memory < 500 kB"]),
        ("< 20 ms - achieved: 30 ms", "", ["mean < 20 ms"]),
        ("~~80 ms~~ 50 ms", "", ["mean < 50 ms"]),
        ("１００ｍｓ", "", ["mean < 100 ms"]),
    ],
)
def test_what_people_write_becomes_checkable(wording, method, expected):
    found = checkable(wording, method=method)
    assert list(found) == expected
    for text in found:
        parse_expectation(text)


@pytest.mark.parametrize(
    ("wording", "name"),
    [("70% reduction", "Storage costs"), ("-50%", "Reports of errors"), ("< 10 MB", "Bundle under peak load")],
)
def test_what_a_row_is_about_is_never_taken_for_time_or_memory(wording, name):
    assert checkable(wording, name=name) == ()


def test_in_the_memory_table_a_bare_reduction_is_of_memory():
    assert checkable("30% reduction", is_memory=True) == ("retained_memory -30%",)


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("10-20 ms", "mean < 20 ms"),
        ("1,000-2,000 req/s", "throughput > 1000 /s"),
        ("3-4x faster", "latency -66.67%"),
        ("10–15% latency reduction", "latency -10%"),
    ],
)
def test_of_a_range_the_end_that_is_easier_to_reach_is_promised(wording, expected):
    assert checkable(wording) == (expected,)


@pytest.mark.parametrize(
    "wording",
    [
        "",
        "-",
        "as fast as possible",
        "50% faster",
        "60% error reduction",
        "30% cpu reduction",
        "latency increase of 5%",
        "10 ms at 100 users",
        "99.99% of requests < 200 ms",
        "at most 3 retries of 5 s",
        ">50 MB/s",
        "500 Mbit/s",
        "2 ms/s",
        "> 50 ms",
        "p98 < 5 ms",
        "between 5% and 10% reduction",
        "0% latency reduction",
        "100% latency reduction",
        "2x slower",
        "5 of 10",
        "500 ms+",
        "5 s or more",
        "5 秒以上",
        "＞ 100ms",
        "100 ms (at 1000 req/s)",
        "98th percentile < 5 ms",
        "read p95 < 30 ms; write p95 < 50 ms",
        "< 0.1% of requests (over 1h)",
        "~~< 5 ms~~",
        "-5 ms",
        "5:30 min",
    ],
)
def test_what_leaves_open_what_is_meant_promises_nothing(wording):
    assert checkable(wording) == ()
