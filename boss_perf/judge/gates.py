"""From judgements to the one number a shell sees."""

from collections.abc import Sequence

from boss_perf.errors import ExitStatus
from boss_perf.model.gate import FailOn
from boss_perf.model.targets import RunPolicy
from boss_perf.model.verdicts import Judgement, Verdict


def exit_status(judgements: Sequence[Judgement], *, policy: RunPolicy, fail_on: FailOn = FailOn.REGRESSION) -> int:
    """0 when every gate is open, 3 when a promise is missed or failed, else 4; no judgement at all is 4.

    Verdicts that the policy tolerates, by name in any case, open their gate, unless every doubt is to close it.
    """
    tolerated = {name.upper() for name in policy.tolerate} if fail_on is FailOn.REGRESSION else set()
    closing = {each.verdict for each in judgements if not each.verdict.opens} - tolerated
    if closing & {Verdict.FAILED, Verdict.MISSED}:
        return ExitStatus.MISSED
    return ExitStatus.OPEN if judgements and not closing else ExitStatus.UNDECIDED
