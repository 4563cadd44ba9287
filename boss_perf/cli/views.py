"""`boss-perf dashboard`, `trend` and `export`: the same evidence for eyes and for other tools."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console

from boss_perf.cli.evidence import explanations_of, judge_history, workload_of
from boss_perf.cli.flags import ProjectFlags
from boss_perf.cli.project import open_evidence, read_project
from boss_perf.cli.provisioned import check_provisioned
from boss_perf.cli.runs import new_run
from boss_perf.errors import UsageError
from boss_perf.formats.openmetrics import render_openmetrics
from boss_perf.measure.commits import commit_subjects, commit_url
from boss_perf.measure.disturbance import describe_machine_now
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.runs import PROVISIONED, RunKind
from boss_perf.model.units import format_change, format_quantity
from boss_perf.names import closest
from boss_perf.plan import choose
from boss_perf.report.dashboard import DashboardData, render_dashboard
from boss_perf.report.escaping import visible_line
from boss_perf.report.grafana import render_dashboards
from boss_perf.report.sparkline import sparkline
from boss_perf.report.writing import write_text
from boss_perf.stats.series import change_points
from boss_perf.store.artifact import run_to_json
from boss_perf.store.evidence import EVIDENCE_KINDS

DASHBOARD = Path("reports") / "dashboard.html"
KINDS = ("openmetrics", "grafana", "run")


def dashboard(
    here: ProjectFlags,
    output: Path = typer.Option(None, "--output", "-o", help="The file. [default: reports/dashboard.html]"),
    grafana: str = typer.Option(None, "--grafana", metavar="URL", help="Also check that this Grafana serves ours."),
) -> None:
    """Write the dashboard, one HTML file that opens offline. Example: boss-perf dashboard"""
    project = read_project(here.targets)
    if grafana:
        check_provisioned(grafana)
    with open_evidence(project.root, here.store) as history:
        note = PROVISIONED if grafana else ""
        run = new_run(project.root, project.target_set, RunKind.DASHBOARD, seed=0, note=note)
        judgements = judge_history(project.target_set, history, root=project.root)
        workloads = {target.id: workload_of(target) for target in project.target_set.targets}
        newest = history.newest_evidence_of_all(sorted({each for each in workloads.values() if each}))
        samples = {name: newest[each][1] for name, each in workloads.items() if each in newest}
        runs = [run for kind in EVIDENCE_KINDS for run in history.runs(limit=1000, kind=kind)]
        data = DashboardData(
            project=project.target_set.project,
            as_of=max((j.evidence.measured_at for j in judgements if j.evidence), default=run.started_at),
            judgements=judgements,
            history=history.verdict_history(limit_per_target=200),
            samples=samples,
            fingerprint=run.fingerprint,
            disturbances=describe_machine_now(),
            runs=runs,
            subjects=commit_subjects(project.root, {run.commit for run in runs if run.commit}),
            commit_url=commit_url(project.root),
            explanations=[
                explanations_of(project.target_set, history.explanations(is_one_tree=each)) for each in (True, False)
            ],
        )
        place = output or project.root / DASHBOARD
        write_text(place, render_dashboard(data))
        history.save_run(run)
        history.finish_run(run.id, datetime.now(UTC))
    typer.echo(f"wrote {place}")


def trend(
    here: ProjectFlags,
    target_id: str = typer.Argument(..., metavar="ID", help="A target."),
) -> None:
    """Show a target's history and where its level moved. Example: boss-perf trend llm-response-parsing"""
    project = read_project(here.targets)
    target = choose(project.target_set, words=[target_id])[0]
    with open_evidence(project.root, here.store) as history:
        records = [
            each for each in history.verdict_history(target.id) if each.value is not None and each.unit is not None
        ]
        commits = {run.id: (run.commit or "")[:7] for run in history.runs(limit=len(records) + 200)}
    console = Console(highlight=False)
    if not records:
        console.print(f"{target.id}: nothing was measured yet", markup=False)
        return
    console.print(visible_line(target.name), markup=False)
    for name in dict.fromkeys((*map(figure_of, target.expectations), *(each.figure_of for each in records))):
        _print_trend(console, name, [each for each in records if each.figure_of == name], commits)
    console.print("a trend is evidence for people, never the gate", markup=False)


def _print_trend(console: Console, name: str, records: list[VerdictRecord], commits: Mapping[str, str]) -> None:
    """The history of one promise's figure on the machine that measured it last, each measurement once."""
    if not records:
        return
    machine = records[-1].machine
    same = list({each.evidence_run_id or each.run_id: each for each in records if each.machine == machine}.values())
    values = [each.value if each.ratio is None else each.ratio for each in same]
    figures = [value for value in values if value is not None]
    counted = "1 run" if len(same) == 1 else f"{len(same)} runs on one machine"
    title = visible_line(name) or "unknown promise, kept by an earlier version"
    console.print(f"{title}: {counted}  {sparkline(figures)}", markup=False)
    for record, value in list(zip(same, values, strict=True))[-10:]:
        if value is not None and record.unit is not None and record.measured_at is not None:
            shown = format_quantity(value, record.unit) if record.ratio is None else format_change(value)
            commit = commits.get(record.evidence_run_id or record.run_id, "")
            told = f"{record.measured_at:%Y-%m-%d %H:%M}  {commit:7}  {record.verdict.value:10}  {shown}"
            console.print(f"  {told}  {visible_line(record.expectation)}".rstrip(), markup=False)
    points = change_points(figures)
    for point in points:
        measured_at = same[point.index].measured_at
        day = f"{measured_at:%Y-%m-%d %H:%M}" if measured_at else "?"
        console.print(f"  level moved by {format_change(point.ratio)} at {day}", markup=False)
    if not points:
        console.print("  no lasting step was found", markup=False)


def export(
    here: ProjectFlags,
    kind: str = typer.Argument(..., help="openmetrics, grafana or run."),
    to: Path = typer.Option(None, "--to", help="The file, or the folder for grafana. [default: the terminal]"),
    raw: bool = typer.Option(False, "--raw", help="With run: include raw observations."),
) -> None:
    """Hand the evidence to other tools. Example: boss-perf export openmetrics --to metrics.prom"""
    if kind not in KINDS:
        raise UsageError(f"cannot export {kind!r}", hint=f"did you mean {closest(kind, KINDS) or KINDS[0]!r}?")
    if kind == "grafana":
        _export_grafana(to)
        return

    project = read_project(here.targets)
    with open_evidence(project.root, here.store) as history:
        if kind == "run":
            runs = (run for kind in EVIDENCE_KINDS for run in history.runs(limit=1, kind=kind))
            newest = max(runs, key=lambda run: run.started_at, default=None)
            if newest is None:
                raise UsageError("there is no run to export", hint="run `boss-perf bench` first")
            text = run_to_json(newest, history.samples(newest.id), with_raw=raw)
        else:
            judgements = judge_history(project.target_set, history, root=project.root)
            text = render_openmetrics(judgements, project=project.target_set.project)
    if to is None:
        typer.echo(text, nl=False)
    else:
        write_text(to, text)
        typer.echo(f"wrote {to}")


def _export_grafana(folder: Path | None) -> None:
    for name, content in render_dashboards().items():
        text = json.dumps(content, indent=2) + "\n"
        if folder is None:
            typer.echo(text, nl=False)
        else:
            write_text(folder / name, text)
            typer.echo(f"wrote {folder / name}")
