"""Between values of the model and rows of the tables; a row of the wrong shape is a StoreError, not a crash."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import msgspec

from boss_perf.errors import StoreError
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.runs import Run
from boss_perf.model.samples import Reading, Sample
from boss_perf.model.verdicts import Finding, Judgement
from boss_perf.stats.location import median
from boss_perf.store.codec import decode_detail, encode_detail, storable
from boss_perf.store.connection import Row

RUN_COLUMNS = (
    "id, kind, started_at_us, finished_at_us, commit_sha, is_dirty, branch, machine_digest, machine_text,"
    " machine_fields, versions, targets_digest, seed, note"
)
SAMPLE_COLUMNS = (
    "run_id, workload, phase, fork, is_confirmation, started_at_us, dependencies_digest, failure_kind, reading,"
    " value_count, first_median, first_min, second_median, second_min, detail"
)
SAMPLE_READ_COLUMNS = "workload, phase, fork, is_confirmation, started_at_us, dependencies_digest, detail"
VERDICT_COLUMNS = (
    "run_id, target_id, figure_of, expectation, is_deciding, verdict, status, reason, judged_at_us, measured_at_us,"
    " evidence_run_id, machine_digest, unit, figure, figure_low, figure_high, ratio, ratio_low, ratio_high, forks,"
    " value_count, dependencies_digest"
)
_VERDICT_FIELDS = tuple(field.name for field in fields(VerdictRecord))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READINGS = (Reading.WALL_NS, Reading.PEAK_BYTES, Reading.RETAINED_BYTES, Reading.CPU_NS)


def insertion(table: str, columns: str) -> str:
    """The statement that adds a row, as far as `ON CONFLICT`."""
    marks = ", ".join("?" for _ in columns.split(","))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT"  # noqa: S608 - own names


def to_us(moment: datetime) -> int:
    """Microseconds since 1970; a moment without a zone is a ValueError, as nobody knows when it was."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(count: int) -> datetime:
    """The moment in UTC."""
    return _EPOCH + timedelta(microseconds=count)


@contextmanager
def sound_rows(where: str) -> Iterator[None]:
    """Anything that a row of ours cannot contain becomes a StoreError."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise StoreError(
            f"the history holds a row that boss-perf did not write: {error}",
            where=where,
            hint="move the history aside, or measure again into another one with --store FILE",
        ) from error


def run_row(run: Run) -> Row:
    """A run in the order of `RUN_COLUMNS`."""
    machine = run.fingerprint
    return (
        storable(run.id), run.kind.value, to_us(run.started_at),
        None if run.finished_at is None else to_us(run.finished_at),
        _text_or_none(run.commit), int(run.is_dirty), _text_or_none(run.branch), storable(machine.digest),
        storable(machine.text), storable(json.dumps(machine.fields)), storable(json.dumps(run.versions)),
        storable(run.targets_digest), str(run.seed), storable(run.note),
    )  # fmt: skip


def read_run(row: Row) -> Run:
    """The run of a row in the order of `RUN_COLUMNS`."""
    (run_id, kind, started_us, finished_us, commit, is_dirty, branch, digest, text, machine_fields, versions,
     targets_digest, seed, note) = row  # fmt: skip
    machine = {"digest": digest, "text": text, "fields": json.loads(machine_fields)}
    frame = {
        "id": run_id, "kind": kind, "started_at": from_us(started_us), "commit": commit, "is_dirty": is_dirty,
        "finished_at": None if finished_us is None else from_us(finished_us), "branch": branch, "fingerprint": machine,
        "versions": json.loads(versions), "targets_digest": targets_digest, "seed": int(seed), "note": note,
    }  # fmt: skip
    return msgspec.convert(frame, Run, strict=False)


def sample_row(run_id: str, sample: Sample) -> Row:
    """A sample in the order of `SAMPLE_COLUMNS`."""
    reading, count, figures = _summary(sample)
    return (
        run_id, storable(sample.workload), sample.phase.value, sample.fork, int(sample.is_confirmation),
        to_us(sample.started_at), storable(sample.dependencies_digest),
        None if sample.failure is None else storable(sample.failure.kind), reading, count, *figures,
        encode_detail(sample),
    )  # fmt: skip


def read_sample(row: Row) -> Sample:
    """The sample of a row in the order of `SAMPLE_READ_COLUMNS`."""
    workload, phase, fork, is_confirmation, started_us, digest, detail = row
    frame = {
        "workload": workload, "phase": phase, "fork": fork, "started_at": from_us(started_us),
        "is_confirmation": is_confirmation, "dependencies_digest": digest,
    }  # fmt: skip
    return decode_detail(detail, msgspec.convert(frame, Sample, strict=False))


def verdict_rows(run: Run, judgement: Judgement) -> list[Row]:
    """A judgement in the order of `VERDICT_COLUMNS`: a row for each of its promises, one of which decided."""
    decided = judgement.deciding
    if decided is None:
        return [_verdict_row(run, judgement, None, is_deciding=True)]
    rows = {
        figure_of(finding.expectation): _verdict_row(run, judgement, finding, is_deciding=finding is decided)
        for finding in (*(each for each in judgement.findings if each is not decided), decided)
    }
    return list(rows.values())


def _verdict_row(run: Run, judgement: Judgement, finding: Finding | None, *, is_deciding: bool) -> Row:
    evidence = judgement.evidence
    comparison = finding.comparison if finding else None
    figure = comparison.candidate if comparison else finding.estimate if finding else None
    ratio = comparison.ratio if comparison else None
    return (
        run.id, storable(judgement.target.id), storable(figure_of(finding.expectation)) if finding else "",
        storable(finding.expectation.text) if finding else "", int(is_deciding), judgement.verdict.value,
        judgement.status.value, storable(judgement.reason),
        to_us(run.started_at), to_us(evidence.measured_at) if evidence else None,
        storable(evidence.run_id) if evidence else None, storable(evidence.machine) if evidence else None,
        figure.unit.value if figure else None,
        *((_number(figure.value), _number(figure.low), _number(figure.high)) if figure else (None,) * 3),
        *((_number(ratio.value), _number(ratio.low), _number(ratio.high)) if ratio else (None,) * 3),
        evidence.forks if evidence else 0, evidence.count if evidence else 0,
        evidence.dependencies_digest if evidence else "",
    )  # fmt: skip


def read_verdict(row: Row) -> VerdictRecord:
    """The record of a row in the order of `VERDICT_COLUMNS`, which is that of its fields."""
    record = dict(zip(_VERDICT_FIELDS, row, strict=True))
    for name in ("judged_at", "measured_at"):
        record[name] = None if record[name] is None else from_us(record[name])
    return msgspec.convert(record, VerdictRecord, strict=False)


def arm_figures(sample: Sample, arm: str, reading: Reading) -> tuple[float, float] | None:
    """Median and least reading per call of one arm, None when it has none."""
    values = sorted(sample.values(arm, reading))
    if not values:
        return None
    calls = sample.calls_per_time if reading.value.endswith("_ns") else 1
    return median(values) / calls, values[0] / calls


def summary_reading(sample: Sample) -> Reading | None:
    """The reading whose figures stand for the sample: wall time, else bytes, else whatever was taken first."""
    taken = [series.reading for series in sample.series if series.values]
    return next((reading for reading in _READINGS if reading in taken), taken[0] if taken else None)


def _summary(sample: Sample) -> tuple[str | None, int, tuple[float | None, ...]]:
    reading = summary_reading(sample)
    if reading is None:
        return None, 0, (None,) * 4
    figures = [arm_figures(sample, arm, reading) or (None, None) for arm in sample.arms[:2]]
    figures += [(None, None)] * (2 - len(figures))
    return reading.value, len(sample.values(sample.arms[0], reading)), (*figures[0], *figures[1])


def _number(value: float | None) -> float | None:
    """A float, infinite ones included; NaN is no number and stored as none."""
    return None if value is None or math.isnan(value) else float(value)


def _text_or_none(value: str | None) -> str | None:
    return None if value is None else storable(value)
