"""Instruction counts are a second witness: valgrind's where it is installed, a sentence where it is not."""

import os
import shutil
from pathlib import Path

import pytest
from planted import BENCHMARK, write_package

from boss_perf.explain import explaining
from boss_perf.explain.explaining import count_instructions
from boss_perf.measure.collection import PRELOADED
from boss_perf.measure.fork import ArmPlace
from boss_perf.model.explanations import InstructionCounts
from boss_perf.report.explanation_text import instructions_text
from boss_perf.worker.orders import CountInstructions
from boss_perf.worker.profile.counts import count_instructions as count_in_child
from boss_perf.worker.profile.functions import FunctionTable
from boss_perf.worker.subject import Subject


def places(folder: Path) -> list[ArmPlace]:
    roots = write_package(folder / "base"), write_package(folder / "head", kind="loop", at=4)
    return [ArmPlace(root=each, path=(str(each),)) for each in roots]


def test_without_valgrind_a_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert count_instructions(places(tmp_path), BENCHMARK, timeout_s=9, seed=1) == "valgrind is not installed"


def test_the_line_has_both_counts_and_says_that_it_decides_nothing() -> None:
    counts = InstructionCounts(
        base=1_241_247.4, head=1_307_128.1, ratio=1.053, ratio_low=1.051, ratio_high=1.06, seeds=3
    )
    text = instructions_text(counts)
    assert text.startswith("instructions of a call: 1 241 247 → 1 307 128, +5.3 % (+5.1 … +6.0)")
    assert "3 hash seeds" in text and "no verdict" in text


def test_a_child_makes_the_calls_and_what_was_counted_of_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    wait = os.waitpid

    def as_valgrind_would(child: int, options: int) -> tuple[int, int]:
        ended = wait(child, options)
        (tmp_path / str(child)).write_text("desc: x\nsummary: 4321 9 9\n")
        return ended

    order, table = CountInstructions(0, 3, str(tmp_path)), FunctionTable("", [])
    assert count_in_child(Subject(lambda: calls.append(1)), order, table).count == 0
    monkeypatch.setattr(os, "waitpid", as_valgrind_would)
    assert count_in_child(Subject(lambda: calls.append(1)), order, table).count == 4321
    assert calls == []


@pytest.mark.slow
def test_valgrind_sees_a_loop_that_was_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind: apt-get install valgrind")
    monkeypatch.setattr(explaining, "HASH_SEEDS", 1)
    counts = count_instructions(places(tmp_path), BENCHMARK, preload=PRELOADED, timeout_s=60, seed=1)
    assert isinstance(counts, InstructionCounts), counts
    assert 1.01 < counts.ratio < 1.5 and counts.base > 100_000
