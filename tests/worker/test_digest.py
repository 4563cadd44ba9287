"""Digests change when the code does and only then."""

from boss_perf.worker.digest import benchmark_digest, text_digest

FILE = """
SIZE = 10

def test_one(benchmark):
    benchmark(work, SIZE)  # a remark

def test_two(benchmark):
    benchmark(work, 2)
"""


def test_comments_and_blank_lines_change_nothing() -> None:
    assert text_digest("x = 1\n") == text_digest("# said\n\nx = 1  # why\n")
    assert text_digest("x = 1\n") != text_digest("x = 2\n")


def test_another_test_of_the_file_changes_nothing_but_a_constant_does() -> None:
    before = benchmark_digest(FILE, "t.py::test_one[3]")
    assert benchmark_digest(FILE.replace("work, 2", "work, 3"), "t.py::test_one") == before
    assert benchmark_digest(FILE.replace("SIZE = 10", "SIZE = 1"), "t.py::test_one") != before
    assert benchmark_digest(FILE.replace("work, SIZE", "len, 'x'"), "t.py::test_one") != before


def test_text_that_is_no_python_still_has_a_digest() -> None:
    assert text_digest("def (") == text_digest("def (")
    assert benchmark_digest("def (", "t.py::test_x") != benchmark_digest("def )", "t.py::test_x")
