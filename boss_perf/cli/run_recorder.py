"""A new run's frame, and who keeps it while it is being measured, also when a team's database vanishes meanwhile."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from boss_perf.cli.project import open_history
from boss_perf.cli.streams import say
from boss_perf.errors import StoreError
from boss_perf.measure.machine.fingerprint import fingerprint, versions
from boss_perf.measure.revision import revision_of
from boss_perf.model.explanations import Explanation
from boss_perf.model.runs import Fingerprint, Run, RunKind
from boss_perf.model.samples import Sample
from boss_perf.model.targets import TargetSet
from boss_perf.model.verdicts import Judgement
from boss_perf.store.history import History
from boss_perf.text import visible_line

UNSENT = Path(".boss-perf") / "unsent.db"


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


def keep_finished(root: Path, store: str | None, run: Run) -> None:
    """Keep a run that has only its name to tell, in a local file when the server is not there."""
    try:
        with open_history(root, store) as history, Keeping(history, run, root=root) as keeping:
            keeping.conclude(lambda _: ())
    except StoreError as error:
        place = root / UNSENT
        if "://" not in (error.where or ""):
            raise
        say(f"{error.where}  {error.message}; kept in {place}", err=True)
        with History.open(str(place)) as local:
            local.save_run(run)
            local.finish_run(run.id, datetime.now(UTC))


def keep_explanation(explanation: Explanation, root: Path, store: str | None, *, is_one_tree: bool) -> None:
    """For the dashboard and the tracker; that it cannot be kept is said, and fails nothing."""
    try:
        with open_history(root, store) as history:
            history.save_explanation(explanation, is_one_tree=is_one_tree, at=datetime.now(UTC))
    except StoreError as error:
        say(visible_line(f"not kept for the dashboard: {error.message}"), err=True)


class Keeping:
    """Saves one run to `history`; to a file of the project's own, and all of it, once a server has failed.

    A file that cannot be written has no such way out: its StoreError stands. `earlier` are the run's samples so far.
    """

    def __init__(self, history: History, run: Run, *, root: Path, earlier: Iterable[Sample] = ()) -> None:
        self.history = history
        self.run = run
        self._server = history.where if "://" in history.where else None
        self._place = root / UNSENT
        self._samples = list(earlier)
        self._local: History | None = None
        history.save_run(run)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._local is None:
            return
        self._local.close()
        say(
            f"the run is in {self._place}; when the database is back:"
            f" boss-perf history copy --store {self._place} --to {self._server}",
            err=True,
        )

    def save_sample(self, sample: Sample) -> None:
        """Keep one sample, for good when this returns."""
        if self._server is not None:
            self._samples.append(sample)
        try:
            self.history.save_sample(self.run.id, sample)
        except StoreError as error:
            self._turn_local(error)

    def conclude(self, judged: Callable[[History], Sequence[Judgement]]) -> Sequence[Judgement]:
        """Mark the run as ended by itself, judge it from the history, and keep what it meant."""
        try:
            return self._concluded(judged)
        except StoreError as error:
            self._turn_local(error)
            return self._concluded(judged)

    def _concluded(self, judged: Callable[[History], Sequence[Judgement]]) -> Sequence[Judgement]:
        self.history.finish_run(self.run.id, datetime.now(UTC))
        judgements = judged(self.history)
        self.history.save_verdicts(self.run.id, judgements)
        return judgements

    def _turn_local(self, error: StoreError) -> None:
        """Go on in the local file with everything of this run; the error itself when there is no server to lose."""
        if self._server is None or self._local is not None:
            raise error
        say(f"{error.where}  {error.message}; going on in {self._place}", err=True)
        self._local = History.open(str(self._place))
        self._local.save_run(self.run)
        for sample in self._samples:
            self._local.save_sample(self.run.id, sample)
        with suppress(StoreError):
            self.history.close()
        self.history = self._local
