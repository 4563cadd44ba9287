"""What a share came to survives its file, and only shares of one gate are put together."""

import json
import math
from dataclasses import replace
from datetime import date

import pytest
from builders import HOSTILE_REASON, item, report

from boss_perf.errors import MeasureError
from boss_perf.fleet.shard_file import declared_digest, encode_shard, merge_shards
from boss_perf.fleet.shards import Shard
from boss_perf.model.gate import GateReport, GateVerdict
from boss_perf.model.targets import Location, Waiver

SET = (("a", 0.015), ("b", 0.015), ("c", 0.03))
ONE = (("a", 0.015),)
FINE = item("a", GateVerdict.NOT_SLOWER, "+0.1 %", 1.001)
SLOWER = item("b", GateVerdict.SLOWER, HOSTILE_REASON, 1.1, is_confirmed=True, needs_s=math.inf)
WAIVED = item(
    "c", GateVerdict.WAIVED, "known", 1.2,
    waiver=Waiver(date(2030, 1, 1), "known", "a name"), location=Location("t.py", 3, 1),
)  # fmt: skip


def file(index: int, count: int, *items, declared=SET, version: str = "1", **more) -> bytes:
    told = report(items, exit_status=0, declared=declared, **more)
    return encode_shard(told, shard=Shard(index, count), tool_version=version).encode()


def test_shares_put_together_are_the_gate_of_one_machine() -> None:
    whole = merge_shards({"one": file(1, 2, FINE, WAIVED), "two": file(2, 2, SLOWER)})
    assert whole.items == (FINE, WAIVED, SLOWER)
    assert whole.exit_status == 3
    assert whole.false_alarm_ratio == report((), exit_status=0).false_alarm_ratio


def test_every_number_survives_the_file() -> None:
    wide = replace(
        FINE, comparison=replace(FINE.comparison, resolution_ratio=math.inf, fork_log_ratios=(-math.inf, 0.1))
    )
    assert merge_shards({"one": file(1, 1, wide, declared=ONE)}).items == (wide,)
    json.loads(file(1, 1, wide), parse_constant=pytest.fail)


def test_an_open_gate_of_shares_is_open() -> None:
    assert merge_shards({"one": file(1, 2, FINE, declared=ONE), "two": file(2, 2, declared=ONE)}).exit_status == 0


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "no share"),
        ({"one": file(1, 3, FINE)}, "of 3 shares 2, 3 are missing"),
        ({"one": file(1, 2, FINE), "again": file(1, 2, FINE)}, "share 1/2 is there twice"),
        ({"one": file(1, 2), "two": file(2, 2, declared=SET[:2])}, "of another gate"),
        ({"one": file(1, 2), "two": file(2, 2, version="2")}, "of another gate"),
        ({"one": file(1, 2), "two": file(2, 3)}, "another number of shares"),
        ({"one": file(1, 2, FINE), "two": file(2, 2, FINE)}, "a is in one too"),
        ({"one": file(1, 2, FINE), "two": file(2, 2, SLOWER)}, "c is in no share"),
        ({"one": b"{}"}, "no share of a gate"),
        ({"one": b"[" * 100_000}, "no share of a gate"),
        ({"one": file(1, 1).replace(b'"version": 1', b'"version": 9')}, "version 9"),
        ({"one": file(1, 1).replace(b'"index": 1', b'"index": 7')}, "no share of a gate"),
        ({"one": file(1, 1, FINE).replace(b"NOT SLOWER", b"SPLENDID")}, "no share of a gate"),
        ({"one": b"\xff\xfe\x00"}, "no share of a gate"),
    ],
)
def test_what_does_not_belong_together_is_named(files: dict[str, bytes], why: str) -> None:
    with pytest.raises(MeasureError, match=why) as caught:
        merge_shards(files)
    assert caught.value.exit_status == 5


def test_the_set_the_commits_and_the_version_make_a_gate() -> None:
    told = report((), exit_status=0, declared=SET)
    digest = declared_digest(told, tool_version="1")
    assert declared_digest(replace(told, declared=SET[::-1], items=(FINE,)), tool_version="1") == digest
    for other in (
        replace(told, declared=SET[:2]),
        replace(told, declared=(*SET[:2], ("c", 0.015))),
        replace(told, head=replace(told.head, commit="z")),
    ):
        assert declared_digest(other, tool_version="1") != digest
    assert declared_digest(told, tool_version="2") != digest


def test_it_is_a_gate_report() -> None:
    assert isinstance(merge_shards({"one": file(1, 1, FINE, declared=ONE)}), GateReport)
