"""Ways to get a slower change through a gate, each in a folder of its own below one repository's `tests`."""

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
"""

HEAD_PACKAGE = (
    BASE_PACKAGE.replace('"sum": 3', '"sum": 4')
    .replace("def breaking():\n    return 1", "def breaking():\n    raise ValueError('broken')")
    .replace("def hanging():\n    return 1", "def hanging():\n    time.sleep(60)")
    .replace("def swallowed():\n    return 1", "def swallowed():\n    raise ValueError('hidden')")
    .replace("def expected():\n    return 1", "def expected():\n    raise ValueError('expected')")
    .replace("def flooding():\n    return 1", "def flooding():\n    print('x' * 20000)")
    .replace("def agreeing(n):\n    return n", "def agreeing(n):\n    return n + 1")
) + "\ndef newer(n):\n    return sum(range(n))\n"


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What head does to a case: its test file (None: deleted), further files, and what the gate must say of it.

    `base` is the case's test file before; `base_files` and `files` are written beside it, by name.
    """

    head: str | None
    said: str
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

PATCHED_TIME = """
import time, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    monkeypatch.setattr(time, "perf_counter_ns", lambda: 1)
    monkeypatch.setattr(time, "thread_time_ns", lambda: 1)
"""

PATCHED_TABLE = """
import sys, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    orders = sys.modules["boss_perf_worker.serve"]._ORDERS
    monkeypatch.setitem(orders, "batches", lambda subject, order: {"cpu_ns": [1], "wall_ns": [1]})
"""

PATCHED_ITERTOOLS = """
import gc, itertools, pytest
@pytest.fixture(autouse=True)
def patched(monkeypatch):
    monkeypatch.setattr(gc, "collect", lambda *_: 0)
    monkeypatch.setattr(itertools, "repeat", lambda *_: ())
"""

SKIP_BY_FLAG = "import pytest, flags_of_case\n" + CASE.replace(
    "def test_it", "@pytest.mark.skipif(flags_of_case.OFF, reason='off')\ndef test_it"
)
SIZE_FROM_HELPER = "import sizes_of_case\n" + CASE.replace("300", "sizes_of_case.SIZE")
PAIRED = "import pkg\ndef test_it(paired):\n    paired(baseline=lambda n: n, optimized=pkg.agreeing, inputs=[1, 2])\n"
SHAPED = (
    "import pkg, pytest\n@pytest.mark.parametrize('n', [300])\ndef test_it(benchmark, n):\n    benchmark(pkg.work, n)\n"
)
EDITED = "edits this benchmark"

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
    "emptied": Sabotage(CASE.replace("pkg.work, 300", "lambda: None"), EDITED),
    "smaller": Sabotage(
        SIZE_FROM_HELPER, EDITED, base=SIZE_FROM_HELPER,
        base_files={"sizes_of_case.py": "SIZE = 300\n"}, files={"sizes_of_case.py": "SIZE = 3\n"},
    ),
    "made_a_trial": Sabotage("def test_it(trial):\n    trial.check('c', True, '', '')\n", "measured nothing"),
    "passes": Sabotage("def test_it(benchmark):\n    pass\n", "measured nothing"),
    "disabled": Sabotage("import pytest\n" + CASE.replace("def", "@pytest.mark.benchmark(max_time=0)\ndef"), EDITED),
    "pytest_exit": Sabotage("import pytest\n" + CASE.replace("    b", "    pytest.exit('done', 0)\n    b"), "died"),
    "sys_exit": Sabotage("import sys\n" + CASE.replace("    bench", "    sys.exit(0)\n    bench"), "SystemExit"),
    "os_exit": Sabotage("import os\n" + CASE.replace("    bench", "    os._exit(0)\n    bench"), "died"),
    "deselected": Sabotage(CASE, "not in head", files={"conftest.py": DESELECTING_HOOK}),
    "swallowed": Sabotage(
        using("swallowed"), "hidden", base=using("swallowed"), files={"conftest.py": SWALLOWING_HOOK}
    ),
    "fake_fixture": Sabotage(CASE, "died", files={"conftest.py": FAKE_FIXTURE}),
    "patched_time": Sabotage(CASE, EDITED, files={"conftest.py": PATCHED_TIME}),
    "patched_worker": Sabotage(CASE, "thread_ns was replaced", files={"conftest.py": PATCHED_WORKER}),
    "patched_loop": Sabotage(CASE, "Subject.batch was replaced", files={"conftest.py": PATCHED_LOOP}),
    "patched_table": Sabotage(CASE, "_ORDERS['batches'] was replaced", files={"conftest.py": PATCHED_TABLE}),
    "patched_itertools": Sabotage(CASE, EDITED, files={"conftest.py": PATCHED_ITERTOOLS}),
    "other_answer": Sabotage(using("answer"), "answer differently", base=using("answer")),
    "broken_import": Sabotage("import no_such_module\n" + CASE, "cannot be imported"),
    "base_left_behind": Sabotage(
        CASE.replace("import pkg\n", "import pkg\nfrom pkg import newer\n"), "base has it, but cannot run"
    ),
    "raises_on_head": Sabotage(using("breaking"), "on head: raised: ValueError: broken", base=using("breaking")),
    "hangs_on_head": Sabotage(using("hanging"), "on head: timed_out", base=using("hanging")),
    "disagrees_on_head": Sabotage(PAIRED, "on head: disagreed", base=PAIRED),
    "floods_on_head": Sabotage(using("flooding"), "", base=using("flooding")),
}  # fmt: skip


def files_of(*, is_head: bool) -> dict[str, str]:
    """The repository before and after the change."""
    files = {"pkg/__init__.py": HEAD_PACKAGE if is_head else BASE_PACKAGE}
    for name, case in SABOTAGES.items():
        text = case.head if is_head else case.base
        if text is not None:
            files[f"tests/{name}/test_{name}.py"] = text
        for path, content in (case.files if is_head else case.base_files).items():
            files[f"tests/{name}/{path}"] = content
    return files
