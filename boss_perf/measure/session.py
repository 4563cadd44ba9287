"""A measuring session: visit after visit until no workload needs anything more, or the time is used up.

It knows nothing of verdicts or storage: a campaign's `need` says what a workload still needs. The time goes to what is
open: a workload that needs nothing takes no part in further visits, and one that fails is not tried again. Visits run
side by side, so one may end after the question it was begun for: its samples then confirm where confirming has begun,
and are dropped where all is decided.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace

from boss_perf.judge.decision import Need
from boss_perf.judge.needs import Observed
from boss_perf.measure.campaign import Campaign, Limits
from boss_perf.measure.core_pool import CorePool, ExecutorLost, StartExecutor
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.host_choice import Host, HostChoice
from boss_perf.measure.retry_alone import RetryAlone
from boss_perf.measure.time_budget import TimeBudget
from boss_perf.measure.visit_order import SessionWatcher, VisitItem, VisitOrder, VisitOutcome
from boss_perf.model.samples import Pass, Sample
from boss_perf.plan import WorkItem
from boss_perf.stats.paired import choose_clock, fork_log_ratio

INTERRUPTED = "interrupted: it tells what was seen until then"


@dataclass(eq=False)
class Session:
    """Runs the campaigns over the items. `earlier` are samples a resumed run already has; they count.

    `keep` gets every sample with the workload's earlier ones, and gives it back with what only those can tell. `check`
    looks at what each side had loaded. `executor` makes who runs the visits, else the cores of this machine do.
    Afterwards `notes` tells what was unusual about the session as a whole, `lost` why it ended before it was done.
    """

    items: Sequence[WorkItem]
    _: KW_ONLY
    places: tuple[ArmPlace, ...]
    campaigns: Sequence[Campaign]
    limits: Limits
    seed: int
    watcher: SessionWatcher
    keep: Callable[[Sample, Sequence[Sample]], Sample] = lambda sample, _earlier: sample
    check: Callable[[Mapping[str, tuple[dict[str, str], ...]]], object] = lambda _loaded: None
    preload: tuple[str, ...] = ()
    earlier: Iterable[Sample] = ()
    executor: StartExecutor | None = None

    def __post_init__(self) -> None:
        self._items = {item.workload: item for item in self.items}
        self._pool = self.executor(self, self.places) if self.executor else CorePool(self.limits.jobs, watcher=self)
        self._ends_s = time.monotonic() + self.limits.budget_s
        self._quiet: set[Host] = set()
        self._in_flight: Counter[str] = Counter()
        self._asked: dict[tuple[str, int], Need] = {}
        self._retry = RetryAlone()
        self.is_interrupted = False
        self.lost: ExecutorLost | None = None
        self.seen = {each: Observed() for each in self._items}
        for sample in self.earlier:
            self.seen.setdefault(sample.workload, Observed()).samples.append(sample)

    @property
    def core_count(self) -> int:
        """How many visits could run at once."""
        return self._pool.core_count

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the result should know about how it was measured."""
        ended = (INTERRUPTED,) if self.is_interrupted else (str(self.lost),) if self.lost else ()
        return (*self._retry.notes, *self._pool.notes, *ended)

    def run(self) -> Mapping[str, Observed]:
        """What was seen of every workload; an interruption, or the loss of all that measure, ends it with that."""
        try:
            with self._pool:
                for campaign in self.campaigns:
                    self._run(campaign)
        except KeyboardInterrupt:
            self.is_interrupted = True
        except ExecutorLost as lost:
            self.lost = lost
        return self.seen

    def _run(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._asked.clear()
        budget_s = (self._ends_s - time.monotonic()) * campaign.budget_share
        self._time = TimeBudget(campaign, budget_s=budget_s, core_count=self._pool.core_count)
        self._choice = HostChoice(is_on_one_host=campaign.is_on_one_host)
        fork = 1 + max((each.fork for seen in self.seen.values() for each in seen.of(*campaign.passes)), default=-1)
        while wanted := self._wanted():
            self._pool.keep_to(wanted)
            while chosen := self._next_batch(wanted):
                self._start(*chosen, fork)
                fork += 1
            if not self._pool.busy_count:
                break
            self._take(self._pool.next_outcome())
        self._pool.clear()
        self._in_flight.clear()

    def _wanted(self) -> frozenset[str]:
        """The workloads of this campaign that need something and can still get it."""
        return frozenset(
            each
            for each, item in self._items.items()
            if not set(self._campaign.passes).isdisjoint(item.passes)
            and self._need(each) is not Need.NOTHING
            and not self.seen[each].failures
            and not any(sample.failure for sample in self.seen[each].samples)
        )

    def _need(self, workload: str) -> Need:
        return self._campaign.need(workload, self.seen[workload].of(*self._campaign.passes))

    def _next_batch(self, wanted: frozenset[str]) -> tuple[list[str], Host] | None:
        """What the next visit should run, in the suite's order, and where; None when none should start now."""
        ready = self._retry.select(wanted, busy_count=self._pool.busy_count, core_count=self._pool.core_count)
        ready = {each for each in ready if self._is_missing(each)}
        if not self._retry.is_active:
            if self._time.left_s() <= 0:
                ready = {each for each in ready if self._is_sure(each)}
            ready = self._time.spent_best({each: self.seen[each] for each in ready})
        asked = {each: (self._need(each), self._begun(each)) for each in self._items if each in ready}
        for is_alone in (False, True):
            some = {each: state for each, state in asked.items() if self._is_alone(each) is is_alone}
            parts = 1 if is_alone else self._campaign.parts(self._pool.core_count - self._pool.busy_count)
            for host in self._pool.free_hosts(is_alone=is_alone) if some else ():
                batch = self._choice.piece(
                    some, host, hosts=self._pool.hosts, piece_count=max(parts, self._pool.piece_count)
                )
                if self._campaign.is_by_file:
                    batch = [each for each in batch if self._items[each].file == self._items[batch[0]].file]
                if batch and host not in self._quiet:
                    return batch, host
        return None

    def _is_alone(self, workload: str) -> bool:
        return workload in self._retry.clashed or self._campaign.is_alone(workload, self.seen[workload].samples)

    def _begun(self, workload: str) -> int:
        """The forks that a workload has or will have."""
        return len({each.fork for each in self.seen[workload].of(*self._campaign.passes)}) + self._in_flight[workload]

    def _is_missing(self, workload: str) -> bool:
        samples, in_flight = self.seen[workload].of(*self._campaign.passes), self._in_flight[workload]
        return self._campaign.lacks_fork(workload, samples, begun=self._begun(workload), in_flight=in_flight)

    def _is_sure(self, workload: str) -> bool:
        return self._begun(workload) < self.limits.sure_forks

    def _start(self, batch: Sequence[str], host: Host, fork: int) -> None:
        campaign = self._campaign
        for each in batch:
            self._choice.note(each, host, self._need(each))
        is_free = self._retry.is_active or any(self._is_sure(each) for each in batch)
        order = VisitOrder(
            places=self.places,
            items=tuple(self._visit_item(each, companions=len(batch)) for each in batch),
            fork=fork,
            seed=f"{self.seed}-{campaign.title}-{fork}",
            preload=self.preload,
            timeout_s=self.limits.timeout_s,
            visit_s=math.inf if is_free else max(0.0, self._time.left_s()),
            item_s=math.inf if is_free else self._time.item_s([self.seen[each] for each in batch]),
            host=host,
        )
        self._in_flight.update(batch)
        self._quiet.update({host} if self._is_alone(batch[0]) else ())
        self.watcher.visit_started(campaign.title, order, left_s=self._ends_s - time.monotonic())
        self._pool.start(order)

    def _visit_item(self, workload: str, *, companions: int) -> VisitItem:
        item, samples = self._items[workload], self.seen[workload].of(*self._campaign.passes)
        room = self._time.room(self.seen[workload], samples, companions=companions, is_sure=self._is_sure(workload))
        return VisitItem(
            workload=workload,
            passes=tuple(each for each in item.passes if each in self._campaign.passes),
            effort=self._campaign.effort(workload, samples, room),
            policy=item.policy,
            has_resident=len(self.places) == 1 and not self._begun(workload),
        )

    def _take(self, outcome: VisitOutcome) -> None:
        """What a visit tells at its end: who failed, what was loaded, how long it took."""
        workloads = [item.workload for item in outcome.order.items]
        self._in_flight.subtract(workloads)
        self.watcher.visit_ended(outcome)
        self.check(outcome.loaded)
        was_alone = outcome.order.host in self._quiet or self._pool.core_count == len(self._pool.hosts)
        self._quiet.discard(outcome.order.host)
        for workload, failures in self._retry.proven(outcome, was_alone=was_alone).items():
            self.seen[workload].failures.update(failures)
            for sample in outcome.failed_samples(workload) if len(self.places) == 1 else ():
                self._keep_sample(sample)
        self._time.note(outcome, self.seen)

    def item_started(self, workload: str, fork: int) -> None:
        """A workload of a visit is being prepared."""
        self.watcher.item_started(workload, fork)

    def sample_taken(self, sample: Sample) -> None:
        """Take a sample as it arrives, for the question that was open when the first of its visit did."""
        need = self._asked.setdefault((sample.workload, sample.fork), self._need(sample.workload))
        host, hosts = sample.conditions.host, self._pool.hosts
        if need is Need.NOTHING or not _is_usable(sample):
            return
        if need is Need.FRESH and not self._choice.suits(sample.workload, host, need, hosts=hosts):
            return
        self._keep_sample(replace(sample, is_confirmation=need is Need.FRESH))
        if self._need(sample.workload) is Need.NOTHING:
            self._pool.keep_to(self._wanted())

    def _keep_sample(self, sample: Sample) -> None:
        earlier = self.seen[sample.workload].samples
        sample = self.keep(sample, earlier)
        earlier.append(sample)
        self.watcher.sample_taken(sample)


def _is_usable(sample: Sample) -> bool:
    """False when a clock stood still for a batch: such a fork says nothing, and another one takes its place."""
    if sample.phase is not Pass.PAIRS or sample.failure is not None:
        return True
    return math.isfinite(fork_log_ratio(sample, clock=choose_clock([sample])))
