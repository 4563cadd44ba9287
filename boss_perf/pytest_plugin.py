"""What plain `pytest` sees of boss-perf: a brief `paired` and a `trial`, and nothing in a test that uses neither.

Imported by every pytest process where boss-perf is installed, so it imports next to nothing itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from boss_perf.worker.paired import Paired, Trial
    from boss_perf.worker.subject import Subject


@pytest.fixture
def paired(request: pytest.FixtureRequest) -> Paired:
    """Two implementations against each other, here briefly and each by pytest-benchmark; `boss-perf bench` compares."""
    from boss_perf.worker.paired import Paired

    benchmark = request.getfixturevalue("benchmark")

    def show_arms(arms: Sequence[str], subjects: Sequence[Subject], _first: Any, ask_again: Callable[[], Any]) -> None:
        fixtures = (benchmark, copy.copy(benchmark))
        for arm, subject, fixture in zip(arms, subjects, fixtures, strict=True):
            fixture.name = f"{request.node.name}[{arm}]"
            fixture.fullname = f"{request.node.nodeid}[{arm}]"
            fixture.group = fixture.group or request.node.nodeid
            fixture.extra_info = {**pair.extra_info, "arm": arm}
            fixture(subject.single_call())
        ask_again()

    pair = Paired(show_arms)
    return pair


@pytest.fixture
def trial() -> Iterator[Trial]:
    """A policy's checks; without targets.yaml the workload's own defaults are tried. A failed check fails the test."""
    from boss_perf.worker.paired import Trial

    trial = Trial({})
    yield trial
    failed = [
        f"{each.name}: expected {each.expected}, observed {each.observed}"
        for each in trial.checks
        if not each.is_passed
    ]
    if failed:
        pytest.fail("; ".join(failed), pytrace=False)
