"""`boss-perf report` and `status`: the tracker, in a file and in the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boss_perf.cli.project import STORE, TARGETS, Project, read_project
from boss_perf.errors import ExitStatus

if TYPE_CHECKING:
    from boss_perf.report.view import TrackerView

TRACKER = Path("reports") / "performance_tracker.md"


def report(
    targets: Path = TARGETS,
    store: str = STORE,
    output: Path = typer.Option(None, "--output", "-o", help="The file. [default: reports/performance_tracker.md]"),
    template: Path = typer.Option(None, "--template", help="A Jinja template in place of the built-in one."),
    check: bool = typer.Option(False, "--check", help="Write nothing; exit 3 if the file disagrees with the evidence."),
) -> None:
    """Write the Markdown tracker from the evidence. Example: boss-perf report --check"""
    from boss_perf.report.tracker import render_tracker
    from boss_perf.report.writing import is_current, write_text

    project = read_project(targets)
    place = output or project.root / TRACKER
    text = render_tracker(tracker_view(project, store), template_path=template)
    if check:
        if is_current(place, text):
            typer.echo(f"{place} agrees with the evidence")
            return
        typer.echo(f"{place} does not agree with the evidence; `boss-perf report` writes it anew", err=True)
        raise typer.Exit(ExitStatus.MISSED)
    write_text(place, text)
    typer.echo(f"wrote {place}")


def status(targets: Path = TARGETS, store: str = STORE) -> None:
    """Show the tracker in the terminal. Example: boss-perf status"""
    from boss_perf.cli.progress import wide_console
    from boss_perf.report.terminal import status_tables

    project = read_project(targets)
    wide_console().print(status_tables(tracker_view(project, store)))


def tracker_view(project: Project, store: str | None) -> "TrackerView":
    """The tracker as it stands; without a history everything is unmeasured."""
    from boss_perf.cli.evidence import judge_history
    from boss_perf.cli.project import store_address
    from boss_perf.report.view import build_view
    from boss_perf.store.history import History

    address = store_address(project.root, store)
    is_file = "://" not in address
    if is_file and not Path(address).exists():
        address = ":memory:"
    with History.open(address, create=not is_file or address == ":memory:") as history:
        judgements = judge_history(project.target_set, history, root=project.root)
        run_ids = dict.fromkeys(each.evidence.run_id for each in judgements if each.evidence is not None)
        return build_view(
            project.target_set,
            judgements,
            records=history.verdict_history(limit_per_target=50),
            completed_by_month=history.first_completed_by_month(),
            runs=[history.run(each) for each in run_ids],
        )


COMMANDS = {"report": report, "status": status}
