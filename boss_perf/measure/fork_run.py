"""One process of a fork over its workloads: collect, measure each as it waits in its test, keep what it showed."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from boss_perf.measure.arms import Arm
from boss_perf.measure.collection import import_path
from boss_perf.measure.dependencies import dependencies_of
from boss_perf.measure.disturbance import read_disturbance
from boss_perf.measure.fork import ArmPlace, Fork, ForkOrder
from boss_perf.measure.passes import (
    Effort,
    frame_of,
    measure_batches,
    measure_calls,
    measure_memory,
    measure_pairs,
    with_answers,
)
from boss_perf.measure.worker_link import SubjectEnded, WorkerGone, WorkerLink
from boss_perf.model.samples import POLICY_SOURCE, ArmSource, Conditions, Failure, Pass, Sample, TrialCheck
from boss_perf.model.targets import terms_text
from boss_perf.names import closest
from boss_perf.plan import WorkItem

EFFORT_SHARE = 0.6


class Watcher(Protocol):
    """Somebody who looks on: the terminal, or nobody."""

    def fork_started(self, phase: str, fork: int, items: int, *, left_s: float | None) -> None:
        """A fork begins with so many workloads; `left_s` is what remains of the time budget."""

    def item_started(self, workload: str, fork: int) -> None:
        """A workload of the fork is being prepared."""

    def sample_taken(self, sample: Sample) -> None:
        """A sample arrived, or the reason why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a session may do. `workload_s` is the longest silence of a worker.

    `budget_s` is the time for all, but `least_forks` are taken whatever they last: fewer decide nothing.
    """

    forks: int = 30
    least_forks: int = 5
    memory_forks: int = 2
    trial_forks: int = 2
    budget_s: float = 300.0
    workload_s: float = 60.0
    effort_share: float = EFFORT_SHARE


class ForkRun:
    """One process of a fork, from start to end."""

    def __init__(
        self,
        items: list[WorkItem],
        *,
        root: Path,
        fork: int,
        core: int | None,
        rng: random.Random,
        limits: Limits,
        take: Callable[[Sample], None],
        watcher: Watcher,
    ) -> None:
        self._items = {item.workload: item for item in items}
        self._root = root
        self._fork = fork
        self._rng = rng
        self._limits = limits
        self._take = take
        self._watcher = watcher
        self._pending: list[Sample] = []
        self._conditions = Conditions(core=core, hash_seed=rng.randrange(1, 2**32))
        self._done: set[str] = set()
        self._current: str | None = None

    def run(self) -> set[str]:
        """The workloads this process dealt with, one way or the other; never empty."""
        order = self._order(tuple(self._items))
        with Fork(order) as fork:
            link = fork.links[0]
            try:
                self._collect(link)
                while True:
                    event = link.next_event(timeout_s=self._limits.workload_s)
                    if event.get("event") == "bye":
                        break
                    self._handle(link, event)
            except WorkerGone as gone:
                self._blame(gone)
                return self._done
        for workload in self._items.keys() - self._done:
            self._fail(workload, Failure("not_collected", "the worker ended before it ran"))
        return self._done

    def _order(self, selected: tuple[str, ...]) -> ForkOrder:
        files = tuple(dict.fromkeys(self._items[each].file for each in selected))
        policies = {each: dict(self._items[each].policy) for each in selected if self._items[each].policy}
        return ForkOrder(
            places=(ArmPlace(root=self._root, files=files, path=import_path(self._root)),),
            selected=selected,
            hash_seed=self._conditions.hash_seed or 1,
            core=self._conditions.core,
            policies=policies,
            is_watched=any(Pass.DEPENDENCIES in item.passes for item in self._items.values()),
        )

    def _collect(self, link: WorkerLink) -> None:
        event = link.next_event(timeout_s=2 * self._limits.workload_s)
        while event.get("event") != "collected":
            if event.get("event") == "bye":
                for workload in self._items:
                    self._fail(workload, Failure("not_collected", "pytest collected nothing", link.log_tail()))
                raise WorkerGone("died", "pytest collected nothing")
            event = link.next_event(timeout_s=2 * self._limits.workload_s)
        found = [str(each["workload"]) for each in event["items"]]
        errors = {str(each["workload"]): str(each["message"]) for each in event["errors"]}
        for workload, item in self._items.items():
            if workload not in found:
                self._fail(workload, _not_collected(workload, found, errors.get(item.file)))

    def _handle(self, link: WorkerLink, event: dict[str, Any]) -> None:
        kind, workload = event.get("event"), str(event.get("workload"))
        if kind == "started":
            self._current = workload
            self._watcher.item_started(workload, self._fork)
        elif kind == "ready":
            try:
                self._measure(link, event, self._items[workload])
                link.release()
            except SubjectEnded:
                return
        elif kind == "finished":
            self._finish(event, workload)

    def _measure(self, link: WorkerLink, ready: dict[str, Any], item: WorkItem) -> None:
        arms = [
            Arm(
                link,
                index,
                name,
                timeout_s=self._limits.workload_s,
                is_one_shot=bool(ready["is_one_shot"]),
            )
            for index, name in enumerate(map(str, ready["arms"]))
        ]
        self._pending = []
        for phase in item.passes:
            if phase is Pass.DEPENDENCIES:
                for arm in arms:
                    arm.calls(1)
                continue
            before = read_disturbance()
            sample = self._observe(phase, arms, frame_of(ready, self._frame(item.workload, phase)), item)
            after = read_disturbance()
            surroundings = replace(
                sample.conditions,
                stalled_ratio=after.stalled_ratio_since(before),
                steal_ratio=after.steal_ratio_since(before),
            )
            self._pending.append(replace(sample, conditions=surroundings))

    def _observe(self, phase: Pass, arms: list[Arm], frame: Sample, item: WorkItem) -> Sample:
        effort = Effort(self._limits.effort_share, item.least_calls)
        if phase is Pass.MEMORY:
            return measure_memory(arms, frame, has_resident=self._fork == 0)
        if phase is Pass.PAIRS and len(arms) == 2:
            return measure_pairs((arms[0], arms[1]), frame, effort=effort, rng=self._rng)
        if phase is Pass.CALLS:
            return measure_calls(arms[-1], frame, effort=effort)
        if phase is Pass.BATCHES:
            return measure_batches(arms[-1], frame, effort=effort)
        text = f"a {phase.value} target needs the `paired` fixture, this workload uses `benchmark`"
        return replace(frame, failure=Failure("unavailable", text))

    def _finish(self, event: dict[str, Any], workload: str) -> None:
        """The test is over: its asserts held, or nothing it showed counts."""
        pending, self._pending = self._pending, []
        if event.get("failure"):
            said = event["failure"]
            self._fail(workload, Failure(str(said["kind"]), str(said["message"]), str(said.get("detail", ""))))
            return
        facts = tuple(sorted((str(name), float(number)) for name, number in event["facts"].items()))
        item = self._items[workload]
        if Pass.TRIAL in item.passes:
            checks = tuple(
                TrialCheck(str(c["name"]), bool(c["is_passed"]), str(c["expected"]), str(c["observed"]))
                for c in event["checks"]
            )
            held_to = ArmSource(POLICY_SOURCE, terms_text(item.policy), "")
            pending.append(replace(self._frame(workload, Pass.TRIAL), checks=checks, sources=(held_to,)))
        if Pass.DEPENDENCIES in item.passes:
            found = dependencies_of(event["dependencies"], test_file=item.file, root=self._root)
            pending.append(replace(self._frame(workload, Pass.DEPENDENCIES), dependencies=found))
        if not pending:
            self._fail(workload, Failure("unavailable", "the test never called `benchmark` or `paired`"))
            return
        for sample in pending:
            self._take(with_answers(replace(sample, facts=facts), [event]))
        self._done.add(workload)

    def _blame(self, gone: WorkerGone) -> None:
        """The process is lost: the workload it was busy with failed, or all of them when none had begun."""
        if self._current is not None and self._current not in self._done:
            self._fail(self._current, Failure(gone.kind, gone.message, gone.detail))
        elif not self._done:
            for workload in self._items:
                self._fail(workload, Failure(gone.kind, f"while collecting: {gone.message}", gone.detail))

    def _fail(self, workload: str, failure: Failure) -> None:
        if workload in self._done:
            return
        for phase in self._items[workload].passes:
            self._take(replace(self._frame(workload, phase), failure=failure))
        self._done.add(workload)

    def _frame(self, workload: str, phase: Pass) -> Sample:
        return Sample(
            workload=workload,
            phase=phase,
            fork=self._fork,
            started_at=datetime.now(UTC),
            conditions=self._conditions,
        )


def _not_collected(workload: str, found: list[str], error: str | None) -> Failure:
    if error is not None:
        return Failure("not_collected", f"its file cannot be imported: {error}")
    hint = closest(workload, found)
    return Failure("not_collected", "no such workload" + (f"; did you mean {hint}?" if hint else ""))
