"""The history of a project: what was observed and what was judged, in one file or in a team's database.

Saving is idempotent: the first word on a run, a sample or a judgement of a run stands. Reading decides nothing.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from boss_perf.errors import StoreError
from boss_perf.model.explanations import Explanation
from boss_perf.model.history import VerdictRecord
from boss_perf.model.runs import DISTRIBUTED, PROVISIONED, Run, RunKind
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.verdicts import Judgement, Status
from boss_perf.store import evidence, rows, transfer
from boss_perf.store.codec import decode_explanation, encode_explanation, storable
from boss_perf.store.connection import Database
from boss_perf.store.schema import bring_up_to_date

MEMORY_EVIDENCE = "memory"
NEVER_US = 2**63 - 1


class History:
    """Open with `History.open`, close when done or use it in a `with`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latest_us = NEVER_US
        self.where = database.where

    @classmethod
    def open(cls, url_or_path: str, *, create: bool = True) -> Self:
        """The history at a path or `postgresql://…`, brought up to this schema; `:memory:` is an empty one."""
        database = open_database(url_or_path, create=create)
        try:
            bring_up_to_date(database)
            database.settle()
        except BaseException:
            database.close()
            raise
        return cls(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; closing twice is harmless."""
        self._database.close()

    def save_run(self, run: Run) -> bool:
        """Keep the frame of a run before its samples; False when it was there already."""
        sql, row = f"{rows.insertion('run', rows.RUN_COLUMNS)} DO NOTHING", rows.run_row(run)
        return bool(self._database.write(lambda: self._database.execute(sql, row)))

    def finish_run(self, run_id: str, finished_at: datetime) -> None:
        """Mark the run as ended by itself."""
        finished_us = rows.to_us(finished_at)
        sql = "UPDATE run SET finished_at_us = ? WHERE id = ?"
        if not self._database.write(lambda: self._database.execute(sql, (finished_us, run_id))):
            raise self._unknown_run(run_id)

    def save_sample(self, run_id: str, sample: Sample) -> bool:
        """Keep one fork's sample, whole and for good when this returns; False when it was there already."""
        row = rows.sample_row(run_id, sample)

        def work() -> bool:
            found = self._database.query("SELECT kind, started_at_us, machine_digest FROM run WHERE id = ?", (run_id,))
            if not found:
                raise self._unknown_run(run_id)
            kind, started_us, machine = found[0]
            is_new = self._database.execute(f"{rows.insertion('sample', rows.SAMPLE_COLUMNS)} DO NOTHING", row)
            self._database.execute(
                f"{rows.insertion('item', transfer.ITEM_COLUMNS)} DO NOTHING",
                (row[1], run_id, int(kind == RunKind.QUICK), started_us, kind, machine),
            )
            return bool(is_new)

        return self._database.write(work)

    def save_verdicts(self, run_id: str, judgements: Iterable[Judgement]) -> None:
        """Keep what a run's evidence meant for each target, for trends and progress; a later word replaces it."""
        run = self.run(run_id)
        new = [row for judgement in judgements for row in rows.verdict_rows(run, judgement)]
        _, _, _, *names = rows.VERDICT_COLUMNS.split(", ")
        updates = ", ".join(f"{name} = excluded.{name}" for name in names)
        insertion = rows.insertion("verdict", rows.VERDICT_COLUMNS)
        sql = f"{insertion} (run_id, target_id, figure_of) DO UPDATE SET {updates}"
        self._database.write(lambda: self._database.execute_many(sql, new))

    def save_explanation(self, explanation: Explanation, *, is_one_tree: bool, at: datetime) -> None:
        """Keep why a workload moved between two trees, or between its two implementations, in place of an older one."""
        row = (storable(explanation.benchmark), int(is_one_tree), rows.to_us(at), encode_explanation(explanation))
        self._database.write(lambda: transfer.put_explanations(self._database, [row]))

    def explanations(self, *, is_one_tree: bool) -> dict[str, Explanation]:
        """The newest of each workload, between its two implementations or between two trees."""
        sql = "SELECT detail FROM explanation WHERE is_one_tree = ? AND explained_at_us <= ?"
        found = self._database.query(sql, (int(is_one_tree), self._latest_us))
        return {each.benchmark: each for each in (decode_explanation(blob) for (blob,) in found)}

    def drop_run(self, run_id: str) -> None:
        """Forget a run with its samples and verdicts; what later runs concluded from it stays."""
        self.run(run_id)

        def work() -> None:
            for table in ("verdict", "item", "sample"):
                self._database.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))  # noqa: S608 - own names
            self._database.execute("DELETE FROM run WHERE id = ?", (run_id,))

        self._database.write(work)

    def leave_out_after(self, moment: datetime) -> tuple[Run, ...]:
        """Leave runs that began later out of all evidence and judgements from now on; these runs, newest first."""
        self._latest_us = rows.to_us(moment)
        return self._runs("WHERE started_at_us > ? ORDER BY started_at_us DESC", self._latest_us)

    def runs(self, *, limit: int | None = None, kind: RunKind | None = None) -> tuple[Run, ...]:
        """Newest first."""
        where, most = "" if kind is None else "WHERE kind = ?", "" if limit is None else "LIMIT ?"
        parameters = [value for value in (kind and kind.value, limit) if value is not None]
        return self._runs(f"{where} ORDER BY started_at_us DESC, id DESC {most}", *parameters)

    def run(self, run_id: str) -> Run:
        """One run; an id that the history does not know is a StoreError."""
        for run in self._runs("WHERE id = ?", run_id):
            return run
        raise self._unknown_run(run_id)

    def _runs(self, chosen: str, *parameters: object) -> tuple[Run, ...]:
        found = self._database.query(f"SELECT {rows.RUN_COLUMNS} FROM run {chosen}", parameters)  # noqa: S608
        with rows.sound_rows(self.where):
            return tuple(map(rows.read_run, found))

    def samples(self, run_id: str) -> tuple[Sample, ...]:
        """A run's samples in time order."""
        found = self._database.query(
            f"SELECT {rows.SAMPLE_READ_COLUMNS} FROM sample WHERE run_id = ?"  # noqa: S608 - own names
            f" ORDER BY {evidence.SAMPLE_ORDER}",
            [run_id],
        )
        with rows.sound_rows(self.where):
            return tuple(map(rows.read_sample, found))

    def newest_evidence_of_all(self, workloads: Iterable[str]) -> dict[str, tuple[Run, tuple[Sample, ...]]]:
        """Per workload the newest run that measured it, with its samples; what was never measured is left out.

        A short look yields to any other run. Three statements, however many workloads.
        """
        with rows.sound_rows(self.where):
            return evidence.newest_evidence_of_all(self._database, map(storable, workloads), latest_us=self._latest_us)

    def newest_run_by_kind(self) -> dict[str, datetime]:
        """When the newest run of each kind ended, with its note too; `memory`: when a real look observed memory."""
        kinds = self._database.query(
            "SELECT kind, note, MAX(finished_at_us) FROM run WHERE finished_at_us IS NOT NULL AND started_at_us <= ?"
            " GROUP BY kind, note ORDER BY 3",
            (self._latest_us,),
        )
        memory = self._database.query(
            "SELECT sample.started_at_us FROM sample JOIN run ON run.id = sample.run_id"
            " WHERE sample.phase = ? AND sample.failure_kind IS NULL AND run.kind <> ?"
            " AND run.started_at_us <= ? ORDER BY sample.started_at_us DESC LIMIT 1",
            (Pass.MEMORY.value, RunKind.QUICK.value, self._latest_us),
        )
        newest = [(kind, count) for kind, _, count in kinds] + [(MEMORY_EVIDENCE, count) for (count,) in memory]
        newest += [(f"{note} {kind}", count) for kind, note, count in kinds if note in (DISTRIBUTED, PROVISIONED)]
        with rows.sound_rows(self.where):
            return {kind: rows.from_us(count) for kind, count in newest}

    def verdict_history(
        self, target_id: str | None = None, *, limit_per_target: int | None = None
    ) -> tuple[VerdictRecord, ...]:
        """Judgements by target and time, oldest first; the newest `limit_per_target` of each when asked.

        Runs that started in the same microsecond as the oldest of these come along.
        """
        since = "0"
        parameters: list[object] = []
        if limit_per_target is not None:
            since = (
                "COALESCE((SELECT aged.judged_at_us FROM verdict AS aged WHERE aged.target_id = each.target_id"
                " AND aged.is_deciding = 1 AND aged.judged_at_us <= ?"
                " ORDER BY aged.judged_at_us DESC LIMIT 1 OFFSET ?), 0)"
            )
            parameters += [self._latest_us, limit_per_target - 1]
        chosen = ""
        if target_id is not None:
            chosen = " WHERE each.target_id = ?"
            parameters.append(storable(target_id))
        found = self._database.query(
            f"SELECT {rows.VERDICT_COLUMNS} FROM (SELECT each.target_id AS id, {since} AS since"  # noqa: S608 - own
            f" FROM verdict AS each{chosen} GROUP BY each.target_id) AS known CROSS JOIN verdict"
            " WHERE verdict.target_id = known.id AND verdict.judged_at_us >= known.since AND verdict.judged_at_us <= ?"
            " ORDER BY verdict.target_id, verdict.judged_at_us, verdict.run_id",
            [*parameters, self._latest_us],
        )
        with rows.sound_rows(self.where):
            return tuple(map(rows.read_verdict, found))

    def first_completed_by_month(self) -> dict[str, tuple[str, ...]]:
        """The targets by the month (`2026-11`, UTC) of the evidence that first completed them, months in order."""
        found = self._database.query(
            "SELECT target_id, MIN(measured_at_us) FROM verdict WHERE status = ? AND measured_at_us <= ?"
            " GROUP BY target_id ORDER BY 2, 1",
            (Status.COMPLETED.value, self._latest_us),
        )
        months: dict[str, tuple[str, ...]] = {}
        with rows.sound_rows(self.where):
            for target_id, measured_us in found:
                month = f"{rows.from_us(measured_us):%Y-%m}"
                months[month] = (*months.get(month, ()), target_id)
        return months

    def copy_to(self, other: Self) -> Counter[str]:
        """Bring everything over into another history, nothing twice; how many rows of each table were new there."""
        return transfer.copy_history(self._database, other._database)

    def _unknown_run(self, run_id: str) -> StoreError:
        return StoreError(f"no run {run_id!r} in this history", where=self.where, hint="boss-perf history lists them")


def open_database(address: str, *, create: bool) -> Database:
    """A path, `sqlite:///path`, `:memory:` or `postgresql://…`; with `create` off a missing history is a StoreError."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme == "sqlite":
        from boss_perf.store.sqlite import SqliteDatabase

        return SqliteDatabase(rest.removeprefix("/") if separator else address, create=create)
    if scheme in ("postgresql", "postgres"):
        from boss_perf.store.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(address)
    raise StoreError(
        f"no store of the kind {scheme!r}",
        hint="give a file such as .boss-perf/history.db, or postgresql://user@host/database",
    )
