"""What was seen of a workload, and what it still needs to be decided.

That is nothing, more forks, or fresh ones that confirm an accusation.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from boss_perf.judge.decision import DecisionRule, Need, decide_time, is_hopeless, walks_of
from boss_perf.model.samples import Failure, Pass, Sample
from boss_perf.model.verdicts import Verdict
from boss_perf.stats.boundaries import FIRST_LOOK

Judge = Callable[[Sequence[Sample]], Verdict]
"""What these forks prove: UNDECIDED while further ones can decide, MISSED, or neither."""


ALIKE_COST_RATIO = 2
USUAL_FORKS = 8
"""What a decision usually takes."""


@dataclass(slots=True)
class Observed:
    """Everything seen of one workload.

    `spent_s` are the seconds that so many `visits` took, of a core while a session runs, `late_s` what one look takes
    at least where that was too long, all by the first pass of their kind. `is_untraced`: there was no time for its
    memory.
    """

    samples: list[Sample] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    spent_s: dict[Pass, float] = field(default_factory=lambda: defaultdict(float))
    visits: dict[Pass, int] = field(default_factory=lambda: defaultdict(int))
    late_s: dict[Pass, float] = field(default_factory=dict)
    is_untraced: bool = False

    def visit_s(self, phase: Pass) -> float:
        """What a visit takes, 0 until one has ended."""
        return self.spent_s[phase] / max(1, self.visits[phase])

    def of(self, *passes: Pass) -> list[Sample]:
        """The samples of these passes."""
        return [sample for sample in self.samples if sample.phase in passes]


def gate_need(timed: Sequence[Sample], *, rule: DecisionRule) -> Need:
    """What the timed forks of two trees still need, and those that walked their answers."""
    decision = decide_time(timed, rule=rule)
    if decision.need is Need.NOTHING and (walks := walks_of(timed)):
        decision = decide_time(walks, rule=rule)
    if decision.need is not Need.MORE:
        return decision.need
    is_given_up = is_hopeless(len(timed), decision.forks_missing, fork_limit=rule.fork_limit)
    return Need.NOTHING if is_given_up else Need.MORE


def affordable(costs_s: Mapping[str, float], *, left_s: float) -> frozenset[str]:
    """Those that the time left can still decide, the cheapest first, which decides the most.

    `costs_s` is what each would take to be decided, infinite where that is out of sight. When the time seems enough for
    none, it is for the cheapest, and for those that take no more than twice as long: a fork serves several.
    """
    names = sorted(costs_s, key=costs_s.__getitem__)
    totals_s = accumulate(costs_s[name] for name in names)
    chosen = [name for name, total_s in zip(names, totals_s, strict=True) if total_s <= left_s]
    cheap_s = ALIKE_COST_RATIO * min(costs_s.values(), default=0.0)
    return frozenset(chosen or (name for name, cost_s in costs_s.items() if cost_s <= cheap_s))


def likely_missing(forks: int, missing: int | None) -> int | None:
    """The further forks that a decision should take, None when out of sight, 0 where no more are asked for.

    So few forks as cannot decide yet promise too much: what is begun of all for that decides none.
    """
    return max(missing, USUAL_FORKS - forks) if missing and forks < FIRST_LOOK else missing


def promise_need(samples: Sequence[Sample], *, judge: Judge, least_forks: int, fork_limit: int) -> Need:
    """What the forks of a promise still need: so many at least, more while open, fresh ones before MISSED is said."""
    found = [each for each in samples if not each.is_confirmation]
    fresh = [each for each in samples if each.is_confirmation]
    if len(_forks(found)) < least_forks:
        return Need.MORE
    verdict = judge(found)
    if verdict is Verdict.UNDECIDED:
        return Need.MORE if len(_forks(found)) < fork_limit else Need.NOTHING
    if verdict is not Verdict.MISSED:
        return Need.NOTHING
    alone = [replace(each, is_confirmation=False) for each in fresh]
    is_open = len(_forks(fresh)) < least_forks or judge(alone) is Verdict.UNDECIDED
    return Need.FRESH if is_open and len(_forks(fresh)) < fork_limit else Need.NOTHING


def worst_open(verdicts: Iterable[Verdict]) -> Verdict:
    """UNDECIDED when any is, else MISSED when any is, else MET."""
    said = set(verdicts)
    return next((each for each in (Verdict.UNDECIDED, Verdict.MISSED) if each in said), Verdict.MET)


def counted_need(samples: Sequence[Sample], *, forks: int) -> Need:
    """What is observed a fixed number of times."""
    return Need.MORE if len(_forks(samples)) < forks else Need.NOTHING


def _forks(samples: Sequence[Sample]) -> set[int]:
    return {each.fork for each in samples}
