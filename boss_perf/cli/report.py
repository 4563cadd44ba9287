"""`boss-perf report` and `status`: the tracker, in a file and in the terminal."""

from pathlib import Path

import typer

from boss_perf.cli.evidence import judge_history
from boss_perf.cli.flags import ProjectFlags
from boss_perf.cli.progress import wide_console
from boss_perf.cli.project import Project, open_evidence, read_project, store_address
from boss_perf.errors import ExitStatus
from boss_perf.report.terminal import status_tables
from boss_perf.report.tracker import render_tracker
from boss_perf.report.view import TrackerView, build_view
from boss_perf.report.writing import is_current, write_text
from boss_perf.store.history import History

TRACKER = Path("reports") / "performance_tracker.md"


def report(
    here: ProjectFlags,
    output: Path = typer.Option(None, "--output", "-o", help="The file. [default: reports/performance_tracker.md]"),
    template: Path = typer.Option(None, "--template", help="A Jinja template in place of the built-in one."),
    check: bool = typer.Option(False, "--check", help="Write nothing; exit 3 if the file disagrees with the evidence."),
) -> None:
    """Write the Markdown tracker from the evidence. Example: boss-perf report --check"""
    project = read_project(here.targets)
    place = output or project.root / TRACKER
    text = render_tracker(tracker_view(project, here.store), template_path=template)
    if check:
        if is_current(place, text):
            typer.echo(f"{place} agrees with the evidence")
            return
        typer.echo(f"{place} does not agree with the evidence; `boss-perf report` writes it anew", err=True)
        raise typer.Exit(ExitStatus.MISSED)
    write_text(place, text)
    typer.echo(f"wrote {place}")


def status(here: ProjectFlags) -> None:
    """Show the tracker in the terminal. Example: boss-perf status"""
    project = read_project(here.targets)
    wide_console().print(status_tables(tracker_view(project, here.store)))


def tracker_view(project: Project, store: str | None) -> TrackerView:
    """The tracker as it stands; without a history everything is unmeasured."""
    address = store_address(project.root, store)
    is_missing = "://" not in address and not Path(address).exists()
    with History.open(":memory:") if is_missing else open_evidence(project.root, store) as history:
        judgements = judge_history(project.target_set, history, root=project.root)
        run_ids = dict.fromkeys(each.evidence.run_id for each in judgements if each.evidence is not None)
        return build_view(
            project.target_set,
            judgements,
            records=history.verdict_history(limit_per_target=50),
            completed_by_month=history.first_completed_by_month(),
            runs=[history.run(each) for each in run_ids],
        )
