"""One target, all its expectations, everything that may stand between its numbers and a green light or a gate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from boss_perf.errors import ExitStatus
from boss_perf.judge.context import NO_NUMBER, JudgeContext
from boss_perf.judge.decision import stage_alpha
from boss_perf.judge.promises.budgets import judge_budget
from boss_perf.judge.promises.cache_policy import judge_evidenced, judge_policy
from boss_perf.judge.promises.changes import judge_change
from boss_perf.judge.promises.freshness import other_versions, staleness
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import FailOn
from boss_perf.model.runs import RunKind
from boss_perf.model.samples import DependencyKind, Pass, Sample
from boss_perf.model.targets import Budget, CachePolicy, Change, Evidenced, Expectation, RunPolicy, Target
from boss_perf.model.units import several
from boss_perf.model.verdicts import Evidence, Finding, Judgement, Status, Verdict

_STALLED_RATIO = 0.25


def judge(
    target: Target,
    samples: Sequence[Sample],
    *,
    evidence: Evidence | None,
    policy: RunPolicy,
    now: datetime,
    kind: RunKind | None = None,
    current_states: Mapping[tuple[DependencyKind, str], str] | None = None,
    machine: str | None = None,
    suite_size: int = 1,
    runs_by_kind: Mapping[str, datetime] | None = None,
    is_stage: bool = False,
) -> Judgement:
    """The verdict and status of one target from the newest samples of its workload, all passes together, each once.

    `current_states` has today's state of what the samples rest on; None while they are taken.
    `suite_size` is the number of targets that share the false-alarm budget. `runs_by_kind` holds the start of the
    latest finished run of each kind. `is_stage`: what these samples accuse of will have to be confirmed by fresh ones.
    """
    own = tuple(dict.fromkeys(samples))
    changes = sum(1 for expectation in target.expectations if isinstance(expectation, Change))
    questions = max(1, suite_size) * max(1, changes)
    context = JudgeContext(
        target=target, samples=own, policy=policy, now=now,
        alpha=stage_alpha(policy.false_alarm_ratio, questions) if is_stage else policy.false_alarm_ratio / questions,
        runs_by_kind=runs_by_kind or {},
    )  # fmt: skip
    findings = [_confirmed(context, expectation) for expectation in target.expectations]
    told = _told(own)
    if kind is RunKind.QUICK:
        caveat = Caveat(CaveatKind.QUICK_LOOK, "a quick look proves nothing")
        findings = [_unproven(each, "only a quick look", caveat) for each in findings]
    if evidence is None:
        findings = [_unproven(each, "no stored run stands behind it") for each in findings]
    for caveat in told:
        if caveat.kind is CaveatKind.CONSUMED_INPUT:
            findings = [_unproven(each, caveat.text) for each in findings]
    verdict, reason = _worst(target, findings)
    caveats = [caveat for each in findings for caveat in each.all_caveats]
    if evidence is not None and verdict is not Verdict.UNMEASURED:
        caveats += told
        caveats += _surroundings(own, evidence, machine)
        caveats += other_versions(own, current_states or {})
        stale = staleness(own, evidence, policy=policy, now=now, current_states=current_states)
        if stale is not None:
            verdict, reason = Verdict.STALE, f"{stale[0]} (then: {reason})"
            caveats += stale[1]
    has_evidence = any(each.verdict is not Verdict.UNMEASURED for each in findings)
    verdict, reason = _excused(target, verdict, reason, now)
    status = Status.COMPLETED if verdict is Verdict.MET else Status.IN_PROGRESS if has_evidence else Status.NOT_STARTED
    if target.due is not None and target.due < now.date() and status is not Status.COMPLETED:
        caveats.append(Caveat(CaveatKind.OVERDUE, f"due on {target.due.isoformat()} and not completed"))
    return Judgement(
        target=target, verdict=verdict, status=status, reason=reason, findings=tuple(findings), evidence=evidence,
        caveats=tuple(dict.fromkeys(caveats)),
    )  # fmt: skip


def _confirmed(context: JudgeContext, expectation: Expectation) -> Finding:
    """What the first forks show, unless fresh forks that confirm or deny it speak against it."""
    broken = next((each for each in context.samples if each.failure and each.failure.kind not in NO_NUMBER), None)
    if broken is not None and broken.failure is not None and not isinstance(expectation, Evidenced):
        kind = broken.failure.kind.replace("_", " ")
        reason = f"the workload {kind}: {broken.failure.message}"
        return Finding(expectation, Verdict.FAILED, reason)
    fresh = tuple(each for each in context.samples if each.is_confirmation)
    if not fresh or isinstance(expectation, Evidenced):
        return _judged(context, expectation)
    stage = replace(context, alpha=stage_alpha(context.alpha, 1))
    found = tuple(each for each in context.samples if not each.is_confirmation)
    first, second = (_judged(replace(stage, samples=samples), expectation) for samples in (found, fresh))
    if second.verdict is Verdict.UNMEASURED or first.verdict is second.verdict:
        return first
    if first.verdict is Verdict.UNMEASURED:
        return _weakened(second, f"only confirming forks measured it; {second.reason}")
    if first.verdict is Verdict.MISSED or second.verdict is Verdict.MISSED:
        return _weakened(first, f"fresh forks do not confirm it ({second.reason}); {first.reason}")
    return first


def _judged(context: JudgeContext, expectation: Expectation) -> Finding:
    match expectation:
        case Budget():
            return judge_budget(context, expectation)
        case Change():
            return judge_change(context, expectation)
        case CachePolicy():
            return judge_policy(context, expectation)
        case Evidenced():
            return judge_evidenced(context, expectation)


def _weakened(finding: Finding, reason: str) -> Finding:
    return replace(finding, verdict=Verdict.UNDECIDED, reason=reason)


def _unproven(each: Finding, why: str, *caveats: Caveat) -> Finding:
    """A promise that seems met by numbers which prove nothing, and why."""
    if each.verdict is not Verdict.MET or isinstance(each.expectation, Evidenced):
        return each
    return replace(_weakened(each, f"{why}: {each.reason}"), caveats=(*each.caveats, *caveats))


def _told(samples: Sequence[Sample]) -> list[Caveat]:
    """The doubts of the measured processes; that answers of two trees were not compared is none of a promise."""
    caveats = dict.fromkeys(caveat for sample in samples for caveat in sample.caveats)
    return [each for each in caveats if each.kind is not CaveatKind.ANSWERS_NOT_COMPARED]


def _worst(target: Target, findings: Sequence[Finding]) -> tuple[Verdict, str]:
    """The verdict of all expectations together, and the reasons of those that decide it."""
    if not findings:
        return Verdict.UNMEASURED, "nothing checkable is promised: the target has no expectation"
    kinds = {each.verdict for each in findings}
    mixed = next(iter(kinds)) if len(kinds) == 1 else Verdict.UNDECIDED
    verdict: Verdict = next((each for each in (Verdict.FAILED, Verdict.MISSED) if each in kinds), mixed)
    needs_workload = any(not isinstance(each, Evidenced) for each in target.expectations)
    if verdict is Verdict.UNMEASURED and target.workload is None and target.load is None and needs_workload:
        return verdict, "no workload is named that could measure it"
    deciding = [each for each in findings if each.verdict is verdict]
    if not deciding:
        deciding = [each for each in findings if each.verdict is not Verdict.MET]
    return verdict, "; ".join(dict.fromkeys(each.reason for each in deciding))


def _surroundings(samples: Sequence[Sample], evidence: Evidence, machine: str | None) -> list[Caveat]:
    caveats = []
    if machine is not None and evidence.machine != machine:
        text = f"measured on another machine: {evidence.machine_text}"
        caveats.append(Caveat(CaveatKind.OTHER_MACHINE, text))
    if evidence.is_dirty:
        how = "with changes that were not committed" if evidence.commit else "outside version control"
        caveats.append(Caveat(CaveatKind.DIRTY_TREE, f"measured {how}"))
    timed = [each for each in samples if each.phase is not Pass.DEPENDENCIES]
    stalled = sum(1 for each in timed if (each.conditions.stalled_ratio or 0) > _STALLED_RATIO)
    if stalled:
        text = f"other work waited for a processor during {stalled} of {several(len(timed), 'sample')}"
        caveats.append(Caveat(CaveatKind.CONTENDED, text))
    return caveats


def _excused(target: Target, verdict: Verdict, reason: str, now: datetime) -> tuple[Verdict, str]:
    """WAIVED while a waiver lasts that excuses the verdict; one that ended, or excuses another, is mentioned."""
    waiver = target.waiver
    if waiver is None or verdict is Verdict.MET:
        return verdict, reason
    objection = waiver.objection(verdict, today=now.date())
    if objection is not None:
        return verdict, f"{reason} ({objection})"
    excuse = f"waived until {waiver.until} by {waiver.approver}: {waiver.reason}"
    return Verdict.WAIVED, f"{excuse} ({verdict.value}: {reason})"


def exit_status(judgements: Sequence[Judgement], *, policy: RunPolicy, fail_on: FailOn = FailOn.REGRESSION) -> int:
    """0 when every gate is open, 3 when a promise is missed or failed, else 4; no judgement at all is 4.

    Verdicts that the policy tolerates, by name in any case, open their gate, unless every doubt is to close it.
    """
    tolerated = {name.upper() for name in policy.tolerate} if fail_on is FailOn.REGRESSION else set()
    closing = {each.verdict for each in judgements if not each.verdict.opens} - tolerated
    if closing & {Verdict.FAILED, Verdict.MISSED}:
        return ExitStatus.MISSED
    return ExitStatus.OPEN if judgements and not closing else ExitStatus.UNDECIDED
