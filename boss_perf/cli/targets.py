"""Commands about the promises themselves: check, schema, import."""

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from boss_perf.cli.flags import AsJson, ProjectFlags
from boss_perf.cli.project import Project, read_bytes, read_project
from boss_perf.cli.streams import say
from boss_perf.cli.trees import default_suite
from boss_perf.errors import TargetsError, UsageError
from boss_perf.formats.gate_json import schema_text
from boss_perf.measure.collection import collect
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.tree import import_path
from boss_perf.model.units import several
from boss_perf.report.writing import write_text
from boss_perf.targets.fields import schema as make_schema
from boss_perf.targets.resolution import check_workloads
from boss_perf.tracker_import.importer import import_tracker


def check(
    here: ProjectFlags,
    no_collect: bool = typer.Option(False, "--no-collect", help="Read targets.yaml only, without asking pytest."),
    as_json: AsJson = False,
) -> None:
    """Check targets.yaml: every complaint with file, line and column. Example: boss-perf check -t targets.yaml

    The tests that it names are collected too: is each there, and can it prove what is promised of it?
    """
    try:
        project = read_project(here.targets)
        workloads = [target.workload for target in project.target_set.targets if target.workload]
        if workloads and not no_collect:
            _resolve(project, workloads)
    except TargetsError as error:
        if not as_json:
            raise
        found = [{"where": each.where, "message": each.message, "hint": each.hint} for each in error.complaints]
        say(json.dumps({"is_ok": False, "message": str(error.message), "complaints": found}, indent=2))
        raise typer.Exit(error.exit_status) from error
    count = len(project.target_set.targets)
    if as_json:
        say(json.dumps({"is_ok": True, "targets": count, "workloads": len(set(workloads))}, indent=2))
        return
    told = "not looked for" if no_collect else "all there"
    named = several(len(set(workloads)), "workload")
    say(f"{here.targets}: {several(count, 'target')}, {named} {told}: no complaint")


def _resolve(project: Project, workloads: Sequence[str]) -> None:
    files = sorted({workload.partition("::")[0] for workload in workloads})
    sources = {
        file: (project.root / file).read_text(encoding="utf-8", errors="replace")
        for file in files
        if (project.root / file).is_file()
    }
    near = tuple(sources) or default_suite(project.root)
    folders = {str(Path(file).parent) for file in files if file not in sources}
    near += tuple(sorted(folder for folder in folders if (project.root / folder).is_dir()))
    collected = collect(ArmPlace(root=project.root, files=near, path=import_path(project.root)))
    kinds = {each.workload: each.kind for each in collected.workloads}
    check_workloads(project.target_set, kinds=kinds, errors=dict(collected.errors), sources=sources)


def schema(
    kind: str = typer.Argument("targets", metavar="[KIND]", help="targets: of targets.yaml; result: of --output json."),
) -> None:
    """Print a JSON Schema, for editors and readers of results. Example: boss-perf schema > targets.schema.json"""
    if kind not in ("targets", "result"):
        raise UsageError(f"no schema of {kind!r}", hint="there are targets and result")
    if kind == "result":
        say(schema_text())
        return
    say(json.dumps(make_schema(), indent=2, ensure_ascii=False))


def import_(
    file: Path = typer.Argument(
        ..., help="A Markdown file whose tables or lists name something and promise an amount."
    ),
    to: Path = typer.Option(Path("targets.yaml"), "--to", help="Where to write; - is the terminal."),
    force: bool = typer.Option(False, "--force", help="Replace an existing file."),
) -> None:
    """Turn a Markdown tracker into targets.yaml. Example: boss-perf import docs/performance_tracker.md

    Rows become promises without a workload: name the test that proves each. Remarks say what could not be read.
    """
    imported = import_tracker(read_bytes(file), path=str(file))
    for remark in imported.remarks:
        say(remark, err=True)
    if str(to) == "-":
        say(imported.yaml_text)
        return
    if to.exists() and not force:
        raise TargetsError("exists already", where=str(to), hint="--force replaces it, --to names another file")
    write_text(to, imported.yaml_text)
    say(f"{to}: {imported.row_count} rows of {file} kept")
