"""`boss-perf dashboard` and `export`: the same evidence for eyes and for other tools."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from boss_perf.cli.flags import ProjectFlags
from boss_perf.cli.judging import explanations_of, judge_history, workload_of
from boss_perf.cli.project import open_evidence, read_project
from boss_perf.cli.provisioned import check_provisioned
from boss_perf.cli.run_recorder import new_run
from boss_perf.cli.streams import say
from boss_perf.errors import UsageError
from boss_perf.formats.openmetrics import render_openmetrics
from boss_perf.measure.machine.disturbance import describe_machine_now
from boss_perf.measure.revision import commit_subjects, commit_url
from boss_perf.model.runs import PROVISIONED, RunKind
from boss_perf.report.dashboard import DashboardData, render_dashboard
from boss_perf.report.digest import digest_of_judgements
from boss_perf.report.grafana import dashboard_texts
from boss_perf.report.writing import write_text
from boss_perf.store.artifact import run_to_json
from boss_perf.store.evidence import EVIDENCE_KINDS
from boss_perf.text import did_you_mean

DASHBOARD = Path("reports") / "dashboard.html"
KINDS = ("openmetrics", "grafana", "run")


def dashboard(
    here: ProjectFlags,
    to: Path = typer.Option(None, "--to", help="The file. [default: reports/dashboard.html]"),
    grafana: str = typer.Option(None, "--grafana", metavar="URL", help="Also check that this Grafana serves ours."),
) -> None:
    """Write the dashboard, one HTML file that opens offline. Example: boss-perf dashboard"""
    project = read_project(here.targets)
    if grafana:
        check_provisioned(grafana)
    with open_evidence(project.root, here.store) as history:
        note = PROVISIONED if grafana else ""
        run = new_run(project.root, project.target_set, RunKind.DASHBOARD, seed=0, note=note)
        judgements = judge_history(project, history)
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
        place = to or project.root / DASHBOARD
        write_text(place, render_dashboard(data))
        history.save_run(run)
        history.finish_run(run.id, datetime.now(UTC))
    say(f"wrote {place}")


def export(
    here: ProjectFlags,
    kind: str = typer.Argument(..., help="openmetrics, grafana or run."),
    to: Path = typer.Option(None, "--to", help="The file, or the folder for grafana. [default: the terminal]"),
    raw: bool = typer.Option(False, "--raw", help="With run: include raw observations."),
) -> None:
    """Hand the evidence to other tools. Example: boss-perf export openmetrics --to metrics.prom"""
    if kind not in KINDS:
        raise UsageError(f"cannot export {kind!r}", hint=did_you_mean(kind, KINDS) or ", ".join(KINDS))
    if kind == "grafana":
        for name, text in dashboard_texts().items():
            _hand_over(text, None if to is None else to / name)
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
            judgements = judge_history(project, history)
            loads = [workload_of(target) for target in project.target_set.targets if target.load is not None]
            loaded = history.newest_evidence_of_all([each for each in loads if each])
            samples = [sample for _, of_run in loaded.values() for sample in of_run]
            text = render_openmetrics(digest_of_judgements(judgements, title=project.target_set.project), loads=samples)
    _hand_over(text, to)


def _hand_over(text: str, place: Path | None) -> None:
    if place is None:
        say(text)
        return
    write_text(place, text)
    say(f"wrote {place}")
