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
);

CREATE INDEX run_newest ON run (kind, started_at_us);

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
);

CREATE INDEX sample_phase ON sample (phase, failure_kind, started_at_us);

CREATE TABLE item (
    workload       TEXT NOT NULL,      -- that has at least one sample in the run
    run_id         TEXT NOT NULL REFERENCES run (id),
    is_quick       BIGINT NOT NULL,    -- 1 when the run was a short look, which yields to any other
    run_started_us BIGINT NOT NULL,    -- run.started_at_us, run.kind and run.machine_digest once more:
    run_kind       TEXT NOT NULL,      --   the newest evidence is found in the index alone
    machine_digest TEXT NOT NULL,
    PRIMARY KEY (workload, run_id)
);

CREATE INDEX item_newest ON item (workload, is_quick, run_started_us DESC, run_id DESC);

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
);

CREATE INDEX verdict_trend ON verdict (target_id, judged_at_us, run_id);

CREATE INDEX verdict_progress ON verdict (status, target_id, measured_at_us);
