"""A visit: one fork over one or two places, all of whose processes come to the same tests together.

Collect; bring every process to the same test; take the passes that are wanted, over all arms of all places; let the
tests end; keep what they showed, or blame who spoiled it. A visit decides nothing.
"""

import contextlib
import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from boss_perf.measure.arms import Arm
from boss_perf.measure.dependencies import dependencies_of
from boss_perf.measure.fork import Fork
from boss_perf.measure.look import Look, TooLong
from boss_perf.measure.machine.disturbance import StallWatch
from boss_perf.measure.passes import PASSES, take_walks
from boss_perf.measure.profile_pass import LOOKS, take_look
from boss_perf.measure.visit_order import VisitItem, VisitOrder, VisitOutcome, Watcher
from boss_perf.measure.worker_link import OutOfTime, SubjectEnded, WorkerGone, WorkerLink
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.samples import POLICY_SOURCE, ArmSource, Failure, Pass, Sample
from boss_perf.model.targets import terms_text
from boss_perf.text import closest
from boss_perf.worker import orders
from boss_perf.worker.messages import Bye, Collected, Done, FailureKind, Finished, Ready

COLLECT_RATIO = 2  # collecting a whole suite may take so many times of what one workload may


@dataclass(slots=True)
class _Process:
    """One of a visit's processes, and once it has collected its workloads, with the silence that each may need."""

    side: str
    link: WorkerLink
    limits_s: Mapping[str, float] = field(default_factory=dict)


class Visit:
    """Runs one visit; others may `abandon` it or have it `keep_to` something."""

    def __init__(self, order: VisitOrder, *, core: int | None, watcher: Watcher) -> None:
        self._order = order
        self._watcher = watcher
        self._rng = random.Random(order.seed)
        self._wanted: frozenset[str] | None = None
        self._began_s = time.monotonic()
        self.outcome = VisitOutcome(order=order, core=core, hash_seed=self._rng.randrange(1, 2**32))
        places = len(order.places)
        workloads = tuple(item.workload for item in order.items)
        self._fork = Fork(
            places=order.places,
            files=tuple(dict.fromkeys(each.split("::", 1)[0] for each in workloads)),
            selected=workloads,
            hash_seed=self.outcome.hash_seed,
            core=core,
            birth_order=tuple(self._rng.sample(range(places), places)),
            preload=order.preload,
            policies={item.workload: dict(item.policy) for item in order.items if item.policy},
            counts_folder=order.counts_folder,
            is_watched=any(Pass.DEPENDENCIES in item.passes for item in order.items),
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
                    raise WorkerGone(FailureKind.NOT_COLLECTED, "pytest collected nothing", process.link.log_tail())
            except WorkerGone as gone:
                for item in self._order.items:
                    self._fail(item.workload, process.side, replace(gone.failure, message=f"while collecting: {gone}"))
                raise
            process.limits_s = {each.workload: self._order.limit_s(each.limit_s) for each in event.workloads}
            errors = {name.split("::", 1)[0]: f"it cannot be imported: {message}" for name, message in event.errors}
            errors.update(event.skipped)
            for item in self._order.items:
                if item.workload not in process.limits_s:
                    self._fail(item.workload, process.side, _not_collected(item.workload, process.limits_s, errors))

    def _visit(self, item: VisitItem, processes: Sequence["_Process"]) -> None:
        """One item from its set-up to its end, within its time; what is raised ends the visit."""
        began_s = time.monotonic()
        for process in processes:
            process.link.deadline_s = min(self._began_s + self._order.visit_s, began_s + self._order.item_s)
        self._watcher.item_started(item.workload, self._order.fork)
        try:
            self._meet(item, [each for each in processes if item.workload in each.limits_s])
        except WorkerGone as gone:
            self._fail(item.workload, self._order.sides[-1], gone.failure)
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
        ended: dict[str, Finished] = {}
        samples: list[Sample] = []
        for process in processes:
            event = self._next_of(item, process)
            if isinstance(event, Ready):
                waiting.append((process, event))
                continue
            ended[process.side] = event
            if event.failure is None and not event.is_trial:
                text = "the test measured nothing: it never called `benchmark` or `paired`, or what it called raised"
                self._fail(item.workload, process.side, Failure(FailureKind.UNAVAILABLE, text))
        if len(waiting) == len(self._order.places) and (self._wanted is None or item.workload in self._wanted):
            samples = self._measure(item, waiting)
        # Who is released first sets up its next test first, and gets the system's pages in that order.
        for process, _ in self._rng.sample(waiting, len(waiting)):
            process.link.release()
            while not isinstance(event := self._next_of(item, process), Finished):
                process.link.release()
            ended[process.side] = event
        if ended and item.workload not in self.outcome.failures:
            self._keep(item, samples, [ended[each] for each in self._order.sides if each in ended])

    def _next_of(self, item: VisitItem, process: "_Process") -> Ready | Finished:
        """The process's word that the item's test waits, or how it ended; a process that is lost takes the blame."""
        try:
            while True:
                event = process.link.next_event(timeout_s=process.limits_s[item.workload])
                if isinstance(event, Bye):
                    raise process.link.gone("pytest ended early")
                if isinstance(event, Ready):
                    return event
                if isinstance(event, Finished) and event.workload == item.workload:
                    if event.failure is not None:
                        self._fail(item.workload, process.side, event.failure)
                    return event
        except WorkerGone as gone:
            self._fail(item.workload, process.side, gone.failure)
            raise

    def _measure(self, item: VisitItem, waiting: Sequence[tuple["_Process", Ready]]) -> list[Sample]:
        """The samples of the item's passes; none when the subject raised."""
        ready = [state for _, state in waiting]
        if len(ready) > 1:
            self.outcome.loaded[item.workload] = tuple(each.origins for each in ready)
        arms = self._arms(item, waiting)
        deadline_s = waiting[0][0].link.deadline_s
        look = Look(
            effort=item.effort, rng=self._rng, has_resident=item.has_resident,
            counts_folder=self._order.counts_folder, left_s=lambda: deadline_s - time.monotonic(),
        )  # fmt: skip
        samples = []
        try:
            for arm in arms if len({each.has_setup for each in ready}) > 1 else ():
                arm.ask(orders.SetUpEachCall(arm.index), Done)
            for phase in item.passes:
                if phase in PASSES:
                    blank = replace(
                        self.outcome.blank_sample(item.workload, phase), arms=tuple(arm.name for arm in arms)
                    )
                    stalls = StallWatch()
                    sample = PASSES[phase](arms, blank, look)
                    conditions = replace(sample.conditions, stalled_ratio=stalls.ratio())
                    samples.append(replace(sample, conditions=conditions))
                elif phase in LOOKS:
                    self.outcome.looks.setdefault(item.workload, {})[phase] = take_look(phase, arms, look)
            if Pass.PAIRS in item.passes and len(ready) > 1 and any(each.is_lazy for each in ready):
                samples[-1] = replace(samples[-1], series=(*samples[-1].series, *take_walks(arms, rng=self._rng)))
        except TooLong as too_long:
            self.outcome.late_s[item.workload] = too_long.needs_s
            return []
        except SubjectEnded:
            return []
        if not any(each.has_setup for each in ready) and not all(arm.is_clock_credible for arm in arms):
            text = "the clock inside the measured process disagrees with the one outside"
            self._fail(item.workload, self._order.sides[-1], Failure(FailureKind.RAISED, text))
        if len(ready) == 1:
            return samples
        is_shared = ready[0].addresses == ready[1].addresses
        return [replace(each, conditions=replace(each.conditions, is_heap_shared=is_shared)) for each in samples]

    def _arms(self, item: VisitItem, waiting: Sequence[tuple["_Process", Ready]]) -> list[Arm]:
        """All arms of a single process; of two processes the last of each, which is what a change may make slower."""
        return [
            Arm(process.link, index, process.side or name, process.limits_s[item.workload], state.is_one_shot)
            for process, state in waiting
            for index, name in enumerate(state.arms)
            if not process.side or index == len(state.arms) - 1
        ]

    def _keep(self, item: VisitItem, samples: list[Sample], ended: Sequence[Finished]) -> None:
        """The tests are over and all their asserts held: tell what they showed."""
        last = ended[-1]
        if Pass.TRIAL in item.passes:
            if not last.is_trial:
                text = "a policy needs the `trial` fixture, this test has none"
                self._fail(item.workload, self._order.sides[-1], Failure(FailureKind.UNAVAILABLE, text))
                return
            terms = ArmSource(POLICY_SOURCE, terms_text(item.policy))
            blank = self.outcome.blank_sample(item.workload, Pass.TRIAL)
            samples.append(replace(blank, checks=last.checks, sources=(terms,)))
        if Pass.DEPENDENCIES in item.passes and last.taken_in is not None:
            file, root = item.workload.split("::", 1)[0], self._order.places[-1].root
            found = dependencies_of(last.taken_in, test_file=file, root=root)
            blank = self.outcome.blank_sample(item.workload, Pass.DEPENDENCIES)
            samples.append(replace(blank, dependencies=found))
        caveats = [Caveat(CaveatKind(kind), text) for event in ended for kind, text in event.caveats]
        for sample in samples:
            told = replace(
                sample, facts=tuple(sorted(last.facts.items())), caveats=tuple(dict.fromkeys(caveats)),
                answer_digests=tuple(event.answers[0] for event in ended),
                later_digests=tuple(event.answers[1] for event in ended),
            )  # fmt: skip
            self._watcher.sample_taken(told)

    def _fail(self, workload: str, side: str, failure: Failure) -> None:
        self.outcome.failures.setdefault(workload, {}).setdefault(side, failure)


def _not_collected(workload: str, found: Collection[str], errors: Mapping[str, str]) -> Failure:
    if (error := errors.get(workload.split("::", 1)[0])) is not None:
        return Failure(FailureKind.NOT_COLLECTED, f"{workload.split('::', 1)[0]}: {error}")
    hint = closest(workload, found)
    return Failure(FailureKind.NOT_COLLECTED, "no such workload" + (f"; did you mean {hint}?" if hint else ""))
