"""On what terms a gate is held, and the benchmarks it declares.

A margin that head would widen stays base's: a change cannot edit what it is held to.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from boss_perf.judge.needs import Observed
from boss_perf.model.gate import FailOn
from boss_perf.model.targets import Location, TargetSet

SuiteMargin = Callable[[str], float | None]
"""The margin that a suite itself states for a benchmark, as a ratio; None where it states none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTerms:
    """On what terms a gate is held; `suite` are the paths it looks at, `only` a regular expression over node ids,
    `suite_margins` what base's suite and head's state themselves, where no target and no flag does.

    `examining` are the paths of the suite that the side which examines, or the user, calls so; all where it is empty.

    `looks_back`: all that lies between base and head was gated when it came in, so neither an edited benchmark nor
    another answer closes anything now. `pursues_faster`: what is not slower is measured on until it is known whether it
    is faster.
    """

    suite: tuple[str, ...]
    examining: tuple[str, ...] = ()
    today: date
    margin_ratio: float = 0.015
    memory_margin_ratio: float = 0.01
    ceiling_ratio: float = 0.10
    false_alarm_ratio: float = 0.01
    head_targets: TargetSet | None = None
    base_targets: TargetSet | None = None
    suite_margins: tuple[SuiteMargin, ...] = ()
    only: str | None = None
    looks_back: bool = False
    pursues_faster: bool = False
    fail_on: FailOn = FailOn.REGRESSION

    def chooses(self, benchmark: str) -> bool:
        """Whether `only` lets it in."""
        return self.only is None or re.search(self.only, benchmark) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declared set: `names` are what the exam's suite times on either product, `added` what only head's suite does.

    `collected` is all that any suite has, `left_out` what only base's has where another one examines. Of the change's
    own edits of the suite: `removed` are base's benchmarks that head's suite no longer has, `skipped` those that its
    marks skip now, with the reason, `revised` those it still has, perhaps in another version. `unknown_to_base` are
    names that base does not have itself. `errors` are files of head's suite that cannot be imported, `base_errors`
    base's, `skipping` what the suite leaves out itself, by file.
    """

    names: tuple[str, ...]
    added: tuple[str, ...] = ()
    collected: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    revised: frozenset[str] = frozenset()
    unknown_to_base: frozenset[str] = frozenset()
    errors: tuple[tuple[str, str], ...] = ()
    base_errors: tuple[tuple[str, str], ...] = ()
    skipping: tuple[tuple[str, str], ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def of(self, names: frozenset[str]) -> "Declared":
        """The same with only these to be measured; itself where these are all."""
        if names.issuperset((*self.names, *self.added)):
            return self
        kept, added = (tuple(name for name in all_of if name in names) for all_of in (self.names, self.added))
        return replace(self, names=kept, added=added)

    def wants_heads_suite(self, benchmark: str, seen: Observed) -> bool:
        """Whether base's version could not be run on both sides and head's own version may tell more."""
        kinds = {failure.kind for failure in seen.failures.values()}
        return bool(kinds) and kinds != {"skipped"} and benchmark in self.revised


def margin_of(terms: GateTerms, benchmark: str, *, is_new: bool) -> float:
    """The margin as a ratio: the smaller of base's and head's, so that a change cannot excuse itself; head's if new.

    A target's own goes before the suite's, that before everybody's.
    """
    stated = [each(benchmark) for each in terms.suite_margins] or [None, None]
    targets = (terms.base_targets, terms.head_targets)
    base, head = (
        next(each for each in (_of_targets(target_set, benchmark), suites, terms.margin_ratio) if each is not None)
        for target_set, suites in zip(targets, stated, strict=True)
    )
    return head if is_new else min(base, head)


def _of_targets(target_set: TargetSet | None, benchmark: str) -> float | None:
    for target in target_set.targets if target_set else ():
        if target.workload == benchmark and target.margin_ratio is not None:
            return target.margin_ratio
    return None


def location_of(terms: GateTerms, declared: Declared, benchmark: str) -> Location | None:
    """Where a reader looks for a benchmark: in head's targets, else where it is defined."""
    for target in terms.head_targets.targets if terms.head_targets else ():
        if target.workload == benchmark:
            return target.location
    place = declared.places.get(benchmark)
    return Location(place[0], place[1], 1) if place else None
