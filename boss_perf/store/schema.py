"""The tables of the history, column by column, and the numbered steps that lead to them.

A step that was released never changes; a new column is a new step at the end. Times are microseconds since 1970 in
UTC, truth is 0 or 1, `{blob}` is the dialect's word for bytes. Integers are BIGINT and numbers DOUBLE PRECISION, which
both dialects take at 64 bits. A history of a newer schema is refused before anything is touched.
"""

from boss_perf.errors import StoreError
from boss_perf.store.connection import Database

_FIRST = (
    """
    CREATE TABLE run (
        id             TEXT PRIMARY KEY,   -- drawn at the start, unique over machines
        kind           TEXT NOT NULL,      -- bench, quick, gate, load, prove, dashboard, memory_profiler
        started_at_us  BIGINT NOT NULL,
        finished_at_us BIGINT,             -- NULL while it measures, and for good when it was killed
        commit_sha     TEXT,               -- of the measured tree; NULL outside git
        is_dirty       BIGINT NOT NULL,    -- 1 when that tree had changes that no commit holds
        branch         TEXT,
        machine_digest TEXT NOT NULL,      -- numbers compare only under the same digest
        machine_text   TEXT NOT NULL,      -- the same in a line for people
        machine_fields TEXT NOT NULL,      -- JSON: [[field, value or null], ...]
        versions       TEXT NOT NULL,      -- JSON: [[package, version], ...]
        targets_digest TEXT NOT NULL,      -- SHA-256 of targets.yaml
        seed           TEXT NOT NULL,      -- decimal; may exceed 64 bits
        note           TEXT NOT NULL       -- empty when there is nothing to say
    )
    """,
    "CREATE INDEX run_newest ON run (kind, started_at_us)",
    """
    CREATE TABLE sample (
        run_id           TEXT NOT NULL REFERENCES run (id),
        workload         TEXT NOT NULL,     -- pytest node id
        phase            TEXT NOT NULL,     -- batches, calls, pairs, memory, trial, load
        fork             BIGINT NOT NULL,   -- number of the fresh set of processes, counted within the run
        is_confirmation  BIGINT NOT NULL,   -- 1 for forks that took no part in finding a regression
        started_at_us    BIGINT NOT NULL,
        benchmark_digest TEXT NOT NULL,     -- of the benchmark's source; empty when unknown
        failure_kind     TEXT,              -- NULL when there are observations
        reading          TEXT,              -- what the four figures below are: wall_ns, peak_bytes, ...
        value_count      BIGINT NOT NULL,   -- observations of that reading in the first arm
        first_median     DOUBLE PRECISION,  -- per call, first arm
        first_min        DOUBLE PRECISION,
        second_median    DOUBLE PRECISION,  -- per call, second arm of a pair
        second_min       DOUBLE PRECISION,
        detail           {blob} NOT NULL,   -- everything else, raw observations included: see codec.py
        PRIMARY KEY (run_id, workload, phase, fork, is_confirmation)
    )
    """,
    "CREATE INDEX sample_phase ON sample (phase, failure_kind, started_at_us)",
    """
    CREATE TABLE item (
        workload       TEXT NOT NULL,      -- that has at least one sample in the run
        run_id         TEXT NOT NULL REFERENCES run (id),
        is_quick       BIGINT NOT NULL,    -- 1 when the run was a short look, which yields to any other
        run_started_us BIGINT NOT NULL,    -- run.started_at_us, run.kind and run.machine_digest once more:
        run_kind       TEXT NOT NULL,      --   the newest evidence is found in the index alone
        machine_digest TEXT NOT NULL,
        PRIMARY KEY (workload, run_id)
    )
    """,
    "CREATE INDEX item_newest ON item (workload, is_quick, run_started_us DESC, run_id DESC)",
    """
    CREATE TABLE verdict (
        run_id          TEXT NOT NULL REFERENCES run (id),
        target_id       TEXT NOT NULL,
        verdict         TEXT NOT NULL,     -- MET, MISSED, UNDECIDED, FAILED, UNMEASURED, STALE, WAIVED
        status          TEXT NOT NULL,     -- Not Started, In Progress, Completed
        reason          TEXT NOT NULL,     -- the sentence that was shown
        judged_at_us    BIGINT NOT NULL,   -- run.started_at_us of the run that was judged
        measured_at_us  BIGINT,            -- when the evidence was measured; NULL without evidence
        evidence_run_id TEXT,              -- may be an earlier run; not a reference, as that may live elsewhere
        machine_digest  TEXT,              -- of the evidence; trends never cross machines
        unit            TEXT,              -- of the next three: ns, bytes, per_s, ratio, count
        figure          DOUBLE PRECISION,  -- the judged number; the candidate's for a relative promise
        figure_low      DOUBLE PRECISION,
        figure_high     DOUBLE PRECISION,
        ratio           DOUBLE PRECISION,  -- new over old, for a relative promise
        ratio_low       DOUBLE PRECISION,
        ratio_high      DOUBLE PRECISION,
        forks           BIGINT NOT NULL,
        value_count     BIGINT NOT NULL,
        PRIMARY KEY (run_id, target_id)
    )
    """,
    "CREATE INDEX verdict_trend ON verdict (target_id, judged_at_us, run_id)",
    "CREATE INDEX verdict_progress ON verdict (status, target_id, measured_at_us)",
)

_BY_PROMISE = (
    "ALTER TABLE sample RENAME COLUMN benchmark_digest TO dependencies_digest",  # of the files the workload rested on
    """
    CREATE TABLE verdict_by_promise (
        run_id              TEXT NOT NULL REFERENCES run (id),
        target_id           TEXT NOT NULL,
        figure_of           TEXT NOT NULL,    -- p95 latency, recall, ...: of what figures compare; empty in rows of
        expectation         TEXT NOT NULL,    --   version 1, as is the promise in words: p95 < 50 ms
        is_deciding         BIGINT NOT NULL,  -- 1 for one row of each run and target: the promise that decided
        verdict             TEXT NOT NULL,    -- of the target: MET, MISSED, UNDECIDED, FAILED, UNMEASURED, ...
        status              TEXT NOT NULL,    -- Not Started, In Progress, Completed
        reason              TEXT NOT NULL,    -- the sentence that was shown
        judged_at_us        BIGINT NOT NULL,  -- run.started_at_us of the run that was judged
        measured_at_us      BIGINT,           -- when the evidence was measured; NULL without evidence
        evidence_run_id     TEXT,             -- may be an earlier run; not a reference, as that may live elsewhere
        machine_digest      TEXT,             -- of the evidence; trends never cross machines
        unit                TEXT,             -- of the next three: ns, bytes, per_s, ratio, count
        figure              DOUBLE PRECISION, -- the judged number; the candidate's for a relative promise
        figure_low          DOUBLE PRECISION,
        figure_high         DOUBLE PRECISION,
        ratio               DOUBLE PRECISION, -- new over old, for a relative promise
        ratio_low           DOUBLE PRECISION,
        ratio_high          DOUBLE PRECISION,
        forks               BIGINT NOT NULL,
        value_count         BIGINT NOT NULL,
        dependencies_digest TEXT NOT NULL,    -- of the files the evidence rests on; empty when unknown
        PRIMARY KEY (run_id, target_id, figure_of)
    )
    """,
    """
    INSERT INTO verdict_by_promise
    SELECT run_id, target_id, '', '', 1, verdict, status, reason, judged_at_us, measured_at_us, evidence_run_id,
           machine_digest, unit, figure, figure_low, figure_high, ratio, ratio_low, ratio_high, forks, value_count, ''
    FROM verdict
    """,
    "DROP TABLE verdict",
    "ALTER TABLE verdict_by_promise RENAME TO verdict",
    "CREATE INDEX verdict_trend ON verdict (target_id, judged_at_us, run_id)",
    "CREATE INDEX verdict_age ON verdict (target_id, is_deciding, judged_at_us)",
    "CREATE INDEX verdict_progress ON verdict (status, target_id, measured_at_us)",
)

_EXPLANATIONS = (
    """
    CREATE TABLE explanation (
        workload        TEXT NOT NULL,   -- pytest node id
        is_one_tree     BIGINT NOT NULL, -- 1: both implementations of a pair; 0: two trees
        explained_at_us BIGINT NOT NULL, -- only the newest of each is kept
        detail          {blob} NOT NULL, -- see codec.py
        PRIMARY KEY (workload, is_one_tree)
    )
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _BY_PROMISE, _EXPLANATIONS)
"""Step n (counting from 1) leads from version n - 1 to version n."""


def bring_up_to_date(database: Database, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Apply the steps that are missing, all or none; two processes that start at once do it once."""
    if _version(database, len(migrations)) == len(migrations):
        return
    if database.is_read_only:
        raise StoreError(
            "this history is of an older schema and cannot be written to bring it up to date",
            where=database.where,
            hint="copy it to a writable place and name that with --store FILE",
        )
    database.write(lambda: _apply(database, migrations))


def _apply(database: Database, migrations: tuple[tuple[str, ...], ...]) -> None:
    database.prepare_schema()
    version = _version(database, len(migrations))
    if version == 0:
        database.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
    for step in migrations[version:]:
        for statement in step:
            database.execute(statement.format(blob=database.blob_type))
    if version != len(migrations):
        database.execute("DELETE FROM schema_version")
        database.execute("INSERT INTO schema_version (version) VALUES (?)", (len(migrations),))


def _version(database: Database, newest: int) -> int:
    """0 for a history that is still empty."""
    tables = database.tables()
    if not tables:
        return 0
    rows = database.query("SELECT version FROM schema_version") if "schema_version" in tables else []
    version = rows[0][0] if len(rows) == 1 else None
    if not isinstance(version, int) or version < 1:
        raise StoreError(
            "this is a database, but not a history of boss-perf",
            where=database.where,
            hint="nothing was changed; name another file with --store FILE",
        )
    if version > newest:
        raise StoreError(
            f"this history has schema {version}; this boss-perf knows up to {newest}",
            where=database.where,
            hint="nothing was changed; update boss-perf, or name another history with --store FILE",
        )
    return version
