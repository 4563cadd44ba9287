import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from deploy_examples import DEPLOY, Panel, panels

from boss_perf.report.grafana import read_dashboards

SCHEMA = json.loads((Path(__file__).parent / "grafana_dashboard.schema.json").read_text())
NAMES = ("boss-perf-history.json", "boss-perf-now.json")


@pytest.mark.parametrize("name", NAMES)
def test_the_dashboard_fits_grafanas_own_schema(name: str) -> None:
    dashboard = read_dashboards()[name]
    jsonschema.Draft7Validator(SCHEMA).validate(dashboard)
    for panel in dashboard["panels"]:
        jsonschema.Draft7Validator({**SCHEMA, "$ref": "#/definitions/Panel"}).validate(panel)


def test_the_schema_would_notice_a_slip() -> None:
    dashboard = read_dashboards()[NAMES[0]]
    for slip in ({"schemaVersion": "41"}, {"pannels": []}, {"time": {"form": "now"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft7Validator(SCHEMA).validate({**dashboard, **slip})


@pytest.mark.parametrize("name", NAMES)
def test_panels_neither_overlap_nor_leave_the_grid(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(name):
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in panels(name)}) == len(panels(name))


def as_grafana_sends(sql: str) -> str:
    """Grafana's macro and variable, replaced the way its PostgreSQL data source does."""
    sql = sql.replace("${target:sqlstring}", "'met','missed','compared','it''s none'")
    return re.sub(r"\$__timeFilter\(([^)]*)\)", r"\1 BETWEEN now() - interval '90 days' AND now()", sql)


@pytest.mark.parametrize("panel", panels(NAMES[0]), ids=lambda panel: panel["title"])
def test_every_panels_sql_answers_on_the_real_schema(postgresql: str, panel: Panel) -> None:
    import psycopg

    sql = as_grafana_sends(panel["targets"][0]["rawSql"])
    with psycopg.connect(postgresql) as connection:
        found = connection.execute(sql)
        names = [column.name for column in found.description]
        rows = found.fetchall()
    assert rows and "$" not in sql
    if panel["type"] == "timeseries":
        assert names[0] == "time"
        times = [row[0] for row in rows]
        assert times == sorted(times) and times[0].tzinfo is not None


def test_what_the_sql_says_is_what_was_judged(postgresql: str) -> None:
    import psycopg

    by_title = {panel["title"]: as_grafana_sends(panel["targets"][0]["rawSql"]) for panel in panels(NAMES[0])}
    variables = {each["name"]: each["query"] for each in read_dashboards()[NAMES[0]]["templating"]["list"]}
    with psycopg.connect(postgresql) as connection:
        counts = dict(connection.execute(by_title["Targets by verdict"]).fetchall())
        numbers = connection.execute(by_title["Judged number with its bounds (s, bytes, 1/s or ratio)"]).fetchall()
        ratios = connection.execute(by_title["New over old"]).fetchall()
        names = connection.execute(variables["target"]).fetchall()
    assert counts == {"MET": 2, "MISSED": 1, "UNDECIDED": 1, "STALE": 1, "FAILED": 1, "WAIVED": 1, "UNMEASURED": 1}
    assert {metric: float(value) for _, metric, value in numbers}["met p95 latency high"] == pytest.approx(0.0044)
    assert {metric: value for _, metric, value in ratios}["compared latency against baseline low"] == pytest.approx(
        0.27
    )
    assert len(names) == 8


def test_the_compose_file_mounts_what_is_there_and_stays_on_loopback() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for service in compose["services"].values():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.]*", service["image"]), "an image needs a version"
        for port in service["ports"]:
            assert port.startswith("127.0.0.1:")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in compose["volumes"]
    asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text()))
    offered = {line.split("=")[0] for line in (DEPLOY / "env.example").read_text().splitlines()}
    assert asked == offered


def test_the_data_sources_are_of_the_kinds_the_dashboards_ask_for() -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/boss-perf.yaml").read_text())["datasources"]
    asked = {panel["datasource"]["type"] for each in read_dashboards().values() for panel in each["panels"]}
    assert {source["type"] for source in sources} == asked
    (provider,) = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/boss-perf.yaml").read_text())["providers"]
    mounts = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["grafana"]["volumes"]
    assert any(provider["options"]["path"] in mount for mount in mounts)
