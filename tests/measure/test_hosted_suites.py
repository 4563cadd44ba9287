"""Suites with habits: `benchmark` overridden, asked for by name, awaited; clocks frozen; inputs drawn at random.

What the worker uses itself is replaced, tests are sorted late and run in a way of their own, files skip themselves.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from measured_suites import measure

from boss_perf.errors import MeasureError
from boss_perf.measure.collection import collect, that_matter
from boss_perf.measure.fork import ArmPlace
from boss_perf.model.estimates import CaveatKind
from boss_perf.model.samples import Pass, Reading, Sample

CONFTEST = """
import pytest
from _pytest.runner import runtestprotocol

@pytest.fixture
def timed(request):
    return request.getfixturevalue("benchmark")

def asked(request):
    return request.getfixturevalue("benchmark")

@pytest.fixture
def named(request):
    return lambda name: request.getfixturevalue(name)

class Sorting:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda item: item.name[::-1])

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        item.ihook.pytest_runtest_logreport(report=report)
    return True

def pytest_sessionfinish():
    raise RuntimeError("too little is covered")

def pytest_configure(config):
    config.pluginmanager.register(Sorting())
"""

SUITE = """
import asyncio, os, pathlib, random, resource, signal, sys, time
import numpy, pytest

async def work(answer=3):
    await asyncio.sleep(0)
    return answer

def test_awaited_by_run(benchmark):
    assert asyncio.run(benchmark(work)) == 3

def test_awaited_by_loop(benchmark):
    assert asyncio.new_event_loop().run_until_complete(benchmark(work, None)) is None

def test_awaited_already(benchmark):
    assert benchmark(work) == 3

def test_awaited_inside(benchmark):
    async def test():
        queue = asyncio.Queue()
        async def serve():
            while True:
                request = await queue.get()
                request.set_result(4)
        async def ask():
            request = asyncio.get_running_loop().create_future()
            await queue.put(request)
            return await request
        server = asyncio.create_task(serve())
        this = asyncio.current_task()
        assert await benchmark(ask) == 4
        assert asyncio.current_task() is this
        server.cancel()
    asyncio.run(test())

def test_frozen(benchmark, monkeypatch):
    frozen = lambda: 7
    real = {id(each): each for each in (time.perf_counter_ns, time.thread_time_ns, time.perf_counter, time.monotonic)}
    for module in [each for each in list(sys.modules.values()) if hasattr(each, "__dict__")]:
        for name, part in list(vars(module).items()):
            if id(part) in real and module.__name__ != "threading":
                monkeypatch.setattr(module, name, frozen)
    benchmark(sum, range(1000))

def test_mocked(benchmark, monkeypatch):
    for name in ("os.getpid", "os.getcwd", "json.dumps", "json.loads", "resource.getrusage", "time.sleep", "gc.freeze"):
        monkeypatch.setattr(name, lambda *_, **__: 1)
    benchmark(sum, range(1000))

def test_fake_files(benchmark, monkeypatch):
    for module in [each for name, each in sys.modules.items() if name.startswith("boss_perf_worker")]:
        for name, part in list(vars(module).items()):
            if part is os or part is pathlib.Path:
                monkeypatch.setattr(module, name, None)
    benchmark(sum, range(1000))

def test_limited(benchmark):
    signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    benchmark(sum, range(1000))
    assert 0 < signal.setitimer(signal.ITIMER_REAL, 0)[0] <= 0.02

def test_drawn(benchmark):
    benchmark.extra_info["drawn"] = random.random()
    benchmark.extra_info["drawn_by_numpy"] = numpy.random.rand()
    benchmark.extra_info["drawn_by_its_own"] = random.Random().random()
    benchmark.extra_info["drawn_by_its_own_of_numpy"] = numpy.random.default_rng().random()
    benchmark(len, "x")

def test_facts(benchmark):
    benchmark(len, "x")
    benchmark.extra_info.update(a=numpy.float32(0.5), b=numpy.int64(3), c=10**400, d="text", e=True)

def test_by_name(request):
    request.getfixturevalue("benchmark")(len, "x")

def test_by_fixture(timed):
    timed(len, "x")

def test_by_helper(request):
    helper(request)(len, "x")

def helper(request):
    return request.getfixturevalue("benchmark")

@pytest.mark.parametrize("name", ["benchmark", "tmp_path"])
def test_by_parameter(request, name):
    assert request.getfixturevalue(name)

def test_other(request):
    request.getfixturevalue("tmp_path")
"""

OVERRIDDEN = """
import functools, time
import pytest

calls = []

@functools.lru_cache
def work():
    calls.append(1)
    return 5

@pytest.fixture
def benchmark(benchmark):
    class Cold(type(benchmark)):
        def __init__(self, inner):
            self.__dict__["inner"] = inner
        def __getattr__(self, name):
            return getattr(self.inner, name)
        def __call__(self, function, *args, **kwargs):
            return self.inner.pedantic(function, args=args, kwargs=kwargs, setup=work.cache_clear, rounds=5)
    return Cold(benchmark)

def test_cold(benchmark):
    assert benchmark(work) == 5
    assert len(calls) > 5
"""

NAMES = [
    line.partition("(")[0].removeprefix("def ")
    for line in (SUITE + OVERRIDDEN).splitlines()
    if line.startswith("def test_") and "other" not in line and "parameter" not in line
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("suite")
    (root / "conftest.py").write_text(CONFTEST)
    (root / "test_it.py").write_text(SUITE)
    (root / "test_cold.py").write_text(OVERRIDDEN)
    return root


@pytest.fixture(scope="module")
def samples(root: Path) -> Mapping[str, Sample]:
    items = [(f"test_{'cold' if name == 'test_cold' else 'it'}.py::{name}", [Pass.BATCHES]) for name in NAMES]
    return {sample.workload.partition("::")[2]: sample for sample in measure(root, items).samples}


@pytest.mark.parametrize("name", NAMES)
def test_each_habit_is_served(samples: Mapping[str, Sample], name: str) -> None:
    assert samples[name].failure is None


def test_what_a_suite_leaves_out_itself_is_told(tmp_path: Path) -> None:
    text = (
        "import pytest, sys\nif '--perf' not in sys.argv:\n    pytest.skip('wants --perf', allow_module_level=True)\n"
    )
    (tmp_path / "test_it.py").write_text(f"{text}def test_it(benchmark):\n    benchmark(len, 'x')\n", encoding="utf-8")
    (tmp_path / "test_other.py").write_text(text, encoding="utf-8")
    found = collect(ArmPlace(root=tmp_path), ("test_it.py", "test_other.py"))
    assert (found.names, found.errors) == ((), ())
    assert that_matter(found.skipped, tmp_path) == (("test_it.py", "it skips itself: wants --perf"),)
    (tmp_path / "conftest.py").write_text("def pytest_collection_modifyitems(items):\n    items.clear()\n")
    asked = collect(ArmPlace(root=tmp_path, options=("--perf",)), ("test_it.py",))
    assert asked.skipped == (("test_it.py", "a hook of the suite leaves out test_it"),)


def test_what_addopts_ignore_and_cannot_be_imported_is_told_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --ignore=./gpu/ --ignore-glob *old*\n")
    timed = "def test_it(benchmark):\n    benchmark(len, 'x')\n"
    for name in ("gpu/test_far.py", "test_old.py", "test_new.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"import nothing_of_the_kind\n{timed}")
    (tmp_path / "gpu" / "test_near.py").write_text(timed)
    found = collect(ArmPlace(root=tmp_path), ("gpu", "test_old.py", "test_new.py"))
    why = "ModuleNotFoundError: No module named 'nothing_of_the_kind'"
    assert (found.names, found.errors) == (("gpu/test_near.py::test_it",), (("test_new.py", why),))
    assert found.skipped == tuple((each, f"the suite ignores it; {why}") for each in ("gpu/test_far.py", "test_old.py"))


def test_what_a_conftest_or_the_settings_ignore_and_cannot_be_imported_is_told_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nnorecursedirs = legacy\n")
    (tmp_path / "conftest.py").write_text(
        "collect_ignore = ['test_later.py']\ncollect_ignore_glob = ['gpu/*']\n"
        "def pytest_ignore_collect(collection_path): return True if 'far' in collection_path.name else None\n"
    )
    names = ("gpu/test_it.py", "legacy/test_it.py", "test_far.py", "test_later.py", "test_new.py")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("import nothing_of_the_kind\ndef test_it(benchmark):\n    benchmark(len, 'x')\n")
    found = collect(ArmPlace(root=tmp_path), names)
    assert [file for file, _ in found.errors] == ["test_new.py"]
    assert {file for file, why in found.skipped if why.startswith("the suite ignores it")} == {*names[:-1]}


def test_a_benchmark_asked_for_by_name_is_found(root: Path) -> None:
    names = collect(ArmPlace(root=root), ("test_it.py",)).names
    found = {name.partition("::")[2] for name in names}
    assert {"test_by_name", "test_by_fixture", "test_by_helper", "test_by_parameter[benchmark]"} <= found
    assert not {"test_other", "test_by_parameter[tmp_path]"} & found


def test_numbers_in_extra_info_are_taken_and_what_is_none_is_told(samples: Mapping[str, Sample]) -> None:
    facts = samples["test_facts"]
    assert dict(facts.facts) == {"a": 0.5, "b": 3.0}
    assert [each.kind for each in facts.caveats] == [CaveatKind.FACT_DROPPED]
    assert "c, d, e" in facts.caveats[0].text


def test_what_is_drawn_at_random_is_drawn_from_the_forks_seed(root: Path, samples: Mapping[str, Sample]) -> None:
    again = measure(root, [("test_it.py::test_drawn", [Pass.BATCHES])]).samples[0]
    assert again.facts == samples["test_drawn"].facts
    assert len({number for _, number in again.facts}) == 4


def test_what_pytest_warns_of_is_no_error_where_the_suite_makes_errors_of_warnings(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    warns = (
        "import pytest, warnings\ndef pytest_configure():\n    warnings.warn(pytest.PytestDeprecationWarning('old'))\n"
    )
    (tmp_path / "conftest.py").write_text(warns, encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n", encoding="utf-8")
    assert collect(ArmPlace(root=tmp_path), ("test_it.py",)).names == ("test_it.py::test_it",)


@pytest.mark.parametrize(
    ("conftest", "why", "hint"),
    [
        (
            "def pytest_emoji_skipped(config): pass\n",
            "unknown hook 'pytest_emoji_skipped'",
            "the suite needs a plugin of pytest that is not installed here",
        ),
        ("def pytest_configure():\n    raise SystemExit('no licence')\n", "no licence", "raised at conftest.py:2"),
    ],
)
def test_why_a_suite_cannot_be_collected_is_one_sentence(tmp_path: Path, conftest: str, why: str, hint: str) -> None:
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n", encoding="utf-8")
    with pytest.raises(MeasureError, match=why) as refusal:
        collect(ArmPlace(root=tmp_path), ("test_it.py",))
    assert refusal.value.hint == hint


def test_a_pytest_that_is_too_old_is_named(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "pytest.py").write_text("__version__ = '7.4.4'\nversion_tuple = (7, 4, 4)\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n", encoding="utf-8")
    with pytest.raises(MeasureError) as refusal:
        collect(ArmPlace(root=tmp_path, path=(str(tmp_path / "old"),)), ("test_it.py",))
    assert refusal.value.hint == "pytest 7.4.4 is too old to host the suite: it takes 8.1 or newer"


FURTHER = """
import multiprocessing, random, socket, unittest, pytest

def serve(line):
    server = socket.create_server(("127.0.0.1", 0))
    line.send(server.getsockname()[1])
    while True:
        client, _ = server.accept()
        while said := client.recv(99):
            client.sendall(said)

@pytest.fixture(scope="session")
def client():
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    with socket.create_connection(("127.0.0.1", ours.recv())) as client:
        yield client
    process.terminate()
    process.join()

def test_a_server_of_the_session(benchmark, client):
    def ask():
        client.sendall(b"x")
        return client.recv(9)
    assert benchmark(ask) == b"x"

class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def take(self, benchmark):
        self.benchmark = benchmark

    def test_of_unittest(self):
        self.assertEqual(self.benchmark(len, "xy"), 2)

@pytest.mark.parametrize("n", [1], ids=["a b::\u00fc[x]"])
@pytest.mark.parametrize("drawn", [random.random()])
@pytest.mark.parametrize("thing", [object(), object()], ids=repr)
def test_odd_name(benchmark, n, drawn, thing):
    benchmark(len, "x" * n)

@pytest.mark.xfail(reason="known")
def test_expected_to_fail(benchmark):
    benchmark(len, "x")
    assert False

@pytest.mark.timeout(900)
def test_long(benchmark):
    benchmark(len, "x")
"""


def test_further_habits_are_served_or_told_why_not(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(FURTHER, encoding="utf-8")
    found = collect(ArmPlace(root=tmp_path), ("test_it.py",)).workloads
    assert {each.workload.rpartition("::")[2]: each.limit_s for each in found}["test_long"] == 900
    seen = measure(tmp_path, [(each.workload, [Pass.BATCHES]) for each in found]).samples
    failures = [(each.failure.kind, each.failure.message) for each in seen if each.failure]
    assert (len(seen), failures) == (6, [("skipped", "xfail: known")])


HELD = {
    "bytes": "bytearray(60_000_000)",
    "rows": "[bytes(900 + each % 200) for each in range(50_000)]",
    "numbers": "numpy.ones(6_000_000)",
}
OWN_SCRIPT = """
import numpy
def resident():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Rss:"))
before = resident()
kept = {work}
print(resident() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the kernel tells no resident memory")
def test_resident_memory_is_what_a_script_of_ones_own_sees(tmp_path: Path) -> None:
    tests = "".join(f"def test_{name}(benchmark):\n    benchmark(lambda: {work})\n" for name, work in HELD.items())
    tests += "def test_starts(benchmark):\n    benchmark(subprocess.run, [sys.executable, '-IS', '-c', ''])\n"
    (tmp_path / "test_it.py").write_text(f"import numpy, subprocess, sys\n{tests}", encoding="utf-8")
    seen = measure(tmp_path, [(f"test_it.py::test_{name}", [Pass.MEMORY]) for name in (*HELD, "starts")]).samples
    doubted = {
        sample.workload for sample in seen for each in sample.caveats if each.kind is CaveatKind.CHILDREN_UNCOUNTED
    }
    assert doubted == {"test_it.py::test_starts"}
    told = {
        sample.workload.partition("::test_")[2]: series.values[0]
        for sample in seen
        for series in sample.series
        if series.reading is Reading.RESIDENT_BYTES
    }
    for name, work in HELD.items():
        script = [sys.executable, "-c", OWN_SCRIPT.format(work=work)]
        own = int(subprocess.run(script, capture_output=True, text=True, check=True).stdout)
        assert told[name] == pytest.approx(own, rel=0.1), name
