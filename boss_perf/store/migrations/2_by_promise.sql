-- of the files the workload rested on, no longer of the benchmark alone
ALTER TABLE sample RENAME COLUMN benchmark_digest TO dependencies_digest;

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
);

INSERT INTO verdict_by_promise
SELECT run_id, target_id, '', '', 1, verdict, status, reason, judged_at_us, measured_at_us, evidence_run_id,
       machine_digest, unit, figure, figure_low, figure_high, ratio, ratio_low, ratio_high, forks, value_count, ''
FROM verdict;

DROP TABLE verdict;

ALTER TABLE verdict_by_promise RENAME TO verdict;

CREATE INDEX verdict_trend ON verdict (target_id, judged_at_us, run_id);

CREATE INDEX verdict_age ON verdict (target_id, is_deciding, judged_at_us);

CREATE INDEX verdict_progress ON verdict (status, target_id, measured_at_us);
