"""Promises without a clock: a cache keeps to its policy, a kind of run exists and is fresh."""

from datetime import timedelta

from boss_perf.judge.context import ONE_PROCESS, JudgeContext, incomplete, unmeasured
from boss_perf.judge.promises.freshness import AHEAD_TOLERANCE
from boss_perf.model.samples import POLICY_SOURCE, Pass
from boss_perf.model.targets import CachePolicy, Evidenced, terms_text
from boss_perf.model.units import several
from boss_perf.model.verdicts import Finding, Verdict

_MAKERS = {
    "load": "`boss-perf load`", "distributed load": "`boss-perf load --workers 2`", "gate": "a gate in CI",
    "memory_profiler": "`boss-perf explain --memory`", "dashboard": "`boss-perf dashboard`",
    "provisioned dashboard": "`boss-perf dashboard --grafana URL`",
}  # fmt: skip
"""What makes a run of a kind, where it is not `boss-perf bench`."""


def judge_policy(context: JudgeContext, policy: CachePolicy) -> Finding:
    """MET when every check of every fork passed, MISSED when one did not, STALE when another policy was tried."""
    samples = context.measured(Pass.TRIAL)
    if not samples:
        return unmeasured(context, policy, Pass.TRIAL)
    tried = {source.digest for sample in samples for source in sample.sources if source.arm == POLICY_SOURCE}
    if tried and tried != {terms_text(policy.terms)}:
        return Finding(policy, Verdict.STALE, f"the policy was edited since it was tried as {' and as '.join(tried)}")
    checks = tuple(check for sample in samples for check in sample.checks)
    broken = [check for check in checks if not check.is_passed]
    forks = f"({several(len(samples), 'fork')})"
    if broken:
        first = broken[0]
        reason = f"{first.name}: {first.expected} expected, {first.observed} observed {forks}"
        return Finding(policy, Verdict.MISSED, reason, checks=samples[0].checks or checks)
    doubt = incomplete(context, samples)
    if doubt is None and not all(sample.checks for sample in samples):
        doubt = "a trial checked nothing"
    if doubt is None and len(samples) < 2:
        doubt = ONE_PROCESS
    if doubt is not None:
        return Finding(policy, Verdict.UNDECIDED, f"{doubt} {forks}", checks=checks)
    named = ", ".join(dict.fromkeys(check.name for check in checks))
    return Finding(policy, Verdict.MET, f"the cache kept to its policy: {named} {forks}", checks=samples[0].checks)


def judge_evidenced(context: JudgeContext, evidenced: Evidenced) -> Finding:
    """MET when the latest run of that kind is fresh; a run dated in the future proves nothing."""
    kind = evidenced.run_kind
    named = kind if kind == "provisioned dashboard" else f"{kind} run"
    found = context.runs_by_kind.get(kind)
    if found is None:
        maker = _MAKERS.get(kind, "`boss-perf bench`")
        return Finding(evidenced, Verdict.UNMEASURED, f"no {named} is on record; {maker} makes one")
    shown = f"the last {named} was on {found:%Y-%m-%d}"
    if found - context.now > AHEAD_TOLERANCE:
        return Finding(evidenced, Verdict.STALE, f"{shown}, which is in the future")
    if context.now - found > timedelta(days=context.policy.stale_after_days):
        allowed = several(round(context.policy.stale_after_days), "day")
        return Finding(evidenced, Verdict.STALE, f"{shown}, {allowed} allowed")
    return Finding(evidenced, Verdict.MET, shown)
