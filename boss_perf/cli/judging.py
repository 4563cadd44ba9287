"""From stored samples to judgements: gathers for the pure judge what it cannot look up itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from boss_perf.cli.project import Project, open_history
from boss_perf.cli.streams import say
from boss_perf.errors import StoreError
from boss_perf.judge import contradictions, judge
from boss_perf.judge.promises.earlier_runs import lucky_run_caveats, ratchet_caveats
from boss_perf.judge.promises.freshness import AHEAD_TOLERANCE
from boss_perf.measure.dependencies import current_states
from boss_perf.measure.machine.fingerprint import fingerprint
from boss_perf.model.explanations import Explanation
from boss_perf.model.history import by_target
from boss_perf.model.runs import Run
from boss_perf.model.samples import Reading, Sample
from boss_perf.model.targets import Target, TargetSet
from boss_perf.model.verdicts import Evidence, Judgement
from boss_perf.store.history import History
from boss_perf.text import visible_line

RATCHET_RUNS = 200


def judge_history(
    project: Project, history: History, *, targets: Sequence[Target] | None = None, now: datetime | None = None
) -> tuple[Judgement, ...]:
    """Every target judged on the newest evidence of its workload.

    Runs that are dated in the future are left out of the history from here on, and said.
    """
    target_set = project.target_set
    moment = now or datetime.now(UTC)
    for ahead in history.leave_out_after(moment + AHEAD_TOLERANCE):
        say(
            visible_line(f"run {ahead.id} is dated {ahead.started_at:%Y-%m-%d %H:%M} UTC, in the future: left out")
            + "\n    `boss-perf history drop RUN` removes it",
            err=True,
        )
    chosen = target_set.targets if targets is None else targets
    newest = history.newest_evidence_of_all(sorted(filter(None, map(workload_of, chosen))))
    runs_by_kind = history.newest_run_by_kind()
    states = current_states((each for _, samples in newest.values() for each in samples), root=project.root)
    machine = fingerprint().digest
    remarks = contradictions(target_set)
    records = by_target(history.verdict_history(limit_per_target=RATCHET_RUNS))
    judgements = []
    for target in chosen:
        run, samples = newest.get(workload_of(target) or "", (None, ()))
        judgement = judge(
            target,
            samples,
            evidence=evidence_of(run, samples) if run is not None else None,
            policy=target_set.policy,
            now=moment,
            kind=run.kind if run is not None else None,
            current_states=states,
            machine=machine,
            suite_size=len(target_set.targets),
            runs_by_kind=runs_by_kind,
        )
        earlier = records.get(target.id, ())
        caveats = [
            *judgement.caveats,
            *([remarks[target.id]] if target.id in remarks else ()),
            *ratchet_caveats(earlier, judgement, policy=target_set.policy),
            *lucky_run_caveats(earlier, judgement),
        ]
        judgements.append(replace(judgement, caveats=tuple(caveats)))
    return tuple(judgements)


def workload_of(target: Target) -> str | None:
    """What the evidence of a target is stored under: its workload, or its load profile by the target's id."""
    return f"load:{target.id}" if target.load is not None else target.workload


def explanations_of(target_set: TargetSet, known: Mapping[str, Explanation]) -> dict[str, Explanation]:
    """By target id what is known by workload."""
    return {each.id: known[each.workload] for each in target_set.targets if each.workload and each.workload in known}


def evidence_of(run: Run, samples: Sequence[Sample]) -> Evidence:
    """The frame of the evidence that these samples are."""
    return Evidence(
        run_id=run.id,
        measured_at=max((each.started_at for each in samples), default=run.started_at),
        commit=run.commit,
        is_dirty=run.is_dirty,
        machine=run.fingerprint.digest,
        machine_text=run.fingerprint.text,
        forks=len({each.fork for each in samples}),
        count=sum(len(series.values) for each in samples for series in each.series),
        dependencies_digest=samples[-1].dependencies_digest if samples else "",
    )


def recorded_seconds(root: Path, store: str | None, workloads: Sequence[str]) -> dict[str, float]:
    """How long a fork of each workload took when it was last measured; nothing of what the history does not know."""
    try:
        with open_history(root, store, create=False) as history:
            newest = history.newest_evidence_of_all(workloads)
    except StoreError:
        return {}
    costs = {}
    for workload, (_, samples) in newest.items():
        times_ns = [sum(s.values) for each in samples for s in each.series if s.reading is Reading.WALL_NS]
        forks = len({each.fork for each in samples})
        if times_ns:
            costs[workload] = sum(times_ns) / 1e9 / forks
    return costs
