"""Grafana dashboards as plain values: one over the shared history in PostgreSQL, one over what Prometheus scraped.

Grafana reads them as files (see `deploy/`). Each data source is a variable, so they fit any installation.
"""

from collections.abc import Sequence
from inspect import cleandoc
from typing import Any

from boss_perf.report.grafana_queries import HISTORY, NOW, TARGET_NAMES, Query

Json = dict[str, Any]

_SCHEMA_VERSION = 41
_GRID_COLUMNS = 24
_POSTGRESQL = {"type": "grafana-postgresql-datasource", "uid": "${history}"}
_PROMETHEUS = {"type": "prometheus", "uid": "${prometheus}"}
_COLORS = {
    "MET": "green",
    "MISSED": "red",
    "UNDECIDED": "yellow",
    "FAILED": "dark-red",
    "UNMEASURED": "text",
    "STALE": "orange",
    "WAIVED": "blue",
}


def render_dashboards() -> dict[str, Json]:
    """Both dashboards by the name of their file."""
    targets = {
        "type": "query",
        "name": "target",
        "label": "Target",
        "datasource": _POSTGRESQL,
        "query": TARGET_NAMES,
        "refresh": 1,
        "multi": True,
        "includeAll": True,
        "current": {"text": ["All"], "value": ["$__all"]},
    }
    history = [_chosen_source("history", _POSTGRESQL["type"], "History"), targets]
    now = [_chosen_source("prometheus", _PROMETHEUS["type"], "Prometheus")]
    return {
        "boss-perf-history.json": _dashboard("history", history, [_sql_panel(query) for query in HISTORY], "now-90d"),
        "boss-perf-now.json": _dashboard("now", now, [_prometheus_panel(query) for query in NOW], "now-7d"),
    }


def _dashboard(name: str, variables: Sequence[Json], panels: Sequence[Json], begin: str) -> Json:
    return {
        "uid": f"boss-perf-{name}",
        "title": f"boss-perf: {name}",
        "tags": ["boss-perf"],
        "schemaVersion": _SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "timezone": "utc",
        "time": {"from": begin, "to": "now"},
        "templating": {"list": list(variables)},
        "panels": _placed(panels),
    }


def _placed(panels: Sequence[Json]) -> list[Json]:
    """Panels from left to right and downwards, as many in a row as fit, numbered from 1."""
    placed: list[Json] = []
    x = y = tallest = 0
    for number, panel in enumerate(panels, 1):
        place = panel["gridPos"]
        if x + place["w"] > _GRID_COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        placed.append({"id": number, **panel, "gridPos": {**place, "x": x, "y": y}})
        x, tallest = x + place["w"], max(tallest, place["h"])
    return placed


def _sql_panel(query: Query) -> Json:
    ask = {
        "refId": "A",
        "datasource": _POSTGRESQL,
        "format": "time_series" if query.is_series else "table",
        "rawQuery": True,
        "editorMode": "code",
        "rawSql": cleandoc(query.ask),
    }
    return _panel(query, ask)


def _prometheus_panel(query: Query) -> Json:
    ask = {
        "refId": "A",
        "datasource": _PROMETHEUS,
        "editorMode": "code",
        "expr": query.ask,
        "legendFormat": query.legend,
        "instant": not query.is_series,
        "range": query.is_series,
        "format": "table" if query.kind == "table" else "time_series",
    }
    return _panel(query, ask)


def _panel(query: Query, ask: Json) -> Json:
    is_rows = query.kind == "stat" and "rawSql" in ask
    options = {"reduceOptions": {"values": is_rows, "calcs": ["lastNotNull"], "fields": ""}}
    colors = {verdict: {"color": color, "index": index} for index, (verdict, color) in enumerate(_COLORS.items())}
    mappings = [{"type": "value", "options": colors}] if query.kind == "table" else []
    return {
        "type": query.kind,
        "title": query.title,
        "datasource": ask["datasource"],
        "gridPos": {"w": query.columns, "h": query.rows},
        "targets": [ask],
        "fieldConfig": {"defaults": {"unit": query.unit, "mappings": mappings}, "overrides": []},
        "options": options if query.kind in ("stat", "bargauge") else {},
    }


def _chosen_source(name: str, kind: str, label: str) -> Json:
    return {"type": "datasource", "name": name, "label": label, "query": kind, "refresh": 1}
