"""A visit: one fork over one or two places, all of whose processes come to the same tests together.

Collect; bring every process to the same test; take the passes that are wanted, over all arms of all places; let the
tests end; keep what they showed, or blame who spoiled it. A visit decides nothing: what it is to do is one plain value
and what became of it another, so that whoever runs it may live on another machine.
"""

import contextlib
import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from boss_perf.measure.arms import Arm
from boss_perf.measure.disturbance import Disturbance, read_disturbance
from boss_perf.measure.fork import Fork, ForkOrder
from boss_perf.measure.passes import PASSES, Look
from boss_perf.measure.visit_order import VisitItem, VisitOrder, VisitOutcome, Watcher
from boss_perf.measure.worker_link import OutOfTime, SubjectEnded, WorkerGone, WorkerLink
from boss_perf.model.samples import POLICY_SOURCE, ArmSource, Failure, Pass, Sample, TrialCheck
from boss_perf.model.targets import terms_text
from boss_perf.names import closest
from boss_perf.worker.messages import Bye, Code, Collected, FailureKind, Finished, Ready

COLLECT_RATIO = 2
"""Collecting a whole suite may take so many times of what one workload may."""


@dataclass(slots=True)
class _Process:
    """One of a visit's processes, and the workloads it has once it has collected."""

    side: str
    link: WorkerLink
    workloads: frozenset[str] = frozenset()


class Visit:
    """Runs one visit; `abandon` and `keep_to` may be called from another thread meanwhile."""

    def __init__(self, order: VisitOrder, *, core: int | None, watcher: Watcher) -> None:
        self._order = order
        self._watcher = watcher
        self._rng = random.Random(order.seed)
        self._wanted: frozenset[str] | None = None
        self._began_s = time.monotonic()
        self.outcome = VisitOutcome(order=order, core=core, hash_seed=self._rng.randrange(1, 2**32))
        places = len(order.places)
        self._fork = Fork(
            ForkOrder(
                places=order.places,
                selected=tuple(item.workload for item in order.items),
                hash_seed=self.outcome.hash_seed,
                core=core,
                birth_order=tuple(self._rng.sample(range(places), places)),
                preload=order.preload,
                policies={item.workload: dict(item.policy) for item in order.items if item.policy},
                reports_origins=places > 1,
            )
        )

    def abandon(self) -> None:
        """End this fork at once."""
        self._fork.abandon()

    def keep_to(self, workloads: frozenset[str]) -> None:
        """Measure nothing but these from now on."""
        self._wanted = workloads

    def run(self) -> VisitOutcome:
        """Everything this fork could observe; a lost process ends it early, and its workload takes the blame."""
        with self._fork as fork:
            processes = [_Process(side, link) for side, link in zip(self._order.sides, fork.links, strict=True)]
            with contextlib.suppress(OutOfTime, WorkerGone):
                self._collect(processes)
                for item in self._order.items:
                    self._visit(item, processes)
        self.outcome.elapsed_s = time.monotonic() - self._began_s
        return self.outcome

    def _collect(self, processes: Sequence["_Process"]) -> None:
        """Wait for every process to say what it has, and blame what it lacks."""
        for process in processes:
            process.link.deadline_s = self._began_s + self._order.visit_s
            try:
                event = process.link.next_event(timeout_s=COLLECT_RATIO * self._order.timeout_s)
                if not isinstance(event, Collected):
                    nothing = "pytest collected nothing"
                    raise WorkerGone(FailureKind.NOT_COLLECTED, nothing, process.link.log_tail())
            except WorkerGone as gone:
                for item in self._order.items:
                    failure = Failure(gone.kind, f"while collecting: {gone.message}", gone.detail)
                    self._fail(item.workload, process.side, failure)
                raise
            process.workloads = frozenset(each.workload for each in event.workloads)
            errors = {name.split("::", 1)[0]: message for name, message in event.errors}
            for item in self._order.items:
                if item.workload not in process.workloads:
                    self._fail(item.workload, process.side, _not_collected(item.workload, process.workloads, errors))

    def _visit(self, item: VisitItem, processes: Sequence["_Process"]) -> None:
        """One item from its set-up to its end, within its time; what is raised ends the visit."""
        began_s = time.monotonic()
        for process in processes:
            process.link.deadline_s = min(self._began_s + self._order.visit_s, began_s + self._order.item_s)
        self._watcher.item_started(item.workload, self._order.fork)
        try:
            self._meet(item, [each for each in processes if item.workload in each.workloads])
        except WorkerGone as gone:
            self._fail(item.workload, self._order.sides[-1], Failure(gone.kind, gone.message, gone.detail))
            raise
        except OutOfTime:
            if time.monotonic() - began_s >= self._order.item_s:
                self.outcome.late_s[item.workload] = time.monotonic() - began_s
            raise
        finally:
            if item.workload not in self.outcome.late_s:
                self.outcome.spent_s[item.workload] = time.monotonic() - began_s

    def _meet(self, item: VisitItem, processes: Sequence["_Process"]) -> None:
        """Bring the processes to the item's test, measure when all wait there, let them go on to its end."""
        waiting: list[tuple[_Process, Ready]] = []
        ended: Finished | None = None
        samples: list[Sample] = []
        for process in processes:
            event = self._next_of(item, process)
            if isinstance(event, Ready):
                waiting.append((process, event))
                continue
            ended = event
            if event.failure is None and not event.codes:
                text = "the test measured nothing: it never called `benchmark` or `paired`"
                self._fail(item.workload, process.side, Failure(FailureKind.UNAVAILABLE, text))
        is_wanted = self._wanted is None or item.workload in self._wanted
        if len(waiting) == len(self._order.places) and is_wanted:
            samples = self._measure(item, waiting)
        # Who is released first sets up its next test first, and gets the system's pages in that order.
        for process, _ in self._rng.sample(waiting, len(waiting)):
            process.link.release()
            while not isinstance(event := self._next_of(item, process), Finished):
                process.link.release()
            ended = event
        if ended is not None and item.workload not in self.outcome.failures:
            self._keep(item, samples, ended)

    def _next_of(self, item: VisitItem, process: "_Process") -> Ready | Finished:
        """The process's word that the item's test waits, or how it ended; a process that is lost takes the blame."""
        try:
            while True:
                event = process.link.next_event(timeout_s=self._order.timeout_s)
                if isinstance(event, Bye):
                    raise process.link.gone("pytest ended early")
                if isinstance(event, Ready):
                    return event
                if isinstance(event, Finished) and event.workload == item.workload:
                    if event.failure is not None:
                        said = event.failure
                        self._fail(item.workload, process.side, Failure(said.kind, said.message, said.detail))
                    return event
        except WorkerGone as gone:
            self._fail(item.workload, process.side, Failure(gone.kind, gone.message, gone.detail))
            raise

    def _measure(self, item: VisitItem, waiting: Sequence[tuple["_Process", Ready]]) -> list[Sample]:
        """The samples of the item's passes; none when the subject raised."""
        ready = [state for _, state in waiting]
        if len(ready) > 1:
            self.outcome.loaded[item.workload] = tuple(each.origins for each in ready)
        arms = self._arms(waiting)
        look = Look(effort=item.effort, rng=self._rng, has_resident=item.has_resident)
        samples = []
        try:
            for phase in item.passes:
                if phase in PASSES:
                    before = read_disturbance()
                    sample = PASSES[phase](arms, self._frame(item.workload, phase, ready), look)
                    samples.append(_surrounded(sample, before, read_disturbance()))
        except SubjectEnded:
            return []
        if not any(each.has_setup for each in ready) and not all(arm.is_clock_credible for arm in arms):
            text = "the clock inside the measured process disagrees with the one outside"
            self._fail(item.workload, self._order.sides[-1], Failure(FailureKind.RAISED, text))
        return samples

    def _arms(self, waiting: Sequence[tuple["_Process", Ready]]) -> list[Arm]:
        """All arms of a single process; of two processes the last of each, which is what a change may make slower."""
        timeout_s = self._order.timeout_s
        if len(waiting) == 1:
            process, state = waiting[0]
            return [Arm(process.link, index, name, timeout_s=timeout_s) for index, name in enumerate(state.arms)]
        return [Arm(process.link, len(state.arms) - 1, process.side, timeout_s=timeout_s) for process, state in waiting]

    def _keep(self, item: VisitItem, samples: list[Sample], ended: Finished) -> None:
        """The tests are over and all their asserts held: tell what they showed."""
        if Pass.TRIAL in item.passes:
            if not ended.codes:
                failure = Failure(FailureKind.UNAVAILABLE, "a policy needs the `trial` fixture, this test has none")
                self._fail(item.workload, self._order.sides[-1], failure)
                return
            sources = (*map(_source, ended.codes), ArmSource(POLICY_SOURCE, terms_text(item.policy), ""))
            checks = tuple(TrialCheck(c.name, c.is_passed, c.expected, c.observed) for c in ended.checks)
            frame = replace(self._frame(item.workload, Pass.TRIAL, ()), benchmark_digest=ended.benchmark_digest)
            samples.append(replace(frame, checks=checks, sources=sources))
        facts = tuple(sorted(ended.facts.items()))
        for sample in samples:
            self._watcher.sample_taken(replace(sample, facts=facts))

    def _frame(self, workload: str, phase: Pass, ready: Sequence[Ready]) -> Sample:
        """A sample without observations, as far as the processes' word that they wait fills it."""
        sides = self._order.sides
        frame = Sample(
            workload=workload, phase=phase, fork=self._order.fork, started_at=datetime.now(UTC),
            conditions=self.outcome.conditions,
        )  # fmt: skip
        if not ready:
            return frame
        frame = replace(frame, benchmark_digest=ready[-1].benchmark_digest)
        if len(ready) == 1:
            return replace(frame, arms=ready[0].arms, sources=tuple(map(_source, ready[0].codes)))
        sources = [replace(_source(state.codes[-1]), arm=side) for state, side in zip(ready, sides, strict=True)]
        digests = tuple(state.answer_digest for state in ready)
        return replace(frame, arms=sides, sources=tuple(sources), answer_digests=digests)

    def _fail(self, workload: str, side: str, failure: Failure) -> None:
        self.outcome.failures.setdefault(workload, {}).setdefault(side, failure)


def _surrounded(sample: Sample, before: Disturbance, after: Disturbance) -> Sample:
    stalled_ratio, steal_ratio = after.stalled_ratio_since(before), after.steal_ratio_since(before)
    return replace(
        sample, conditions=replace(sample.conditions, stalled_ratio=stalled_ratio, steal_ratio=steal_ratio)
    )  # fmt: skip


def _source(code: Code) -> ArmSource:
    return ArmSource(code.arm, code.digest, code.origin)


def _not_collected(workload: str, found: Collection[str], errors: Mapping[str, str]) -> Failure:
    error = errors.get(workload.split("::", 1)[0])
    if error is not None:
        return Failure(FailureKind.NOT_COLLECTED, f"its file cannot be imported: {error}")
    hint = closest(workload, found)
    return Failure(FailureKind.NOT_COLLECTED, "no such workload" + (f"; did you mean {hint}?" if hint else ""))
