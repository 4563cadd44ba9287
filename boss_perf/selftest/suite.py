"""The suites the gate is examined on: varied pieces of real work whose amount can be raised by a known share.

A slowdown is the same code doing so much more of the same work, so its true size is known before it is measured.
"""

from collections.abc import Sequence
from pathlib import Path

PACKAGE = "proof_subject"

_CODE = '''
"""Work whose amount is a parameter; `SHARE` more of it is a slowdown of that size."""

import functools
import json
import re
import sqlite3
import types

import numpy

SHARE = {share!r}
HARMLESS = [f"{{index}}" * index for index in range({harmless})]


def more(count):
    return round(count * (1 + SHARE))


KEYS = [f"key{{index}}" for index in range(2000)]
TABLE = {{key: index for index, key in enumerate(KEYS)}}
RECORDS = json.dumps([{{"id": i, "name": f"n{{i}}", "tags": ["a", "b"]}} for i in range(more(200))])
WORDS = " ".join(f"word{{i % 97}}" for i in range(more(2000)))
PATTERN = re.compile(r"word(\\d+)")
HANDS = [[(i * 7919) % 10007 for i in range(30)] for _ in range(more(100))]
BLOCK = bytes(more(8_000_000))
NODES = [types.SimpleNamespace(kind=i % 7, size=i) for i in range(more(300))]
MATRIX = numpy.arange(more(2000) * 64, dtype=numpy.float32).reshape(-1, 64)
GROWN = []
ROWS = sqlite3.connect(":memory:")
ROWS.execute("create table t (k integer primary key, g integer, v real)")
ROWS.executemany("insert into t values (?, ?, ?)", ((i, i % 17, i * 0.5) for i in range(20000)))


def lookups(table=TABLE, keys=KEYS[: more(1000)]):
    total = 0
    for key in keys:
        total += table[key]
    return total


def parse():
    return len(json.loads(RECORDS))


def match():
    return sum(int(found) for found in PATTERN.findall(WORDS))


def order():
    return sum(sorted(hand)[0] for hand in HANDS)


def arithmetic():
    return sum(i * i % 7 for i in range(more(5000)))


def build():
    return len("".join([str(i) for i in range(more(4000))]))


def query():
    return ROWS.execute("select g, sum(v) from t where k < ? group by g", (more(6000),)).fetchall()[0][1]


def copy():
    return len(bytearray(BLOCK))


def attributes():
    return sum(node.size for node in NODES if node.kind != 3)


async def _leaf(count):
    return count


async def _chain():
    total = 0
    for count in range(more(100)):
        total += await _leaf(count)
    return total


def coroutine():
    try:
        _chain().send(None)
    except StopIteration as done:
        return done.value


def long_call():
    return sum(i * i % 7 for i in range(more(500_000)))


def scan():
    return int((MATRIX @ MATRIX[0]).argmax())


def grow():
    GROWN.append(len(GROWN))
    return sum(range(more(2000 + len(GROWN) // 50)))


@functools.cache
def _square(count):
    return sum(range(count % 50 + 200))


def lazy():
    lazy.calls = getattr(lazy, "calls", 0) + 1
    return sum(_square((lazy.calls * 20 + i) % 500) for i in range(more(200)))


def allocate():
    return len([{{"id": i, "tags": (i, i + 1)}} for i in range(more(1000))])


def encode():
    return len(json.dumps(KEYS[: more(1000)]))
'''

_SUITE = """
import proof_subject as subject
import pytest

WORK = {work!r}


@pytest.mark.parametrize("name", WORK)
def test_work(benchmark, name):
    benchmark(getattr(subject, name.split("-")[0]))
"""

_PAIRED_SUITE = """
import proof_more
import proof_subject
import pytest

WORK = {work!r}


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("twin", [proof_subject, proof_more], ids=["same", "more"])
def test_pair(paired, name, twin):
    paired(baseline=getattr(proof_subject, name), optimized=getattr(twin, name), agree=lambda a, b: True)
"""

WORK = (
    "lookups", "parse", "match", "order", "arithmetic", "build", "query", "copy", "attributes", "coroutine",
    "long_call", "scan", "grow", "lazy", "allocate", "encode",
)  # fmt: skip
SMALL = tuple(work for work in WORK if work not in ("copy", "long_call", "query"))
MANY_WORK = tuple(f"{SMALL[index % len(SMALL)]}-{index}" for index in range(100))
SUITE_FILE = "bench/test_proof.py"
PAIRED_FILE = "bench/test_pairs.py"


def benchmark_name(work: str) -> str:
    """The node id of one piece of work."""
    return f"{SUITE_FILE}::test_work[{work}]"


def pair_name(work: str, *, is_equal: bool) -> str:
    """The node id of one piece of work against itself, or against more of it."""
    return f"{PAIRED_FILE}::test_pair[{'same' if is_equal else 'more'}-{work}]"


def write_pairs(root: Path, *, share: float) -> Path:
    """A tree in which every piece of work stands against itself and against `share` more of it, in one process.

    Itself is the same function on the same data: a copy of the data elsewhere in memory is really slower or faster, by
    up to 1.5 % where it is small dictionaries, and that is no false alarm.
    """
    (root / "bench").mkdir(parents=True)
    for name, amount in ((PACKAGE, 0.0), ("proof_more", share)):
        (root / f"{name}.py").write_text(_CODE.format(share=amount, harmless=0), encoding="utf-8")
    (root / PAIRED_FILE).write_text(_PAIRED_SUITE.format(work=WORK), encoding="utf-8")
    return root


def write_tree(root: Path, *, share: float, harmless: int = 0, works: Sequence[str] = WORK) -> Path:
    """A tree with the package and its suite over `works`, doing `share` more work than the plain one.

    So many `harmless` constants that nobody reads move what is allocated after them, as an innocent change does.
    """
    (root / PACKAGE).mkdir(parents=True)
    (root / "bench").mkdir()
    (root / PACKAGE / "__init__.py").write_text(_CODE.format(share=share, harmless=harmless), encoding="utf-8")
    (root / SUITE_FILE).write_text(_SUITE.format(work=tuple(works)), encoding="utf-8")
    return root
