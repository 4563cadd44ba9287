"""A whole gate: two trees, the declared set of benchmarks, every one of them with a verdict.

Nothing passes in silence: what base has and head lacks, what was skipped, renamed, changed or could not be run is an
item of its own. Waivers come only from base's targets, which a change cannot edit; a margin only tightens.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from boss_perf.errors import ExitStatus
from boss_perf.judge.decision import DecisionRule, Need, decide_time, stage_alpha
from boss_perf.judge.fork_effort import fork_share
from boss_perf.judge.gate.items import items_of, waive
from boss_perf.judge.gate.suite_changes import refuse_nothing, suite_items
from boss_perf.judge.gate.summary import gate_exit_status, gate_resolution
from boss_perf.judge.gate.terms import Declared, GateTerms, margin_of
from boss_perf.judge.gate.weakened import weakened_items
from boss_perf.judge.memory_decision import decide_memory
from boss_perf.judge.needs import Observed, gate_need
from boss_perf.measure.campaign import Campaign, Limits, Room, asked_once
from boss_perf.measure.core_pool import StartExecutor
from boss_perf.measure.exam import Exam, prepare
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.laid_arms import LaidArms
from boss_perf.measure.look import Effort
from boss_perf.measure.machine.disturbance import describe_machine_now, stalls
from boss_perf.measure.machine.fingerprint import fingerprint
from boss_perf.measure.session import Session
from boss_perf.measure.tree import Tree
from boss_perf.measure.visit_order import SessionWatcher
from boss_perf.model.gate import GateItem, GateReport
from boss_perf.model.samples import Pass, Sample
from boss_perf.plan import WorkItem
from boss_perf.stats.boundaries import FIRST_LOOK


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """What a gate is asked. `suite` is the tree whose suite examines both sides, base's unless it says otherwise.

    The paths of the suite are relative to the roots. `is_built`: a set-up command has built both sides. `share` says
    which of all benchmarks are measured here, the others elsewhere; `is_first_share`: what is not of any is told here.
    """

    base: Tree
    head: Tree
    terms: GateTerms
    limits: Limits
    seed: int
    suite: Tree | None = None
    is_built: bool = False
    share: Callable[[Sequence[str]], frozenset[str]] = frozenset
    is_first_share: bool = True
    notes: tuple[str, ...] = ()
    executor: StartExecutor | None = None


Explain = Callable[[Sequence[GateItem], Sequence[ArmPlace], Sequence[str]], Sequence[GateItem]]
"""Given the items, where both arms run and what they may preload: the items, those that moved with the reason."""


def run_gate(
    request: GateRequest, *, watcher: SessionWatcher, explain: Explain | None = None
) -> tuple[GateReport, Mapping[str, Observed]]:
    """Measure and judge; MeasureError when nothing can be compared, UsageError when there is nothing to compare.

    An interruption, or the loss of all that measure, ends in a report of what was seen until then.
    """
    started_s = time.monotonic()
    disturbances = describe_machine_now() if request.executor is None else ()
    with prepare(
        request.base, request.head, suite=request.suite or request.base, terms=request.terms, is_built=request.is_built
    ) as exam:
        whole = exam.declared
        refuse_nothing(request.terms, whole, where=str(request.head.root), python=request.head.python)
        rules = _rules(request, whole)
        declared = whole.of(request.share((*whole.names, *whole.added)))
        measured = _Measured(request, exam, declared, rules, watcher=watcher, ready_s=time.monotonic() - started_s)
        measured.run()
        items = [
            item
            for benchmark in (*declared.names, *declared.added)
            for item in items_of(
                request.terms, declared, benchmark=benchmark, seen=measured.seen(benchmark), rule=rules[benchmark],
                again=measured.again.get(benchmark) if benchmark in declared.names else None,
            )
        ]  # fmt: skip
        if request.is_first_share:
            items += [*suite_items(request.terms, whole), *weakened_items(request.terms)]
        waived: Sequence[GateItem] = waive(items, request.terms)
        if explain is not None and measured.ended is None:
            waived = explain(waived, exam.arms.places, exam.preload)
    observed = {**measured.again, **measured.first}
    report = GateReport(
        base=request.base.side,
        head=request.head.side,
        items=tuple(waived),
        fingerprint=fingerprint(),
        resolution_ratio=gate_resolution(waived),
        disturbances=(*disturbances, *stalls(each for seen in observed.values() for each in seen.of(Pass.PAIRS))),
        false_alarm_ratio=request.terms.false_alarm_ratio,
        elapsed_s=time.monotonic() - started_s,
        exit_status=measured.ended
        or gate_exit_status(waived, fail_on=request.terms.fail_on, is_share=declared is not whole),
        declared=tuple(sorted((name, rule.margin_ratio) for name, rule in rules.items())),
        notes=(*request.notes, *exam.notes, *measured.notes),
        is_interrupted=measured.ended is not None,
    )
    return report, observed


class _Measured:
    """What was seen of the benchmarks: of the exam's in `first`, of those that want head's own suite in `again`.

    `ended` is the exit status of one that ended before it was done. `ready_s` of the budget went into preparing; a
    build, which is made once, leaves half of it to measure all the same.
    """

    def __init__(
        self, request: GateRequest, exam: Exam, declared: Declared, rules: Mapping[str, DecisionRule], *,
        watcher: SessionWatcher, ready_s: float,
    ) -> None:  # fmt: skip
        self._request, self._exam, self._declared, self._rules = request, exam, declared, rules
        self._watcher = watcher
        budget_s = request.limits.budget_s
        left_s = max(budget_s - ready_s, MEASURED_SHARE * budget_s)
        self._ends_s = time.monotonic() + left_s
        self.first: Mapping[str, Observed] = {each: Observed() for each in declared.names}
        self.again: Mapping[str, Observed] = {each: Observed() for each in declared.added}
        self.notes: tuple[str, ...] = ()
        if left_s > budget_s - ready_s:
            self.notes = (f"making both sides ready took {ready_s:.0f} s; they were measured for {left_s:.0f} s",)
        self.ended: int | None = None

    def seen(self, benchmark: str) -> Observed:
        """What the verdict on a benchmark rests on."""
        return self.first[benchmark] if benchmark in self.first else self.again[benchmark]

    def run(self) -> None:
        """Measure all; a benchmark that only head's suite has is looked at once, for it passes whatever it shows."""
        declared, limits = self._declared, self._request.limits
        if declared.names:
            whole = replace(limits, budget_s=self._left_s() * exam_share(declared))
            self.first = self._measured(self._exam.arms, declared.names, whole)
        open_ones = [each for each, seen in self.first.items() if declared.wants_heads_suite(each, seen)]
        wanted = (*open_ones, *declared.added)
        if wanted and self.ended is None:
            brief = replace(limits, budget_s=self._left_s(), forks=FIRST_LOOK)
            self.again = self._measured(self._exam.arms_of_head(), wanted, brief)

    def _left_s(self) -> float:
        return max(0.0, self._ends_s - time.monotonic())

    def _measured(self, arms: LaidArms, names: Sequence[str], limits: Limits) -> Mapping[str, Observed]:
        session = Session(
            [WorkItem(name, (Pass.MEMORY, Pass.PAIRS)) for name in names],
            places=arms.places,
            campaigns=gate_campaigns(
                {name: replace(self._rules[name], fork_limit=limits.forks) for name in names}, limits,
                memory_margin_ratio=self._request.terms.memory_margin_ratio,
            ),
            limits=limits,
            seed=self._request.seed,
            watcher=self._watcher,
            check=arms.refuse_strays,
            preload=self._exam.preload,
            executor=self._request.executor,
        )  # fmt: skip
        seen = session.run()
        arms.refuse_edited()
        self.notes = (*self.notes, *session.notes)
        if session.is_interrupted or session.lost:
            self.ended = ExitStatus.INTERRUPTED if session.is_interrupted else ExitStatus.ENVIRONMENT
        for each in seen.values():
            for phase in each.spent_s:
                each.spent_s[phase] /= session.core_count
            each.is_untraced = limits.memory_forks > 0 and not each.of(Pass.MEMORY)
        return dict(seen)


def exam_share(declared: Declared) -> float:
    """Of the time, for what base's suite has: half at least, for many that the change adds would leave it undecided."""
    return max(1 / 2, len(declared.names) / max(1, len(declared.names) + len(declared.added)))


def _rules(request: GateRequest, declared: Declared) -> dict[str, DecisionRule]:
    alpha = stage_alpha(request.terms.false_alarm_ratio, len(declared.names))
    return {
        name: DecisionRule(
            margin_ratio=margin_of(request.terms, name, is_new=name in declared.added),
            alpha=alpha,
            fork_limit=request.limits.forks,
            ceiling_ratio=request.terms.ceiling_ratio,
            pursues_faster=request.terms.pursues_faster,
        )
        for name in (*declared.names, *declared.added)
    }


MEMORY_SHARE = 1 / 3
"""Of the budget, for the memory of all: a suite whose calls allocate much would leave nothing for its times."""
MEASURED_SHARE = 1 / 2
"""Of the budget, whatever preparing took."""


def gate_campaigns(
    rules: Mapping[str, DecisionRule], limits: Limits, *, memory_margin_ratio: float
) -> tuple[Campaign, ...]:
    """Memory first, within a share of the budget; then time, until every benchmark is decided; then memory's rest."""

    def memory(benchmark: str, traced: Sequence[Sample]) -> Need:
        return decide_memory(traced, rule=rules[benchmark], margin_ratio=memory_margin_ratio).need

    def time_need(benchmark: str, timed: Sequence[Sample]) -> Need:
        return gate_need(timed, rule=rules[benchmark])

    def effort(benchmark: str, timed: Sequence[Sample], room: Room) -> Effort:
        share = fork_share(timed, rule=rules[benchmark], overhead_s=room.overhead_s, most_s=room.most_s)
        return replace(limits.effort, share=limits.effort.share * share)

    def missing(benchmark: str, timed: Sequence[Sample]) -> int | None:
        return decide_time(timed, rule=rules[benchmark]).forks_missing if timed else FIRST_LOOK

    time = Campaign(
        title="time", passes=(Pass.PAIRS,), need=asked_once(time_need), effort=effort,
        forks_missing=asked_once(missing), is_eager=True,
    )  # fmt: skip
    if not limits.memory_forks:
        return (time,)
    rest = Campaign(
        title="memory", passes=(Pass.MEMORY,), need=asked_once(memory), effort=lambda *_: limits.effort,
    )  # fmt: skip
    return replace(rest, budget_share=MEMORY_SHARE), time, rest
