"""The seal notices whatever of the worker is replaced, and takes a frozen clock for none."""

import datetime
import gc
import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from boss_perf.worker import clocks, holdings, integrity, order_loop, subject
from boss_perf.worker.integrity import Seal, Tampered, refuse_edited
from boss_perf.worker.one_shot import OneShot


@pytest.fixture
def seal(monkeypatch: pytest.MonkeyPatch) -> Seal:
    monkeypatch.setattr(integrity, "PACKAGE", "boss_perf.worker")
    return Seal()


@pytest.mark.parametrize(
    ("replace", "named"),
    [
        (lambda patch: patch.setattr(subject, "Subject", object), "subject.Subject"),
        (lambda patch: patch.setattr(subject.Subject, "batch", lambda *_: (1, 1)), "subject.Subject.batch"),
        (lambda patch: patch.setattr(subject.Subject.batch, "__code__", (lambda self, calls: 1).__code__), "batch()"),
        (lambda patch: patch.setattr(subject, "repeat", lambda *_: ()), "subject.repeat"),
        (lambda patch: patch.setattr(order_loop, "freeze", lambda: None), "order_loop.freeze"),
        (lambda patch: patch.setattr(clocks.CLOCKS, "wall_ns", lambda: 1), "CLOCKS.wall_ns"),
        (lambda patch: patch.setitem(order_loop._ANSWERS, order_loop.orders.TimeBatches, lambda *_: {}), "TimeBatches"),
        (lambda patch: patch.delitem(order_loop._ANSWERS, order_loop.orders.TimeCalls), "TimeCalls"),
        (lambda patch: patch.setattr(holdings, "_SIZED", ()), "holdings._SIZED"),
    ],
)  # fmt: skip
def test_a_replaced_part_is_named(
    seal: Seal, monkeypatch: pytest.MonkeyPatch, replace: Callable[[Any], None], named: str
) -> None:
    seal.check()
    replace(monkeypatch)
    with pytest.raises(Tampered) as caught:
        seal.check()
    assert named in str(caught.value)


def test_what_a_fake_file_system_laid_over_modules_is_put_back_and_what_comes_later_is_named(
    seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_loop, "os", object())
    seal.restore()
    seal.check()
    monkeypatch.setattr(order_loop, "os", object())
    with pytest.raises(Tampered, match=r"order_loop\.os was replaced"):
        seal.check()


def test_what_the_worker_took_before_is_not_bent_by_what_a_suite_patches(
    seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((time, "perf_counter_ns"), (time, "thread_time_ns"), (itertools, "repeat"), (gc, "freeze")):
        monkeypatch.setattr(module, name, lambda *_: 0)
    seal.check()
    assert subject.Subject(lambda: sum(range(20_000))).batch(5)[1] > 0


def test_a_tool_that_freezes_every_clock_it_finds_finds_none_here(seal: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    """As freezegun does it: by name, in every loaded module."""
    real = {
        id(each) for each in (time.perf_counter_ns, time.perf_counter, time.monotonic, time.time, datetime.datetime)
    }
    found = [
        f"{name}.{held}"
        for name, module in list(sys.modules.items())
        if name.startswith("boss_perf.worker")
        for held, part in vars(module).items()
        if id(part) in real
    ]
    assert found == []


def test_a_subject_that_was_called_once_is_as_it_was_made() -> None:
    measured = OneShot(len, args=("ab",))
    measured.batch(1)
    refuse_edited(measured)


@pytest.mark.parametrize("name", ["batch", "function", "cpu_ns", "wall_ns", "_args"])
def test_a_subject_that_its_own_code_edits_is_refused(name: str) -> None:
    measured = subject.Subject(len, args=("ab",))
    measured.use_process_clock()
    measured.batch(2)
    refuse_edited(measured)
    setattr(measured, name, lambda *_: 1)
    with pytest.raises(Tampered, match=name):
        refuse_edited(measured)
