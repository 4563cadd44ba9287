"""What a person sees while it measures, on a terminal and in a log."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from boss_perf.cli.progress import Progress
from boss_perf.model.samples import Failure, Pass, Sample

STRANGE = "ValueError: \x1b]0;mine\x07\x1b[31mred\nmore"


def failed(message: str) -> Sample:
    return Sample(
        workload="t.py::test_[x]",
        phase=Pass.CALLS,
        fork=0,
        started_at=datetime(2026, 11, 3, tzinfo=UTC),
        failure=Failure("raised", message),
    )


@pytest.mark.parametrize(
    ("message", "line"), [(STRANGE, r"raised: ValueError: \x1b]0;mine\x07\x1b[31mred"), ("", "raised:")]
)
def test_a_failure_is_one_line_in_which_nothing_acts(message: str, line: str) -> None:
    out = StringIO()
    with Progress(lambda *_: "", console=Console(file=out, width=200)) as progress:
        progress.sample_taken(failed(message))
    assert out.getvalue() == f"  t.py::test_[x]: {line}\n"


def test_the_table_of_a_terminal_shows_what_is_found_as_it_is_spelt() -> None:
    out = StringIO()
    console = Console(file=out, width=200, force_terminal=True, color_system=None)
    with Progress(lambda *_: STRANGE, console=console) as progress:
        progress.sample_taken(failed(""))
    assert r"t.py::test_[x]  1             ValueError: \x1b]0;mine\x07\x1b[31mred more" in out.getvalue()
