"""One fork of a comparison between two trees: both arms wait in the same test and are timed in turn."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from boss_perf.measure.arms import Arm
from boss_perf.measure.disturbance import read_disturbance
from boss_perf.measure.fork import ArmPlace, Fork, ForkOrder
from boss_perf.measure.fork_run import Watcher
from boss_perf.measure.passes import Effort, frame_of, measure_memory, measure_pairs, take_walks, with_answers
from boss_perf.measure.worker_link import SubjectEnded, WorkerGone, WorkerLink
from boss_perf.model.samples import Conditions, Failure, Pass, Sample

SIDES = ("base", "head")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuelOrder:
    """What a fork of a duel does: its places, benchmarks in order, pass, number, core and how hard it looks.

    `shares` scales the effort for single benchmarks; one that is no longer `is_wanted` when its turn comes is left out.
    """

    places: tuple[ArmPlace, ArmPlace]
    benchmarks: tuple[str, ...]
    phase: Pass
    fork: int
    core: int | None
    preload: tuple[str, ...]
    timeout_s: float
    effort: Effort = field(default_factory=Effort)
    shares: Mapping[str, float] = field(default_factory=dict)
    is_wanted: Callable[[str], bool] = lambda _benchmark: True


@dataclass(slots=True)
class DuelOutcome:
    """What a fork showed: samples, a failure by side and benchmark, and what each arm had loaded from its own tree.

    Those of its `benchmarks` that are not `finished` came after one at which the processes were lost.
    """

    benchmarks: tuple[str, ...]
    elapsed_s: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    failures: dict[str, dict[str, Failure]] = field(default_factory=dict)
    loaded: dict[str, tuple[dict[str, str], dict[str, str]]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)


class ClockBent(Exception):
    """What a worker tells of its own time cannot be true."""


class Duel:
    """Runs one fork; `rng` draws the hash seed, the order of birth and the order in every quad."""

    def __init__(self, order: DuelOrder, *, rng: random.Random, watcher: Watcher) -> None:
        self._order = order
        self._rng = rng
        self._watcher = watcher
        self._outcome = DuelOutcome(order.benchmarks)
        self._conditions = Conditions(core=order.core, hash_seed=rng.randrange(1, 2**32))
        self._fork = Fork(
            ForkOrder(
                places=order.places,
                selected=order.benchmarks,
                hash_seed=self._conditions.hash_seed or 1,
                core=order.core,
                birth_order=(0, 1) if rng.random() < 0.5 else (1, 0),
                preload=order.preload,
                reports_origins=True,
            )
        )

    def abandon(self) -> None:
        """End this fork at once, from another thread; what `run` then returns means nothing."""
        self._fork.abandon()

    def run(self) -> DuelOutcome:
        """Everything this fork could observe; a lost process ends it early, and its benchmark takes the blame."""
        began_s = time.monotonic()
        with self._fork as fork:
            self._run_all(fork)
        self._outcome.elapsed_s = time.monotonic() - began_s
        return self._outcome

    def _run_all(self, fork: Fork) -> None:
        order = self._order
        present = []
        for side, link in zip(SIDES, fork.links, strict=True):
            try:
                present.append(_collected(link, timeout_s=2 * order.timeout_s))
            except WorkerGone as gone:
                failure = Failure(gone.kind, f"while collecting: {gone.message}", gone.detail)
                for benchmark in order.benchmarks:
                    self._fail(benchmark, side, failure)
                return
        for benchmark in order.benchmarks:
            self._watcher.item_started(benchmark, order.fork)
            if not self._meet(benchmark, fork.links, present):
                break

    def _meet(self, benchmark: str, links: Sequence[WorkerLink], present: Sequence[set[str]]) -> bool:
        """Bring both arms to the same benchmark, measure, let both go on; False when a process was lost."""
        ready: list[dict[str, Any] | None] = []
        is_whole = True
        for side, link, names in zip(SIDES, links, present, strict=True):
            if benchmark not in names:
                self._fail(benchmark, side, Failure("not_collected", f"not collected in {side}"))
                ready.append(None)
                continue
            try:
                ready.append(self._until_ready(link, benchmark, side))
            except WorkerGone as gone:
                self._fail(benchmark, side, Failure(gone.kind, gone.message, gone.detail))
                ready.append(None)
                is_whole = False
        sample = None
        is_wanted = self._order.is_wanted(benchmark)
        if is_whole and is_wanted and ready[0] is not None and ready[1] is not None:
            try:
                sample = self._measure(benchmark, links, (ready[0], ready[1]))
            except SubjectEnded:
                sample = None
            except ClockBent:
                text = "the clock inside the measured process disagrees with the one outside"
                self._fail(benchmark, "head", Failure("raised", text))
            except WorkerGone as gone:
                self._fail(benchmark, "head", Failure(gone.kind, gone.message, gone.detail))
                is_whole = False
        said: list[dict[str, Any]] = [{}, {}]
        # Who is released first sets up its next benchmark first, and gets the system's pages in that order.
        for index in self._rng.sample(range(len(SIDES)), len(SIDES)):
            if ready[index] is not None and is_whole:
                links[index].release()
                said[index] = self._until_finished(links[index], benchmark, SIDES[index])
                is_whole = bool(said[index])
        if sample is not None and benchmark not in self._outcome.failures:
            sample = with_answers(sample, said)
            self._outcome.samples.append(sample)
            self._watcher.sample_taken(sample)
        self._outcome.finished.add(benchmark)
        return is_whole

    def _until_ready(self, link: WorkerLink, benchmark: str, side: str) -> dict[str, Any] | None:
        """The arm's word that it waits; None when its test ended before it came to measuring."""
        while True:
            event = link.next_event(timeout_s=self._order.timeout_s)
            if event.get("event") == "ready":
                return event
            if event.get("event") == "finished" and event.get("workload") == benchmark:
                said = event.get("failure") or {"kind": "unavailable", "message": "the test measured nothing"}
                self._fail(benchmark, side, _failure(said))
                return None
            if event.get("event") == "bye":
                raise WorkerGone("died", "pytest ended early", link.log_tail())

    def _until_finished(self, link: WorkerLink, benchmark: str, side: str) -> dict[str, Any]:
        """What the arm says at its test's end; nothing when the process was lost."""
        try:
            while True:
                event = link.next_event(timeout_s=self._order.timeout_s)
                if event.get("event") == "finished":
                    if event.get("failure"):
                        self._fail(benchmark, side, _failure(event["failure"]))
                    return event
                if event.get("event") == "ready":
                    link.release()
                if event.get("event") == "bye":
                    return {}
        except WorkerGone as gone:
            self._fail(benchmark, side, Failure(gone.kind, gone.message, gone.detail))
            return {}

    def _measure(
        self, benchmark: str, links: Sequence[WorkerLink], ready: tuple[dict[str, Any], dict[str, Any]]
    ) -> Sample:
        order = self._order
        self._outcome.loaded[benchmark] = (dict(ready[0]["origins"]), dict(ready[1]["origins"]))
        arms = tuple(
            Arm(link, len(state["arms"]) - 1, side, timeout_s=order.timeout_s, is_one_shot=bool(state["is_one_shot"]))
            for link, state, side in zip(links, ready, SIDES, strict=True)
        )
        frame = Sample(
            workload=benchmark,
            phase=order.phase,
            fork=order.fork,
            started_at=datetime.now(UTC),
            conditions=self._conditions,
        )
        frame = frame_of({**ready[1], "workload": benchmark, "arms": SIDES}, frame)
        before = read_disturbance()
        if order.phase is Pass.MEMORY:
            sample = measure_memory(arms, frame)
        else:
            effort = replace(order.effort, share=order.effort.share * order.shares.get(benchmark, 1.0))
            sample = measure_pairs((arms[0], arms[1]), frame, effort=effort, rng=self._rng)
            if all(state.get("is_lazy") for state in ready):
                sample = replace(sample, series=(*sample.series, *take_walks((arms[0], arms[1]), rng=self._rng)))
            has_setup = any(state.get("has_setup") for state in ready)
            if not has_setup and not all(arm.is_clock_credible for arm in arms):
                raise ClockBent
        after = read_disturbance()
        surroundings = replace(
            sample.conditions,
            stalled_ratio=after.stalled_ratio_since(before),
            steal_ratio=after.steal_ratio_since(before),
        )
        return replace(sample, conditions=surroundings)

    def _fail(self, benchmark: str, side: str, failure: Failure) -> None:
        self._outcome.failures.setdefault(benchmark, {}).setdefault(side, failure)
        self._outcome.finished.add(benchmark)


def _collected(link: WorkerLink, *, timeout_s: float) -> set[str]:
    while True:
        event = link.next_event(timeout_s=timeout_s)
        if event.get("event") == "collected":
            return {str(each["workload"]) for each in event["items"]}
        if event.get("event") == "bye":
            raise WorkerGone("died", "pytest collected nothing", link.log_tail())


def _failure(said: dict[str, Any]) -> Failure:
    return Failure(str(said["kind"]), str(said["message"]), str(said.get("detail", "")))
