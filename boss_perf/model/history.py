"""What the history remembers of judgements: one line per run and target, enough for trends and progress."""

from dataclasses import dataclass
from datetime import datetime

from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """A target's judgement after a run. `measured_at` is the evidence's time, which may be of an earlier run.

    `value` with its interval is in `unit`; for a relative promise it is the candidate's and `ratio` (new over old) has
    the interval that was judged. Each is None where the judgement had no such number; an open side is infinite.
    Figures of different `machine` digests do not compare.
    """

    run_id: str
    target_id: str
    verdict: Verdict
    status: Status
    reason: str
    judged_at: datetime
    measured_at: datetime | None = None
    evidence_run_id: str | None = None
    machine: str | None = None
    unit: Unit | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    forks: int = 0
    count: int = 0
