"""What a person sees while it measures, on a terminal and in a log."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from boss_perf.cli.progress import Progress, Standing
from boss_perf.measure.visit_order import VisitItem, VisitOrder, VisitOutcome
from boss_perf.model.samples import Failure, Pass, Sample

STRANGE = "ValueError: \x1b]0;mine\x07\x1b[31mred\nmore"
NOW = datetime(2026, 11, 3, tzinfo=UTC)


def sample(name: str, *, failure: str | None = None) -> Sample:
    kept = None if failure is None else Failure("raised", failure)
    return Sample(workload=name, phase=Pass.CALLS, fork=0, started_at=NOW, failure=kept)


def order(fork: int, count: int, *, first: int = 0, host: str | None = None) -> VisitOrder:
    names = [f"t.py::test_{first + number}" for number in range(count)]
    items = tuple(VisitItem(workload=name, passes=(Pass.CALLS,)) for name in names)
    return VisitOrder(places=(), items=items, fork=fork, seed="", host=host)


def after_three(name: str, samples: Sequence[Sample]) -> Standing:
    return Standing("met" if len(samples) >= 3 else "", "green", "−75 %")


def log_of(act: Callable[[Progress], None], **settings: object) -> str:
    out = StringIO()
    console = Console(file=out, width=200, color_system=None, **settings)  # type: ignore[arg-type]
    seconds = iter(range(0, 10_000, 10))
    with Progress(after_three, console=console, clock=lambda: float(next(seconds))) as progress:
        act(progress)
    return out.getvalue()


@pytest.mark.parametrize(
    ("message", "line"), [(STRANGE, r"raised: ValueError: \x1b]0;mine\x07\x1b[31mred"), ("", "raised:")]
)
def test_a_failure_is_one_line_in_which_nothing_acts(message: str, line: str) -> None:
    said = log_of(lambda progress: progress.sample_taken(sample("t.py::test_[x]", failure=message)))
    assert said == f"  t.py::test_[x]: {line}\n"


def test_a_log_has_one_line_for_each_decision_with_its_name() -> None:
    def act(progress: Progress) -> None:
        progress.visit_started("calls", order(0, 2), left_s=60)
        for fork in range(4):
            progress.visit_started("calls", order(fork, 2), left_s=60)
            progress.sample_taken(sample("t.py::test_a"))
        progress.sample_taken(sample("t.py::test_b"))

    assert log_of(act) == "calls:\n  1/2  met         t.py::test_a: −75 %\n"


def test_a_terminal_says_how_many_are_decided_and_how_long_it_may_take() -> None:
    def act(progress: Progress) -> None:
        progress.visit_started("calls", order(0, 20), left_s=5000)
        for number in range(5):
            for _ in range(3):
                progress.sample_taken(sample(f"t.py::test_{number}"))

    said = log_of(act, force_terminal=True)
    assert "0 of 20 decided" in said and " left" in said.split("decided")[1].splitlines()[0]
    assert "at most" in said.split("5 of 20 decided")[0]
    assert "about" in said.split("5 of 20 decided")[1].splitlines()[0]


def test_the_estimate_is_never_longer_than_the_budget() -> None:
    def act(progress: Progress) -> None:
        progress.visit_started("calls", order(0, 1000), left_s=100)
        for number in range(5):
            for _ in range(3):
                progress.sample_taken(sample(f"t.py::test_{number}"))

    assert "about 0 s left" in log_of(act, force_terminal=True)


def test_the_table_of_a_terminal_shows_what_is_found_as_it_is_spelt() -> None:
    said = log_of(lambda progress: progress.sample_taken(sample(f"t.py::test_[x]{STRANGE}")), force_terminal=True)
    assert r"t.py::test_[x]ValueError: \x1b]0;mine\x07\x1b[31mred more" in said


def of_two_hosts(progress: Progress) -> None:
    """One of both is lost in the middle, the other takes its work."""
    orders = [
        order(0, 3, host="10.0.0.1"),
        order(1, 2, first=3, host="10.0.0.2"),
        order(2, 2, first=3, host="10.0.0.1"),
    ]
    for each in orders[:2]:
        progress.visit_started("time", each, left_s=60)
    progress.visit_ended(VisitOutcome(order=orders[1], core=None, hash_seed=0, is_lost=True))
    progress.visit_ended(VisitOutcome(order=orders[0], core=0, hash_seed=1))
    progress.visit_started("time", orders[2], left_s=60)
    for number in (3, 4):
        progress.sample_taken(sample(f"t.py::test_{number}"))


def test_a_terminal_shows_who_works_on_what_and_what_was_lost_and_repeated() -> None:
    said = log_of(of_two_hosts, force_terminal=True)
    for line in (
        r"▸\s+10\.0\.0\.1\s+t\.py::test_0 and 2 more",
        r"▸\s+10\.0\.0\.2\s+lost; 2 workloads to be measured again",
        r"▸\s+10\.0\.0\.1\s+t\.py::test_3 and 1 more, again what was lost",
        r"▸\s+10\.0\.0\.2\s+lost; what it had was measured again",
    ):
        assert re.search(line, said), line


def test_a_log_says_which_host_was_lost() -> None:
    assert log_of(of_two_hosts) == "time:\n  10.0.0.2 was lost: 2 workloads to be measured again\n"
