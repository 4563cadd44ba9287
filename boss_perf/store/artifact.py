"""One run as a JSON file that CI keeps and other tools read: the run, and every fork's figures per call.

Raw readings come along only when asked for; without them 50 targets stay below 50 kB.
"""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from boss_perf.model.runs import Run
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.store.codec import storable
from boss_perf.store.rows import arm_figures, summary_reading

_DIGITS = 5
_REASON_LENGTH = 500

RawReadings = dict[str, dict[str, tuple[int, ...]]]
"""The readings of a fork: by arm, then by what was read, in time order."""


class ItemSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One workload in one pass; every list that follows `forks` has one place per fork, in the same order.

    `medians` and `least` hold a list per arm, of the median and the least `reading` per call, None where the fork had
    none. `counts` are readings of the first arm, `after_s` seconds since the run began, `facts` those of the last fork,
    `failures` the places of forks that gave no number with the reason, `confirming` the places of confirming forks.
    """

    workload: str
    phase: Pass
    forks: tuple[int, ...]
    after_s: tuple[float, ...]
    arms: tuple[str, ...] = ()
    reading: Reading | None = None
    calls_per_batch: int = 1
    counts: tuple[int, ...] = ()
    medians: tuple[tuple[float | None, ...], ...] = ()
    least: tuple[tuple[float | None, ...], ...] = ()
    stalled_ratios: tuple[float | None, ...] = ()
    facts: dict[str, float | None] = {}
    failures: dict[int, str] = {}
    confirming: tuple[int, ...] = ()
    raw: tuple[RawReadings, ...] = ()


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file; `boss_perf_artifact` is the version of its schema."""

    boss_perf_artifact: Literal[1]
    run: Run
    items: tuple[ItemSummary, ...]


def run_to_json(run: Run, samples: Sequence[Sample], *, with_raw: bool = False) -> str:
    """The run with its samples' figures, at five significant digits; the same samples give the same text."""
    grouped: dict[tuple[str, Pass], list[Sample]] = {}
    for sample in samples:
        grouped.setdefault((sample.workload, sample.phase), []).append(sample)
    items = tuple(_item(run, of_item, with_raw=with_raw) for _, of_item in sorted(grouped.items()))
    artifact = Artifact(boss_perf_artifact=1, run=run, items=items)
    return msgspec.json.encode(artifact).decode() + "\n"


def _item(run: Run, samples: Sequence[Sample], *, with_raw: bool) -> ItemSummary:
    ordered = sorted(samples, key=lambda sample: (sample.is_confirmation, sample.fork))
    measured = next((sample for sample in ordered if sample.failure is None), ordered[0])
    arms = measured.arms
    reading = summary_reading(measured)
    figures = [[arm_figures(sample, arm, reading) if reading else None for sample in ordered] for arm in arms]
    facts = {name: figure for sample in ordered for name, figure in sample.facts}
    return ItemSummary(
        workload=storable(measured.workload),
        phase=measured.phase,
        arms=tuple(map(storable, arms)),
        reading=reading,
        calls_per_batch=measured.calls_per_batch,
        forks=tuple(sample.fork for sample in ordered),
        after_s=tuple(round((sample.started_at - run.started_at).total_seconds(), 1) for sample in ordered),
        counts=tuple(len(sample.values(arms[0], reading)) if arms and reading else 0 for sample in ordered),
        medians=tuple(tuple(_rounded(pair and pair[0]) for pair in of_arm) for of_arm in figures),
        least=tuple(tuple(_rounded(pair and pair[1]) for pair in of_arm) for of_arm in figures),
        stalled_ratios=tuple(_rounded(sample.conditions.stalled_ratio) for sample in ordered),
        facts={storable(name): figure if math.isfinite(figure) else None for name, figure in facts.items()},
        failures={place: _reason(sample) for place, sample in enumerate(ordered) if sample.failure is not None},
        confirming=tuple(place for place, sample in enumerate(ordered) if sample.is_confirmation),
        raw=tuple(map(_raw, ordered)) if with_raw else (),
    )


def _raw(sample: Sample) -> RawReadings:
    readings: RawReadings = {}
    for series in sample.series:
        readings.setdefault(storable(series.arm), {})[series.reading.value] = series.values
    return readings


def _reason(sample: Sample) -> str:
    failure = sample.failure
    return storable(f"{failure.kind}: {failure.message}"[:_REASON_LENGTH]) if failure is not None else ""


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else float(f"{figure:.{_DIGITS}g}")
