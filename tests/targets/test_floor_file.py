"""The file of floors comes back as it was written, and a broken or hostile one is named and refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from boss_perf.errors import TargetsError
from boss_perf.model.gate import Floor, Witness
from boss_perf.targets.floor_file import parse_floors, render_floors

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _file(row: Any) -> str:
    return json.dumps({"format": "boss-perf floors", "format_version": 1, "floors": {"t.py::a": row}})


def test_what_was_written_is_read() -> None:
    floors = {
        "t.py::b[é]": Floor(COMMIT, (Witness("f" * 40, datetime(2026, 3, 1, 12, tzinfo=UTC)),)),
        "t.py::a": Floor("a" * 64),
    }
    assert parse_floors(render_floors(floors), path="f") == floors


def test_the_text_does_not_hang_on_the_order_of_the_floors() -> None:
    one, two = ("t.py::a", Floor(COMMIT)), ("t.py::b", Floor(COMMIT))
    assert render_floors(dict([one, two])) == render_floors(dict([two, one]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{\n\n  nonsense", "f.json:3  no JSON"),
        ("[" * 100_000, "f.json  no JSON"),
        ("[]", "no file of floors: Expected `object`"),
        ('{"format": "boss-perf floors", "format_version": 2, "floors": {}}', "version 2, this tool knows"),
        ('{"format": "boss-perf floors", "format_version": 1, "floors": []}', "got `array` - at `$.floors`"),
        (_file([]), "f.json  no file of floors"),
        (_file({"commit": "--upload-pack=touch /tmp/x"}), "`commit` is no full hash"),
        (_file({"commit": COMMIT[:12]}), "`commit` is no full hash"),
        (_file({"commit": COMMIT + "\n"}), "`commit` is no full hash"),
        (_file({"commit": 7}), "got `int` - at `$[...].commit`"),
        (_file({"commit": COMMIT, "faster": {}}), "got `object` - at `$[...].faster`"),
        (_file({"commit": COMMIT, "faster": ["x"]}), "got `str` - at `$[...].faster[0]`"),
        (_file({"commit": COMMIT, "faster": [{"commit": COMMIT}]}), "missing required field `measured_at`"),
        (_file({"commit": COMMIT, "faster": [{"commit": COMMIT, "measured_at": "today"}]}), "datetime"),
        (_file({"commit": COMMIT, "faster": [{"commit": "x", "measured_at": "2026-01-01T12:00:00Z"}]}), "no full hash"),
    ],
)
def test_what_the_tool_did_not_write_is_refused(text: str, said: str) -> None:
    with pytest.raises(TargetsError) as caught:
        parse_floors(text, path="f.json")
    assert said in str(caught.value)
