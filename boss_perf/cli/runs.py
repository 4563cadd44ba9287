"""A new run's frame: which code, which machine, which versions, now."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

from boss_perf.measure.machine.fingerprint import fingerprint, versions
from boss_perf.measure.revision import revision_of
from boss_perf.model.runs import Fingerprint, Run, RunKind
from boss_perf.model.targets import TargetSet


def new_run(
    root: Path, target_set: TargetSet, kind: RunKind, *, seed: int, note: str = "", machine: Fingerprint | None = None
) -> Run:
    """A run that has begun and not yet finished, of this machine where none is named."""
    revision = revision_of(root)
    return Run(
        id=uuid.uuid4().hex,
        kind=kind,
        started_at=datetime.now(UTC),
        finished_at=None,
        commit=revision.commit,
        is_dirty=revision.is_dirty,
        branch=revision.branch,
        fingerprint=machine or fingerprint(),
        versions=versions(),
        targets_digest=target_set.digest,
        seed=seed,
        note=note,
    )
