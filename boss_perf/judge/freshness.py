"""Whether evidence still speaks for the code, the day and the machine it is asked about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.samples import Sample
from boss_perf.model.targets import RunPolicy
from boss_perf.model.verdicts import Evidence

AHEAD_TOLERANCE = timedelta(minutes=5)


def as_utc(moment: datetime) -> datetime:
    """The moment with its zone; one without is taken to be UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def days(count: float) -> str:
    """`1 day`, `30 days`."""
    return f"{count:.0f} day{'' if round(count) == 1 else 's'}"


def staleness(
    samples: Sequence[Sample],
    evidence: Evidence | None,
    *,
    policy: RunPolicy,
    now: datetime,
    current_digests: Mapping[str, str] | None,
) -> tuple[str, tuple[Caveat, ...]] | None:
    """Why the evidence no longer counts, with the caveat that goes with it; None while it is fresh.

    The oldest part of the evidence decides its age, the newest whether it comes from the future.
    """
    moments = [as_utc(sample.started_at) for sample in samples]
    if evidence is not None:
        moments.append(as_utc(evidence.measured_at))
    if moments:
        age = as_utc(now) - min(moments)
        if as_utc(now) - max(moments) < -AHEAD_TOLERANCE:
            return f"the evidence is dated {max(moments):%Y-%m-%d %H:%M} UTC, in the future", ()
        if age > timedelta(days=policy.stale_after_days):
            return f"measured on {min(moments):%Y-%m-%d}, {days(policy.stale_after_days)} allowed", ()
    return _changed(samples, current_digests or {})


def _changed(samples: Sequence[Sample], digests: Mapping[str, str]) -> tuple[str, tuple[Caveat, ...]] | None:
    """The first difference between the measured sources and today's."""
    for sample in samples:
        today = digests.get(sample.workload)
        if today is not None and sample.benchmark_digest and today != sample.benchmark_digest:
            text = "the benchmark was edited since it was measured"
            return text, (Caveat(CaveatKind.BENCHMARK_CHANGED, text),)
        for source in sample.sources:
            today = digests.get(source.origin)
            if today is not None and source.digest and today != source.digest:
                text = f"the code of {source.arm} changed since it was measured"
                return text, (Caveat(CaveatKind.CODE_CHANGED, text),)
    return None
