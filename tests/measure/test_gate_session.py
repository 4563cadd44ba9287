"""Which forks a gate keeps."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from measured_suites import Onlooker

from boss_perf.judge.decision import DecisionRule
from boss_perf.measure.duel import DuelOutcome
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.gate_session import GateLimits, GateSession
from boss_perf.model.samples import Pass, Reading, Sample, Series

NAME = "t.py::test_it"


def sample(cpu_ns: tuple[int, ...], *, is_waiting: bool = False) -> Sample:
    wall_ns = (500_000,) * len(cpu_ns)
    return Sample(
        workload=NAME, phase=Pass.PAIRS, fork=0, started_at=datetime(2026, 11, 25, tzinfo=UTC), arms=("base", "head"),
        order=(0,) * (len(cpu_ns) // 2), is_waiting=is_waiting,
        series=tuple(
            Series(arm, reading, values)
            for arm in ("base", "head")
            for reading, values in ((Reading.CPU_NS, cpu_ns), (Reading.WALL_NS, wall_ns))
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "kept_count"),
    [
        (sample((500_000,) * 6), 1),
        (sample((500_000, 500_000, 0, 500_000, 500_000, 500_000)), 0),
        (sample((0,) * 6, is_waiting=True), 1),
    ],
    ids=["plain", "its clock stood still", "it waits, so wall time counts"],
)
def test_a_fork_that_can_say_nothing_is_not_kept(taken: Sample, kept_count: int) -> None:
    place = ArmPlace(root=Path(), files=())
    session = GateSession(
        (place, place), [NAME], rule_of=lambda _name: DecisionRule(margin_ratio=0.03, alpha=0.01, fork_limit=30),
        limits=GateLimits(), seed=1, watcher=Onlooker(), check=lambda _loaded: None,
    )  # fmt: skip
    session._open = frozenset({NAME})
    session._take(DuelOutcome((NAME,), samples=[taken], finished={NAME}), Pass.PAIRS, lane_count=1)
    assert len(session.observed[NAME].timed) == kept_count
