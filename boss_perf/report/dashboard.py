"""The dashboard: one HTML file that opens offline, holds its own script, style and numbers, and asks nobody for more.

A pure function of its data: the same data give the same bytes. Every text is escaped by the template; numbers travel as
JSON in which no `<` can end the script; a policy in the page lets no other script run and no request out.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from boss_perf.model.explanations import Explanation
from boss_perf.model.history import VerdictRecord, by_target
from boss_perf.model.runs import Fingerprint, Run
from boss_perf.model.samples import Sample
from boss_perf.model.targets import Budget, Section
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Judgement, Verdict, newest_evidence
from boss_perf.report.dashboard_cards import bars_of, card_of
from boss_perf.report.dashboard_curves import (
    Json,
    Trend,
    distribution_of,
    load_curve_of,
    noise_of,
    timeline_of,
    trend_of,
)
from boss_perf.report.figures import commit_text, figure_text
from boss_perf.report.flamegraph import flame_of
from boss_perf.report.glance import WIDTH, glance_of, moves, percent_text
from boss_perf.text import clipped, visible_line

_TEMPLATES = Path(__file__).parent / "templates"
_TEMPLATE = "dashboard.html.j2"
_LIMIT_COUNT = 400
FRAME_RATIO = 0.005
FRAMES_LIMIT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardData:
    """What the dashboard shows. `samples` holds the newest evidence by target id; `as_of` is the time it speaks of.

    `runs` are those of the history, `subjects` the first lines of their commits, `commit_url` their page.
    `explanations` are by target id, between its implementations and between two trees.
    """

    project: str
    as_of: datetime
    judgements: Sequence[Judgement]
    history: Sequence[VerdictRecord] = ()
    samples: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    fingerprint: Fingerprint | None = None
    disturbances: Sequence[str] = ()
    runs: Sequence[Run] = ()
    subjects: Mapping[str, str] = field(default_factory=dict)
    explanations: Sequence[Mapping[str, Explanation]] = ()
    commit_url: str | None = None


def render_dashboard(data: DashboardData) -> str:
    """The page. Targets keep the order of the judgements."""
    history = by_target(data.history)
    timeline = timeline_of(data.history, data.runs, subjects=data.subjects)
    cards, charts, trends, flames = [], {}, {}, {}
    for judgement in data.judgements:
        records = history.get(judgement.target.id, ())
        trend = trend_of(records, judgement.deciding, timeline=timeline)
        card = card_of(judgement, records, trend)
        cards.append(card)
        charts[card.id] = _charts(judgement, trend, data.samples.get(judgement.target.id, ()))
        trends[judgement.target.id] = trend
        flames[card.id] = [
            flame_of(each[judgement.target.id], least_ratio=FRAME_RATIO, limit=FRAMES_LIMIT)
            for each in data.explanations
            if judgement.target.id in each
        ]
    columns = [name for name in cards[0].fields if any(card.fields[name][0] for card in cards)] if cards else []
    newest = newest_evidence(data.judgements)
    noise = noise_of(sample for samples in data.samples.values() for sample in samples)
    scripts = (_asset("vendor/uPlot.iife.min.js"), _asset("dashboard.js"), _asset("frames.js"))
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, finalize=_plain, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template(_TEMPLATE).render(
        project=data.project,
        as_of=f"{data.as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        provenance=[newest.machine_text, commit_text(newest)] if newest else [],
        cards=cards,
        charts=charts,
        flames=flames,
        columns=("Target", *columns),
        figure_text=figure_text,
        bars_of=bars_of,
        percent_text=percent_text,
        glance=glance_of(data.judgements),
        width=WIDTH,
        moved=moves(data.judgements, trends),
        runs=[*timeline.values()],
        counts=[(verdict.value, sum(each.verdict is verdict for each in data.judgements)) for verdict in Verdict],
        sections=[each.value for each in Section if any(j.target.section is each for j in data.judgements)],
        fingerprint=_machine(data.fingerprint),
        disturbances=data.disturbances,
        has_noise=noise is not None,
        scripts=scripts,
        styles=(_asset("vendor/uPlot.min.css"), _asset("dashboard.css"), _asset("frames.css")),
        script_digests=[_digest(script) for script in scripts],
        numbers=htmlsafe_json_dumps(
            {
                "targets": charts,
                "noise": noise,
                "runs": [[each.at_s, each.commit, each.subject] for each in timeline.values()],
                "commit_url": _page(data.commit_url),
            },
            allow_nan=False,
            separators=(",", ":"),
        ),
    )


def _charts(judgement: Judgement, trend: Trend | None, samples: Sequence[Sample]) -> Json:
    promises = [each.expectation for each in judgement.findings if isinstance(each.expectation, Budget)]
    bound_ns = next((each.bound for each in promises if each.unit is Unit.NANOSECONDS), None)
    return {
        "history": trend.chart if trend else None,
        "distribution": distribution_of(samples, bound_ns),
        "load": load_curve_of(samples),
    }


def _page(commit_url: str | None) -> str | None:
    """Where a commit can be read, if that is a plain web address."""
    is_plain = commit_url is not None and re.fullmatch(r"https://[\w.-]+(?:/[\w.~-]+)+/", commit_url, re.ASCII)
    return commit_url if is_plain else None


def _machine(fingerprint: Fingerprint | None) -> list[tuple[str, str]]:
    if fingerprint is None:
        return []
    fields = [(name, "not told by the system" if value is None else value) for name, value in fingerprint.fields]
    return [("machine", fingerprint.text), ("digest", fingerprint.digest), *fields]


def _plain(shown: Any) -> Any:
    """Text as one visible line of bounded length, whoever wrote it; what is markup already stays."""
    if not isinstance(shown, str) or hasattr(shown, "__html__"):
        return shown
    return clipped(shown if shown.isascii() and shown.isprintable() else visible_line(shown), _LIMIT_COUNT)


def _asset(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text("utf-8").strip())  # noqa: S704 - a file of ours


def _digest(script: str) -> str:
    """The script's name in a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(f"\n{script}\n".encode()).digest()).decode()
