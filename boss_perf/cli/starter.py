"""`boss-perf init`: a first targets.yaml and workflow for a suite that is there."""

import sys
from pathlib import Path

import typer

from boss_perf.cli.trees import default_suite
from boss_perf.errors import MeasureError, UsageError
from boss_perf.measure.collection import collect, import_path
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.revision import git
from boss_perf.report.escaping import visible_line
from boss_perf.report.writing import write_text
from boss_perf.targets.starter import starter_of

WORKFLOW = Path(".github") / "workflows" / "performance.yml"


def init(
    folder: Path = typer.Argument(Path(), help="The project."),
    suite: list[str] = typer.Option(None, "--suite", help="Test files or folders. [default: benchmarks, tests, …]"),
    force: bool = typer.Option(False, "--force", help="Replace files that are there."),
) -> None:
    """Find the benchmarks of a project and write a commented targets.yaml. Example: boss-perf init"""
    root = folder.resolve()
    if not root.is_dir():
        raise UsageError("no such folder", where=str(folder))
    files = tuple(suite) if suite else default_suite((root, None))
    found = collect(ArmPlace(root=root, files=files, path=import_path(root), python=sys.executable))
    try:
        branch: str | None = git(root, "rev-parse", "--abbrev-ref", "origin/HEAD").removeprefix("origin/")
    except MeasureError:
        branch = None
    starter = starter_of(
        root.name, files=sorted({each.file for each in found.found}), node_ids=found.names, default_branch=branch
    )
    for file, message in found.errors:
        typer.echo(visible_line(f"left out {file}: {message}"), err=True)
    for place, text in ((root / "targets.yaml", starter.targets_text), (root / WORKFLOW, starter.workflow_text)):
        if place.exists() and not force:
            typer.echo(f"kept {place}, it is there already (--force replaces it)")
            continue
        write_text(place, text)
        typer.echo(f"wrote {place}")
    for step in starter.next_steps:
        typer.echo(step)
