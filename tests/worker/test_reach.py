"""An edit of a test file marks the benchmarks that it may touch, and no others."""

import pytest

from boss_perf.worker.digest import benchmark_digest

FILE = '''
"""Words about the file."""

import json
import pytest
from pkg import work, other

pytestmark = pytest.mark.slow
SIZE = 10
UNUSED = 20
MADE = work(1)


def helper(x):
    return work(x, SIZE)


def helper_of_another(x):
    return json.dumps(x)


@pytest.fixture
def corpus(seed):
    return [seed]


@pytest.fixture
def seed():
    return 3


@pytest.fixture
def corpus_of_another():
    return [4]


@pytest.fixture(autouse=True)
def clean():
    other.clear()


@pytest.mark.usefixtures("clock")
def test_it(benchmark, corpus):
    benchmark(helper, corpus)


def test_another(benchmark, corpus_of_another):
    benchmark(helper_of_another, corpus_of_another)


@pytest.fixture
def clock():
    return 5


class TestGroup:
    size = 6

    def helper(self):
        return self.size

    @pytest.mark.parametrize("size", [work(1)])
    def test_it(self, benchmark, size):
        benchmark(self.helper)

    def test_other(self, benchmark):
        benchmark(len, "x")


class TestAnother:
    def test_it(self, benchmark):
        benchmark(len, "y")
'''
PLAIN, GROUPED = "t.py::test_it", "t.py::TestGroup::test_it[3]"


def is_touched(node_id: str, old: str, new: str) -> bool:
    assert FILE.count(old) == 1, old
    return benchmark_digest(FILE.replace(old, new), node_id) != benchmark_digest(FILE, node_id)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SIZE = 10", "SIZE = 11"),
        ("return work(x, SIZE)", "return 1"),
        ("return [seed]", "return []"),
        ("return 3", "return 2"),
        ("return 5", "return 6"),
        ("other.clear()", "pass"),
        ("MADE = work(1)", "MADE = work(2)"),
        ("MADE = work(1)", "MADE = 1\nimport pkg; pkg.work = len"),
        ("pytest.mark.slow", "pytest.mark.fast"),
        ("from pkg import work, other", "from pkg import work2 as work, other"),
        ("    benchmark(helper, corpus)", "    benchmark(len, corpus)"),
        ('("clock")', '("seed")'),
    ],
)
def test_what_a_test_reaches_or_what_acts_by_itself_touches_it(old: str, new: str) -> None:
    assert is_touched(PLAIN, old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Words about", "Other words about"),
        ("UNUSED = 20", "UNUSED = 21"),
        ("UNUSED = 20", "from elsewhere import thing"),
        ("import json", "import json as json"),
        ("return json.dumps(x)", "return 1"),
        ("return [4]", "return [5]"),
        ("def test_another(benchmark, corpus_of_another):", "def test_renamed(benchmark, corpus_of_another):"),
        ('benchmark(len, "x")', 'benchmark(len, "xx")'),
        ('benchmark(len, "y")', 'benchmark(len, "yy")'),
        ("    size = 6", "    size = 7"),
    ],
)
def test_what_it_cannot_reach_does_not(old: str, new: str) -> None:
    assert not is_touched(PLAIN, old, new)


def test_a_test_of_a_class_is_touched_by_its_class_but_not_by_the_other_tests_there() -> None:
    assert is_touched(GROUPED, "    size = 6", "    size = 7")
    assert is_touched(GROUPED, "return self.size", "return 1")
    assert is_touched(GROUPED, "[work(1)]", "[work(2)]")
    assert not is_touched(GROUPED, 'benchmark(len, "x")', 'benchmark(len, "xx")')
    assert not is_touched(GROUPED, "    benchmark(helper, corpus)", "    benchmark(len, corpus)")


def test_a_base_class_is_reached_by_those_who_inherit() -> None:
    shared = "class Shared:\n    def test_it(self, benchmark):\n        benchmark(len, 'x')\n"
    text = f"{shared}\nclass TestOne(Shared):\n    pass\n"
    before = benchmark_digest(text, "t.py::TestOne::test_it")
    assert benchmark_digest(text.replace("'x'", "'xx'"), "t.py::TestOne::test_it") != before


def test_statements_that_share_a_line_share_their_fate() -> None:
    text = "A = 1; B = 2\n\ndef test_it(benchmark):\n    benchmark(len, A)\n"
    assert benchmark_digest(text.replace("A = 1", "A = 3"), PLAIN) != benchmark_digest(text, PLAIN)
