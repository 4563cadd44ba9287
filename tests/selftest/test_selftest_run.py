"""The examination's own tools: a planted slowdown is what it claims, and noise ends with whoever made it."""

import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from boss_perf.errors import ExitStatus, MeasureError
from boss_perf.judge.needs import Observed
from boss_perf.measure.core_pool import StartExecutor
from boss_perf.measure.gate_run import GateRequest
from boss_perf.measure.visit_order import SessionWatcher
from boss_perf.selftest import run as proof
from boss_perf.selftest.rates import LiveGate
from boss_perf.selftest.suite import MANY_WORK, PACKAGE, WORK, write_tree


def amounts(root: Path) -> dict[str, int]:
    """How much work each piece does, counted and not timed."""
    code = (
        f"import {PACKAGE} as s\n"
        "print(len(s.lookups.__defaults__[1]), len(s.RECORDS), len(s.HANDS), len(s.BLOCK), s.more(5000),"
        " len(s.NODES), len(s.MATRIX))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return {str(index): int(each) for index, each in enumerate(done.stdout.split())}


@pytest.mark.parametrize("share", [0.03, 0.10])
def test_a_planted_share_is_that_much_more_work(tmp_path: Path, share: float) -> None:
    plain, more = amounts(write_tree(tmp_path / "a", share=0.0)), amounts(write_tree(tmp_path / "b", share=share))
    assert len(WORK) == 16
    for name, count in plain.items():
        assert more[name] / count == pytest.approx(1 + share, rel=0.01)


def test_every_piece_of_both_suites_runs_and_answers(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "a", share=0.0, works=MANY_WORK)
    code = f"import {PACKAGE} as s\nprint(*(getattr(s, each)() is not None for each in {WORK!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * len(WORK)
    assert len(set(MANY_WORK)) == 100
    assert {each.split("-")[0] for each in MANY_WORK} <= set(WORK)


def test_harmless_constants_are_no_more_work(tmp_path: Path) -> None:
    plain = write_tree(tmp_path / "a", share=0.0)
    harmless = write_tree(tmp_path / "b", share=0.0, harmless=150)
    assert amounts(plain) == amounts(harmless)
    codes = [(root / PACKAGE / "__init__.py").read_text(encoding="utf-8") for root in (plain, harmless)]
    assert codes[0] != codes[1]


@pytest.mark.parametrize(
    ("status", "ending"), [(ExitStatus.INTERRUPTED, KeyboardInterrupt), (ExitStatus.ENVIRONMENT, MeasureError)]
)
def test_a_gate_that_was_cut_short_ends_the_examination_and_is_no_trial(
    monkeypatch: pytest.MonkeyPatch, status: ExitStatus, ending: type[BaseException]
) -> None:
    cut_short = SimpleNamespace(is_interrupted=True, exit_status=status, notes=("the scheduler went away",))
    monkeypatch.setattr(proof, "run_gate", lambda _request, watcher: (cut_short, {}))
    heard: list[object] = []
    with pytest.raises(ending):
        proof.examine(budget_s=0, shares=(0.0,), seed=1, watcher=cast(SessionWatcher, None), heard=heard.append)
    assert heard == []


def test_a_cluster_is_examined_as_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    heard: list[LiveGate] = []

    def gate(request: GateRequest, *, watcher: object) -> tuple[object, object]:
        asked.append(request.executor)
        return SimpleNamespace(is_interrupted=False), defaultdict(Observed)

    monkeypatch.setattr(proof, "run_gate", gate)
    executor = cast(StartExecutor, object())
    nobody = cast(SessionWatcher, None)
    proof.examine(budget_s=0, shares=(0.1,), seed=1, watcher=nobody, heard=heard.append, executor=executor)
    assert [(each.share, each.condition) for each in heard] == [(0.1, "as found"), (0.0, "as found")]
    assert asked == [executor, executor]


def test_noise_ends_when_its_maker_is_killed() -> None:
    code = (
        "import time\nfrom boss_perf.selftest.run import bursts\n"
        "with bursts(12345):\n    print('on', flush=True)\n    time.sleep(60)"
    )
    maker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert maker.stdout is not None
    maker.stdout.readline()
    assert _alive()
    maker.kill()
    maker.wait()
    deadline = time.monotonic() + 30
    while _alive() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not _alive()


def _alive() -> bool:
    seeds = ("12345", "12346")
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(b"expovariate" in word for word in words) and words[-3].decode() in seeds:
            return True
    return False
