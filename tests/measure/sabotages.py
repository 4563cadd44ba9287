"""Ways to get a slower change through a gate, each in a folder of its own below one repository's `tests`.

`SABOTAGES` close the gate by what they do. `HIDINGS` edit the exam so that a slowdown would not show: they have no
effect, for base's exam decides.
"""

from dataclasses import dataclass, field

CASE = "import pkg\ndef test_it(benchmark):\n    benchmark(pkg.work, 300)\n"

BASE_PACKAGE = """
import time

FLAG = 0

def work(n):
    return sum(range(n))

def answer():
    return {"sum": 3}

def breaking():
    return 1

def hanging():
    return 1

def swallowed():
    return 1

def expected():
    return 1

def flooding():
    return 1

def agreeing(n):
    return n

def slowed(n):
    return sum(range(n))
"""

HEAD_PACKAGE = (
    BASE_PACKAGE.replace('"sum": 3', '"sum": 4')
    .replace("def breaking():\n    return 1", "def breaking():\n    raise ValueError('broken')")
    .replace("def hanging():\n    return 1", "def hanging():\n    time.sleep(60)")
    .replace("def swallowed():\n    return 1", "def swallowed():\n    raise ValueError('hidden')")
    .replace("def expected():\n    return 1", "def expected():\n    raise ValueError('expected')")
    .replace("def flooding():\n    return 1", "def flooding():\n    print('x' * 20000)")
    .replace("def agreeing(n):\n    return n", "def agreeing(n):\n    return n + 1")
    .replace("def slowed(n):", "def slowed(n):\n    for _ in range(2 if n > 1000 else 0):\n        sum(range(n))")
) + "\ndef newer(n):\n    return sum(range(n))\n"


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What head does to a case: its test file (None: deleted), further files, and what the gate says when it closes.

    `base` is the case's test file before; `base_files` and `files` are written beside it, by name.
    """

    head: str | None
    said: str = ""
    base: str = CASE
    files: dict[str, str] = field(default_factory=dict)
    base_files: dict[str, str] = field(default_factory=dict)


def using(name: str) -> str:
    """A case that measures one function of the package."""
    return f"import pkg\ndef test_it(benchmark):\n    benchmark(pkg.{name})\n"


SKIPPING_HOOK = """
import pathlib, pytest
def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == pathlib.Path(__file__).parent:
            item.add_marker(pytest.mark.skip(reason="not today"))
"""

DESELECTING_HOOK = """
import pathlib
def pytest_collection_modifyitems(items):
    items[:] = [each for each in items if each.path.parent != pathlib.Path(__file__).parent]
"""

SWALLOWING_HOOK = """
import pytest
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed"
    return report
"""

FAKE_FIXTURE = """
import pytest
class Fake:
    extra_info = {}
    def __call__(self, function, *args):
        return None
@pytest.fixture
def benchmark():
    return Fake()
"""

PATCHED_WORKER = """
import sys, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    monkeypatch.setattr(sys.modules["boss_perf_worker.clocks"].CLOCKS, "thread_ns", lambda: 1)
"""

PATCHED_LOOP = """
import sys, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    subject = sys.modules["boss_perf_worker.subject"].Subject
    monkeypatch.setattr(subject, "batch", lambda self, calls: (1000 * calls, 1000 * calls))
"""

PATCHED_TABLE = """
import sys, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    serve = sys.modules["boss_perf_worker.order_loop"]
    times = lambda subject, order: serve.BatchTimes((1,), (1,), 0, 0)
    monkeypatch.setitem(serve._ANSWERS, serve.orders.TimeBatches, times)
"""

PATCHED_ITERTOOLS = """
import gc, itertools, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    monkeypatch.setattr(gc, "collect", lambda *_: 0)
    monkeypatch.setattr(itertools, "repeat", lambda *_: ())
"""

PATCHED_TIME = """
import time, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    monkeypatch.setattr(time, "perf_counter_ns", lambda: 1)
    monkeypatch.setattr(time, "thread_time_ns", lambda: 1)
"""

SKIP_BY_FLAG = "import pytest, flags_of_case\n" + CASE.replace(
    "def test_it", "@pytest.mark.skipif(flags_of_case.OFF, reason='off')\ndef test_it"
)
PAIRED = "import pkg\ndef test_it(paired):\n    paired(baseline=lambda n: n, optimized=pkg.agreeing, inputs=[1, 2])\n"
SHAPED = (
    "import pkg, pytest\n@pytest.mark.parametrize('n', [300])\ndef test_it(benchmark, n):\n    benchmark(pkg.work, n)\n"
)

SABOTAGES = {
    "renamed": Sabotage(CASE.replace("test_it", "test_it_all"), "not in head"),
    "deleted": Sabotage("import pkg\n", "not in head"),
    "file_deleted": Sabotage(None, "not in head"),
    "parameter": Sabotage(SHAPED.replace("300", "3"), "not in head", base=SHAPED),
    "skipped": Sabotage("import pytest\n" + CASE.replace("def", "@pytest.mark.skip(reason='slow')\ndef"), "slow"),
    "skipped_file": Sabotage("import pytest\npytestmark = pytest.mark.skip(reason='slow')\n" + CASE, "slow"),
    "skipped_module": Sabotage("import pytest\npytest.skip('no', allow_module_level=True)\n" + CASE, "not in head"),
    "skipped_by_hook": Sabotage(CASE, "not today", files={"conftest.py": SKIPPING_HOOK}),
    "skipped_by_flag": Sabotage(
        SKIP_BY_FLAG, "off", base=SKIP_BY_FLAG,
        base_files={"flags_of_case.py": "OFF = False\n"}, files={"flags_of_case.py": "OFF = True\n"},
    ),
    "expected_to_fail": Sabotage(
        "import pytest\n" + using("expected").replace("def", "@pytest.mark.xfail\ndef"), "expected",
        base=using("expected"),
    ),
    "made_a_trial": Sabotage("def test_it(trial):\n    trial.check('c', True, '', '')\n", "not in head"),
    "deselected": Sabotage(CASE, "not in head", files={"conftest.py": DESELECTING_HOOK}),
    "swallowed": Sabotage(
        using("swallowed"), "hidden", base=using("swallowed"), files={"conftest.py": SWALLOWING_HOOK}
    ),
    "other_answer": Sabotage(using("answer"), "answer differently", base=using("answer")),
    "broken_import": Sabotage("import no_such_module\n" + CASE, "cannot be imported"),
    "raises_on_head": Sabotage(using("breaking"), "ValueError: broken", base=using("breaking")),
    "hangs_on_head": Sabotage(using("hanging"), "no sign of life", base=using("hanging")),
    "disagrees_on_head": Sabotage(PAIRED, "input 0: 1 against 2", base=PAIRED),
    "floods_on_head": Sabotage(using("flooding"), "", base=using("flooding")),
}  # fmt: skip


SLOWED = CASE.replace("work, 300", "slowed, 4000")
READING = "import json, pathlib\nN = json.loads((pathlib.Path(__file__).parent / 'size.json').read_text())\n" + SLOWED
CHAINED = (
    "import pytest\n@pytest.fixture\ndef scale():\n    return 4000\n@pytest.fixture\ndef n(scale):\n    return scale\n"
)
SCALE = "@pytest.fixture\ndef scale():\n    return 300\n"
SMALL = "import pytest\n@pytest.fixture(autouse=True)\ndef small(monkeypatch):\n    import pkg\n"

HIDINGS = {
    "emptied": Sabotage(SLOWED.replace("pkg.slowed, 4000", "lambda: None")),
    "passes": Sabotage("def test_it(benchmark):\n    pass\n"),
    "disabled": Sabotage("import pytest\n" + SLOWED.replace("def", "@pytest.mark.benchmark(max_time=0)\ndef")),
    "pytest_exit": Sabotage("import pytest\n" + SLOWED.replace("    b", "    pytest.exit('done', 0)\n    b")),
    "os_exit": Sabotage("import os\n" + SLOWED.replace("    bench", "    os._exit(0)\n    bench")),
    "a_helper": Sabotage(
        "import sizes_of_case\n" + SLOWED.replace("4000", "sizes_of_case.SIZE"),
        base="import sizes_of_case\n" + SLOWED.replace("4000", "sizes_of_case.SIZE"),
        base_files={"sizes_of_case.py": "SIZE = 4000\n"}, files={"sizes_of_case.py": "SIZE = 300\n"},
    ),
    "a_helper_named_test": Sabotage(
        "import test_sizes_of_case\n" + SLOWED.replace("4000", "test_sizes_of_case.SIZE"),
        base="import test_sizes_of_case\n" + SLOWED.replace("4000", "test_sizes_of_case.SIZE"),
        base_files={"test_sizes_of_case.py": "SIZE = 4000\n"}, files={"test_sizes_of_case.py": "SIZE = 300\n"},
    ),
    "a_data_file": Sabotage(
        READING.replace("4000", "N"), base=READING.replace("4000", "N"), base_files={"size.json": "4000"},
        files={"size.json": "300"},
    ),
    "data_at_the_root": Sabotage(
        READING.replace("4000", "N").replace(".parent", ".parents[2]"),
        base=READING.replace("4000", "N").replace(".parent", ".parents[2]"),
    ),
    "setup_function": Sabotage(
        SLOWED.replace("4000", "pkg.FLAG") + "def setup_function(f):\n    pkg.FLAG = 300\n",
        base=SLOWED.replace("4000", "pkg.FLAG") + "def setup_function(f):\n    pkg.FLAG = 4000\n",
    ),
    "an_overriding_fixture": Sabotage(
        "import pytest\n" + SLOWED.replace("4000", "n").replace("benchmark)", "benchmark, n)") + SCALE,
        base="import pytest\n" + SLOWED.replace("4000", "n").replace("benchmark)", "benchmark, n)"),
        base_files={"conftest.py": CHAINED}, files={"conftest.py": CHAINED},
    ),
    "a_patched_product": Sabotage(
        SLOWED, files={"conftest.py": SMALL + "    monkeypatch.setattr(pkg, 'slowed', lambda n: sum(range(n)))\n"}
    ),
    "fake_fixture": Sabotage(SLOWED, files={"conftest.py": FAKE_FIXTURE}),
    "patched_time": Sabotage(SLOWED, files={"conftest.py": PATCHED_TIME}),
    "patched_worker": Sabotage(SLOWED, files={"conftest.py": PATCHED_WORKER}),
    "patched_loop": Sabotage(SLOWED, files={"conftest.py": PATCHED_LOOP}),
    "patched_itertools": Sabotage(SLOWED, files={"conftest.py": PATCHED_ITERTOOLS}),
    "patched_table": Sabotage(SLOWED, files={"conftest.py": PATCHED_TABLE}),
}  # fmt: skip

DECOY = BASE_PACKAGE
REPLACING = "import pkg\npkg.slowed = lambda n: sum(range(n))\n"
ROOT_BEFORE = {"size.json": "4000", "sitecustomize.py": "", "pytest.ini": "[pytest]\naddopts = -p plugin_of_base\n"}
ROOT_BEFORE["plugin_of_base.py"] = ""
ROOT_HIDINGS = {
    "size.json": "300",
    "pytest.ini": "[pytest]\npythonpath = decoy\naddopts = -p plugin_of_base\n",
    "decoy/pkg/__init__.py": DECOY,
    "plugin_of_base.py": REPLACING,
    "sitecustomize.py": REPLACING,
    "pkg/conftest.py": REPLACING,
    "pkg/tests/test_more.py": REPLACING,
}
"""What head adds and edits at the root of the repository."""


def files_of(*, is_head: bool) -> dict[str, str]:
    """The repository before and after the change."""
    files = {"pkg/__init__.py": HEAD_PACKAGE if is_head else BASE_PACKAGE}
    files.update(ROOT_BEFORE | ROOT_HIDINGS if is_head else ROOT_BEFORE)
    for name, case in {**SABOTAGES, **HIDINGS}.items():
        text = case.head if is_head else SLOWED if name in HIDINGS and case.base is CASE else case.base
        if text is not None:
            files[f"tests/{name}/test_{name}.py"] = text
        for path, content in (case.files if is_head else case.base_files).items():
            files[f"tests/{name}/{path}"] = content
    return files
