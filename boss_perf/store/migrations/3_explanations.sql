CREATE TABLE explanation (
    workload        TEXT NOT NULL,   -- pytest node id
    is_one_tree     BIGINT NOT NULL, -- 1: both implementations of a pair; 0: two trees
    explained_at_us BIGINT NOT NULL, -- only the newest of each is kept
    detail          {blob} NOT NULL, -- see codec.py
    PRIMARY KEY (workload, is_one_tree)
);
