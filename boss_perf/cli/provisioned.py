"""Whether a Grafana serves our dashboards from the files that it was given, and its data sources answer."""

import json
import os
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from boss_perf.errors import MeasureError, UsageError
from boss_perf.report.grafana import read_dashboards

TOKEN = "GRAFANA_TOKEN"  # noqa: S105 - the name of a variable
_LIMIT_S = 10.0
_LARGEST_BYTES = 8 * 2**20


def check_provisioned(address: str) -> None:
    """MeasureError unless both dashboards are there as they are here, provisioned, over data sources in good health."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise UsageError("not an http or https address", where=address)
    try:
        _check(address)
    except (LookupError, TypeError, AttributeError) as error:
        raise MeasureError("that is no answer of Grafana's", where=address) from error


def _check(address: str) -> None:
    kinds = set()
    for ours in read_dashboards().values():
        found = _ask(address, f"api/dashboards/uid/{ours['uid']}")
        if not found["meta"].get("provisioned"):
            raise MeasureError(f"{ours['uid']} was not provisioned: it is a copy that somebody made", where=address)
        if _asked(found["dashboard"]) != _asked(ours):
            hint = "boss-perf export grafana writes ours"
            raise MeasureError(f"{ours['uid']} is of another edition", where=address, hint=hint)
        kinds |= {panel["datasource"]["type"] for panel in ours["panels"]}
    sources = [each for each in _ask(address, "api/datasources") if each["type"] in kinds]
    if missing := kinds - {each["type"] for each in sources}:
        raise MeasureError(f"no data source of type {', '.join(sorted(missing))}", where=address)
    for source in sources:
        health = _ask(address, f"api/datasources/uid/{source['uid']}/health")
        if health["status"] != "OK":
            raise MeasureError(f"{source['name']}: {health.get('message', 'not in good health')}", where=address)


def _asked(dashboard: Any) -> list[tuple[str, list[str]]]:
    """What the panels ask, by their titles."""
    return [
        (panel["title"], [each.get("rawSql") or each.get("expr") for each in panel["targets"]])
        for panel in dashboard["panels"]
    ]


def _ask(address: str, path: str) -> Any:
    request = urllib.request.Request(f"{address.rstrip('/')}/{path}", headers={"Accept": "application/json"})  # noqa: S310 - its scheme was looked at
    if token := os.environ.get(TOKEN):
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=_LIMIT_S) as answer:  # noqa: S310
            return json.loads(answer.read(_LARGEST_BYTES))
    except (OSError, ValueError) as error:
        hint = f"a service account's token goes into {TOKEN}" if "40" in str(error) else None
        raise MeasureError(f"{path}: {error}", where=address, hint=hint) from error
