"""Instructions of a call, as valgrind's cachegrind counts them: a second witness, whom no neighbour disturbs."""

from collections.abc import Sequence
from dataclasses import dataclass

from boss_perf.measure.arms import Arm
from boss_perf.measure.look import Look
from boss_perf.model.samples import Failure
from boss_perf.worker import orders
from boss_perf.worker.messages import FailureKind
from boss_perf.worker.profile_messages import Instructions

WARM_CALLS = 5
FEW_NS = 300_000_000
FEW_CALLS = 100
MANY = 4


@dataclass(frozen=True, slots=True)
class PairInstructions:
    """Instructions of one call of each arm, under one hash seed."""

    first: float
    second: float


def take_instructions(arms: Sequence[Arm], look: Look) -> PairInstructions | Failure:
    """Of each arm, (I(many) - I(few)) / (many - few), each count that of a child process that makes so many calls.

    What the process did before is in both counts. Both arms make equally many calls.
    """
    call_ns = max(arm.warm_up(WARM_CALLS).whole_ns for arm in arms) / WARM_CALLS
    few = max(1, min(FEW_CALLS, round(FEW_NS / call_ns)))
    counts = []
    for arm in arms:
        asked = [orders.CountInstructions(arm.index, calls, look.counts_folder) for calls in (few, MANY * few)]
        answers = [arm.ask(each, Instructions).count for each in asked]
        if not all(answers):
            return Failure(FailureKind.UNAVAILABLE, "valgrind left no count")
        counts.append((answers[1] - answers[0]) / ((MANY - 1) * few))
    return PairInstructions(*counts)
