"""What one judgement stands on, and the sentences that every kind of finding shares."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.targets import Expectation, RunPolicy, Target
from boss_perf.model.units import several
from boss_perf.model.verdicts import Finding, Verdict

NO_NUMBER = {"not_collected": "pytest did not collect it", "skipped": "it was skipped", "unavailable": "unavailable"}
"""The kinds of failures that are nobody's fault, in words."""
FEWEST_FORKS = 5
ONE_PROCESS = "one process shows nothing about the next"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeContext:
    """The question put to every expectation of a target.

    `alpha` is its share of the suite's false-alarm budget, of a stage that another has to confirm the root of it.
    """

    target: Target
    samples: tuple[Sample, ...]
    policy: RunPolicy
    alpha: float
    now: datetime
    runs_by_kind: Mapping[str, datetime]

    def measured(self, *phases: Pass) -> tuple[Sample, ...]:
        """The samples of the first of `phases` that gave any number."""
        for phase in phases:
            found = tuple(sample for sample in self.samples if sample.phase is phase and sample.failure is None)
            if found:
                return found
        return ()


def unmeasured(context: JudgeContext, expectation: Expectation, *phases: Pass) -> Finding:
    """No number for this expectation, and why: the failure of its own pass first, then any."""
    failures = [(sample.phase not in phases, sample.failure) for sample in context.samples if sample.failure]
    if failures:
        _, failure = min(failures, key=lambda each: each[0])
        reason = f"not measured, {NO_NUMBER[failure.kind]}: {failure.message}".rstrip(": ")
    elif context.samples:
        reason = "the newest run of its workload ended before it was measured"
    else:
        reason = "never measured"
    return Finding(expectation, Verdict.UNMEASURED, reason)


def doubted(verdict: Verdict, reason: str, doubt: str | None) -> tuple[Verdict, str]:
    """What is left of a verdict under a doubt: nothing is proven."""
    if doubt is None or verdict is Verdict.UNDECIDED:
        return verdict, reason
    return Verdict.UNDECIDED, f"{doubt}; {reason}"


def incomplete(context: JudgeContext, samples: Sequence[Sample]) -> str | None:
    """Why these forks cannot prove a promise, whatever their numbers say; None when nothing speaks against them."""
    phase = samples[0].phase
    missing = [sample.failure for sample in context.samples if sample.phase is phase and sample.failure]
    if missing:
        kinds = " and ".join(sorted({failure.kind for failure in missing}))
        return f"{len(missing)} of {len(missing) + len(samples)} forks gave no number ({kinds})"
    if len({sample.arms for sample in samples}) > 1:
        return "the forks did not measure the same arms"
    if phase is not Pass.LOAD and {sample.workload for sample in samples} != {context.target.workload}:
        return "the samples come from other workloads"
    if len({sample.dependencies_digest for sample in samples}) > 1:
        return "a file that the workload rests on changed between the forks"
    return None


def of_one_host(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    """Those of the host with the most: absolute figures of several machines are not one."""
    counts = Counter(sample.conditions.host for sample in samples)
    return tuple(sample for sample in samples if sample.conditions.host == counts.most_common(1)[0][0])


def few_forks(samples: Sequence[Sample]) -> tuple[Caveat, ...]:
    """The caveat of a number that rests on fewer processes than show how much processes differ."""
    count = len({(sample.fork, sample.is_confirmation) for sample in samples})
    if count >= FEWEST_FORKS:
        return ()
    text = f"{several(count, 'fork')}, {FEWEST_FORKS} show how much processes differ"
    return (Caveat(CaveatKind.TOO_FEW_FORKS, text),)
