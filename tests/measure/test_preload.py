"""What both arms of a fork share from birth: never a thread, never the code that is measured."""

from pathlib import Path

import pytest
from measured_suites import Onlooker

from boss_perf.measure.collection import PRELOADED, collect, shared_imports
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.visit import Visit
from boss_perf.measure.visit_order import VisitItem, VisitOrder
from boss_perf.model.samples import Pass
from boss_perf.worker.messages import Collected

SUITE = """
import sys, threading

def test_it(benchmark):
    assert threading.active_count() == 1
    assert ("plugin_of_theirs" in sys.modules) is {is_there}
    benchmark(len, "x")
"""


def shared(
    own: set[str], *, plugins: tuple[str, ...], plugins_loaded: tuple[str, ...], loaded: tuple[str, ...] = ()
) -> tuple[str, ...]:
    seen = Collected((), loaded=loaded, plugins=plugins, plugins_loaded=plugins_loaded)
    return shared_imports(Collected(()), seen, own=frozenset(own))


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"shop"}, (*PRELOADED, "theirs.plugin")),
        ({"theirs"}, ()),
        ({"needed_by_theirs"}, ()),
        ({"pluggy"}, ()),
    ],
)
def test_plugins_are_shared_unless_they_load_what_is_measured(own: set[str], expected: tuple[str, ...]) -> None:
    loaded = ("pluggy", "theirs", "needed_by_theirs")
    assert shared(own, plugins=("theirs.plugin",), plugins_loaded=loaded) == expected


def test_a_plugin_is_named_once_and_numpy_only_where_the_suite_has_it() -> None:
    for own, expected in (("shop", (*PRELOADED, "numpy")), ("numpy", PRELOADED)):
        assert shared({own}, plugins=PRELOADED, plugins_loaded=("pytest",), loaded=("numpy",)) == expected


def test_nothing_is_shared_where_nobody_said_what_the_plugins_load() -> None:
    assert shared({"shop"}, plugins=(), plugins_loaded=()) == ()


def test_the_installed_plugins_are_told_and_what_the_suite_imports_is_not_theirs(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("")
    (tmp_path / "conftest.py").write_text("import shop\n")
    (tmp_path / "test_it.py").write_text("import shop\n\ndef test_it(benchmark):\n    benchmark(len, 'x')\n")
    found = collect(ArmPlace(root=tmp_path, path=(str(tmp_path),)), ("test_it.py",))
    assert "pytest_benchmark.plugin" in found.plugins
    assert {"pytest", "pluggy", "pytest_benchmark"} <= set(found.plugins_loaded)
    assert "shop" in found.loaded
    assert "shop" not in found.plugins_loaded


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "is_there"), [("", True), ("threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", False)]
)
def test_a_preload_that_starts_a_thread_is_done_without(
    text: str, is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_of_theirs.py").write_text(f"import threading, time\n{text}\n")
    (tmp_path / "test_it.py").write_text(SUITE.format(is_there=is_there))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    place = ArmPlace(root=tmp_path)
    order = VisitOrder(
        places=(place, place), items=(VisitItem(workload="test_it.py::test_it", passes=(Pass.MEMORY,)),), fork=0,
        seed="1", preload=("plugin_of_theirs",), timeout_s=20,
    )  # fmt: skip
    seen = Onlooker()
    outcome = Visit(order, core=None, watcher=seen).run()
    assert outcome.failures == {}
    assert len(seen.samples) == 1
