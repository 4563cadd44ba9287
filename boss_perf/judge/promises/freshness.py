"""Whether evidence still speaks for the code, the day and the machine it is asked about."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.samples import Dependency, DependencyKind, Pass, Sample
from boss_perf.model.targets import RunPolicy
from boss_perf.model.units import several
from boss_perf.model.verdicts import Evidence
from boss_perf.text import listed

AHEAD_TOLERANCE = timedelta(minutes=5)


def staleness(
    samples: Sequence[Sample],
    evidence: Evidence,
    *,
    policy: RunPolicy,
    now: datetime,
    current_states: Mapping[tuple[DependencyKind, str], str] | None,
) -> tuple[str, tuple[Caveat, ...]] | None:
    """Why the evidence no longer counts, with the caveat that goes with it; None while it is fresh.

    The oldest part of the evidence decides its age, the newest whether it comes from the future.
    """
    moments = [evidence.measured_at, *(sample.started_at for sample in samples)]
    if max(moments) - now > AHEAD_TOLERANCE:
        return f"the evidence is dated {max(moments):%Y-%m-%d %H:%M} UTC, in the future", ()
    if now - min(moments) > timedelta(days=policy.stale_after_days):
        return f"measured on {min(moments):%Y-%m-%d}, {several(round(policy.stale_after_days), 'day')} allowed", ()
    return None if current_states is None else _changed(samples, current_states)


def _changed(
    samples: Sequence[Sample], states: Mapping[tuple[DependencyKind, str], str]
) -> tuple[str, tuple[Caveat, ...]] | None:
    """What is in another state than it was; a load keeps no record of what it rests on."""
    if all(sample.phase is Pass.LOAD or sample.failure is not None for sample in samples):
        return None
    rests_on = [each for sample in samples for each in sample.dependencies]
    if not rests_on:
        return "it is not known what it rests on: an earlier version measured it", ()
    changed = [
        f"pytest's settings for {each.name}" if each.kind is DependencyKind.SETTINGS else each.name
        for each in dict.fromkeys(rests_on)
        if each.kind is not DependencyKind.DISTRIBUTION and _now(each, states) != each.state
    ]
    if not changed:
        return None
    text = f"{listed(changed)} changed since it was measured"
    return text, (Caveat(CaveatKind.DEPENDENCY_CHANGED, text),)


def other_versions(samples: Sequence[Sample], states: Mapping[tuple[DependencyKind, str], str]) -> tuple[Caveat, ...]:
    """A caveat when a distribution that the workload imported is installed in another version now."""
    other = [
        f"{each.name} {each.state}, now {_now(each, states)}"
        for each in dict.fromkeys(each for sample in samples for each in sample.dependencies)
        if each.kind is DependencyKind.DISTRIBUTION and _now(each, states) != each.state
    ]
    return (Caveat(CaveatKind.OTHER_VERSION, f"measured with {'; '.join(other)}"),) if other else ()


def _now(dependency: Dependency, states: Mapping[tuple[DependencyKind, str], str]) -> str:
    """Its state today; what nobody looked at is taken as unchanged."""
    return states.get((dependency.kind, dependency.name), dependency.state)
