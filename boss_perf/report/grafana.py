"""Grafana's dashboards as files: one over the shared history in PostgreSQL, one over what Prometheus scraped.

Each data source is a variable, so they fit any installation; Grafana's own editor is where they are changed.
"""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "templates" / "grafana"


def dashboard_texts() -> dict[str, str]:
    """Both dashboards by the name of their file."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.json"))}


def read_dashboards() -> dict[str, dict[str, Any]]:
    """Both as plain values."""
    return {name: json.loads(text) for name, text in dashboard_texts().items()}
