"""A measuring session: fork after fork over the planned workloads until each is settled or the time is used up.

Knows nothing of targets, verdicts or storage: `is_settled` says when a workload has been observed enough, `keep` gets
every sample as it arrives. A workload that fails is not tried again; what was observed before stays.
"""

import os
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from boss_perf.measure.dependencies import files_digest
from boss_perf.measure.fork_run import ForkRun, Limits, Watcher
from boss_perf.model.samples import Pass, Sample
from boss_perf.plan import WorkItem

TIMED = (Pass.PAIRS, Pass.BATCHES, Pass.CALLS)


class Session:
    """Runs the items of a plan. `earlier` are samples a resumed run already has; they count and are not repeated."""

    def __init__(
        self,
        items: Sequence[WorkItem],
        *,
        root: Path,
        seed: int,
        limits: Limits,
        is_settled: Callable[[WorkItem, Sequence[Sample]], bool],
        keep: Callable[[Sample], object],
        watcher: Watcher,
        earlier: Iterable[Sample] = (),
    ) -> None:
        self._items = tuple(items)
        self._root = root
        self._seed = seed
        self._limits = limits
        self._is_settled = is_settled
        self._keep = keep
        self._watcher = watcher
        self._samples: dict[str, list[Sample]] = {item.workload: [] for item in items}
        for sample in earlier:
            self._samples.setdefault(sample.workload, []).append(sample)
        self._cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
        self._started_s = time.monotonic()

    def run(self) -> Mapping[str, Sequence[Sample]]:
        """All samples by workload, the earlier ones included."""
        for file in dict.fromkeys(item.file for item in self._items):
            wanting = self._wanting((Pass.DEPENDENCIES,), 0)
            self._run_fork("dependencies", 0, [item for item in wanting if item.file == file])
        for fork in range(self._limits.trial_forks):
            self._run_fork("policies", fork, self._wanting((Pass.TRIAL,), fork))
        for fork in range(self._limits.memory_forks):
            self._run_fork("memory", fork, self._wanting((Pass.MEMORY,), fork))
        for fork in range(self._limits.forks):
            unsettled = {item.workload for item in self._items if self._needs_time(item)}
            if not unsettled or (fork >= self._limits.least_forks and self._left_s() <= 0):
                break
            self._run_fork("time", fork, [item for item in self._wanting(TIMED, fork) if item.workload in unsettled])
        return self._samples

    def _wanting(self, passes: tuple[Pass, ...], fork: int) -> list[WorkItem]:
        """Items with passes of this kind that this fork has not yet taken, and that have not failed."""
        wanting = []
        for item in self._items:
            samples = self._samples[item.workload]
            have = {each.phase for each in samples if each.fork == fork}
            missing = [each for each in item.passes if each in passes and each not in have]
            if missing and not any(each.failure for each in samples):
                wanting.append(replace(item, passes=tuple(missing)))
        return wanting

    def _needs_time(self, item: WorkItem) -> bool:
        samples = self._samples[item.workload]
        is_timed = any(each in TIMED for each in item.passes)
        return is_timed and not any(each.failure for each in samples) and not self._is_settled(item, samples)

    def _left_s(self) -> float:
        return self._limits.budget_s - (time.monotonic() - self._started_s)

    def _run_fork(self, title: str, fork: int, items: list[WorkItem]) -> None:
        """Run the items in one process, and in a further one each time the process is lost to one of them."""
        while items:
            rng = random.Random(f"{self._seed}-{title}-{fork}")
            self._watcher.fork_started(title, fork, len(items), left_s=self._left_s())
            run = ForkRun(
                items,
                root=self._root,
                fork=fork,
                core=self._cores[fork % len(self._cores)],
                rng=rng,
                limits=self._limits,
                take=self.take,
                watcher=self._watcher,
            )
            done = run.run()
            items = [item for item in items if item.workload not in done]

    def take(self, sample: Sample) -> None:
        """Keep a sample at once, as what follows may fail, with the digest of what it rests on."""
        rests_on = next((each.dependencies for each in self._samples[sample.workload] if each.dependencies), ())
        sample = replace(sample, dependencies_digest=files_digest(rests_on, root=self._root))
        self._samples[sample.workload].append(sample)
        self._keep(sample)
        self._watcher.sample_taken(sample)
