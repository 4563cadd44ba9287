"""What a gate lets pass by somebody's leave: only by base's targets, which a change cannot edit, and until its date."""

from collections.abc import Sequence
from dataclasses import replace

from boss_perf.judge.gate.items import GateTerms
from boss_perf.model.gate import GateItem, GateVerdict
from boss_perf.model.targets import Waiver


def waive(items: Sequence[GateItem], terms: GateTerms) -> list[GateItem]:
    """The items with base's waivers applied, each to the verdicts it names; past its date it excuses nothing."""
    waivers: dict[str, Waiver] = {
        name: target.waiver
        for target in (terms.base_targets.targets if terms.base_targets else ())
        for name in (target.workload, target.id)
        if name is not None and target.waiver is not None
    }
    result = []
    for item in items:
        waiver = waivers.get(item.benchmark)
        if waiver is None or item.verdict.opens:
            result.append(item)
        elif waiver.until < terms.today:
            result.append(replace(item, reason=f"{item.reason}; its waiver ended on {waiver.until}"))
        elif not waiver.covers(item.verdict):
            told = f"its waiver excuses {' and '.join(waiver.excuses)} only"
            result.append(replace(item, reason=f"{item.reason}; {told}"))
        else:
            excuse = f"waived until {waiver.until} by {waiver.approver}: {waiver.reason}"
            reason = f"{item.verdict.value}: {item.reason}; {excuse}"
            result.append(replace(item, verdict=GateVerdict.WAIVED, reason=reason, waiver=waiver))
    return result
