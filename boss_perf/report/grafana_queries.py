"""What each Grafana panel asks: SQL over the history's schema, PromQL over the names of the OpenMetrics export.

Times are columns of a WITH, as Grafana's `$__timeFilter(...)` cannot hold a parenthesis.
"""

# ruff: noqa: S608 - the parts that are put together are constants of this file
from dataclasses import dataclass

_LATEST = """
WITH latest AS (
  SELECT DISTINCT ON (target_id) *, to_timestamp(measured_at_us / 1000000.0) AS measured_at
  FROM boss_perf.verdict WHERE is_deciding = 1
  ORDER BY target_id, judged_at_us DESC, run_id DESC
)
"""
_JUDGED = """
WITH judged AS (
  SELECT *, to_timestamp(judged_at_us / 1000000.0) AS judged_at, CASE unit WHEN 'ns' THEN 1e-9 ELSE 1 END AS scale
  FROM boss_perf.verdict
)
"""
_CHOSEN = "target_id IN (${target:sqlstring}) AND $__timeFilter(judged_at)"
_FINITE = "abs(number) < 1e300"  # an unknown bound is stored as infinite, which no chart can show

TARGET_NAMES = "SELECT DISTINCT target_id FROM boss_perf.verdict ORDER BY target_id"


@dataclass(frozen=True, slots=True)
class Query:
    """One panel, `columns` of Grafana's 24 wide: `ask` is SQL or PromQL, `legend` names the series of the latter."""

    title: str
    kind: str
    columns: int
    rows: int
    ask: str
    unit: str = "short"
    legend: str = ""

    @property
    def is_series(self) -> bool:
        """Whether the panel shows time on its axis."""
        return self.kind == "timeseries"


HISTORY: tuple[Query, ...] = (
    Query(
        "Targets by verdict", "stat", 24, 4,
        _LATEST + "SELECT verdict, count(*) AS targets FROM latest GROUP BY verdict ORDER BY verdict",
    ),
    Query(
        "Targets now", "table", 24, 10,
        _LATEST + """
        SELECT target_id AS target, verdict, status, reason, measured_at, forks, value_count AS observations
        FROM latest ORDER BY (verdict = 'MET'), target_id
        """,
    ),
    Query(
        "Judged number with its bounds (s, bytes, 1/s or ratio)", "timeseries", 12, 9,
        _JUDGED + f"""
        SELECT judged_at AS time, concat_ws(' ', target_id, NULLIF(figure_of, ''), part) AS metric,
               number * scale AS value
        FROM judged, LATERAL (VALUES (NULL, figure), ('low', figure_low), ('high', figure_high)) AS parts (part, number)
        WHERE {_CHOSEN} AND {_FINITE} ORDER BY 1
        """,
    ),
    Query(
        "New over old", "timeseries", 12, 9,
        _JUDGED + f"""
        SELECT judged_at AS time, concat_ws(' ', target_id, NULLIF(figure_of, ''), part) AS metric, number AS value
        FROM judged, LATERAL (VALUES (NULL, ratio), ('low', ratio_low), ('high', ratio_high)) AS parts (part, number)
        WHERE {_CHOSEN} AND {_FINITE} ORDER BY 1
        """,
        unit="percentunit",
    ),
    Query(
        "Workloads: median call of each fork", "timeseries", 12, 9,
        """
        WITH fork AS (SELECT *, to_timestamp(started_at_us / 1000000.0) AS started_at FROM boss_perf.sample)
        SELECT started_at AS time, workload || arm AS metric, median / 1e9 AS value
        FROM fork, LATERAL (VALUES (' (1st arm)', first_median), (' (2nd arm)', second_median)) AS arms (arm, median)
        WHERE reading = 'wall_ns' AND median IS NOT NULL AND $__timeFilter(started_at) ORDER BY 1
        """,
        unit="s",
    ),
    Query(
        "Targets completed", "timeseries", 12, 9,
        _JUDGED + """
        SELECT max(judged_at) AS time, count(*) FILTER (WHERE status = 'Completed') AS completed, count(*) AS targets
        FROM judged WHERE is_deciding = 1 AND $__timeFilter(judged_at) GROUP BY run_id ORDER BY 1
        """,
    ),
    Query(
        "Runs", "table", 12, 8,
        """
        WITH recent AS (
          SELECT *, to_timestamp(started_at_us / 1000000.0) AS started_at,
                 to_timestamp(finished_at_us / 1000000.0) AS finished_at
          FROM boss_perf.run
        )
        SELECT started_at, finished_at, kind, left(commit_sha, 12) AS commit, branch, machine_text AS machine
        FROM recent WHERE $__timeFilter(started_at) ORDER BY started_at DESC LIMIT 100
        """,
    ),
    Query(
        "Failures", "table", 12, 8,
        """
        WITH fork AS (SELECT *, to_timestamp(started_at_us / 1000000.0) AS started_at FROM boss_perf.sample)
        SELECT started_at, workload, phase, failure_kind
        FROM fork WHERE failure_kind IS NOT NULL AND $__timeFilter(started_at) ORDER BY started_at DESC LIMIT 100
        """,
    ),
)  # fmt: skip

_SAME = "/ on (project, target, expectation)"
_EXPECTATION = "{{target}}: {{expectation}}"

NOW: tuple[Query, ...] = (
    Query("Targets by verdict", "stat", 24, 4, "sum by (verdict) (boss_perf_target_verdict)", legend="{{verdict}}"),
    Query(
        "Time budgets used (1 is the bound)", "timeseries", 12, 9,
        f"boss_perf_measured_high_seconds {_SAME} boss_perf_bound_seconds", "percentunit", _EXPECTATION,
    ),
    Query(
        "Memory budgets used (1 is the bound)", "timeseries", 12, 9,
        f"boss_perf_measured_high_bytes {_SAME} boss_perf_bound_bytes", "percentunit", _EXPECTATION,
    ),
    Query(
        "New over old, against what is allowed", "timeseries", 12, 9,
        f"boss_perf_change_high_ratio {_SAME} boss_perf_change_bound_ratio", "percentunit", _EXPECTATION,
    ),
    Query(
        "Age of the evidence", "bargauge", 12, 9, "time() - boss_perf_evidence_time_seconds", "s", "{{target}}",
    ),
    Query("Gate: verdicts", "table", 12, 9, "boss_perf_gate_verdict == 1", legend="{{benchmark}}"),
    Query(
        "Gate: head over base", "timeseries", 12, 9, "boss_perf_gate_ratio", "percentunit", "{{benchmark}} {{metric}}",
    ),
    Query(
        "Load: response times", "timeseries", 12, 9, "boss_perf_load_response_seconds", "s", "{{workload}} {{level}}",
    ),
    Query("Load: throughput", "timeseries", 12, 9, "boss_perf_load_throughput_hertz", "reqps", "{{workload}}"),
    Query("Load: failures", "timeseries", 12, 7, "boss_perf_load_failures_ratio", "percentunit", "{{workload}}"),
    Query("Load: users", "timeseries", 12, 7, "boss_perf_load_users", legend="{{workload}}"),
)  # fmt: skip
