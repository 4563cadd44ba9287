"""Commands about the promises themselves: check, schema, import-tracker."""

import json
from pathlib import Path

import typer

from boss_perf.cli.flags import ProjectFlags
from boss_perf.cli.project import read_bytes
from boss_perf.errors import TargetsError, UsageError
from boss_perf.formats.gate_json import schema_text
from boss_perf.report.writing import write_text
from boss_perf.targets.loader import parse_targets
from boss_perf.targets.schema import schema as make_schema
from boss_perf.tracker_import.importer import import_tracker as convert


def check(here: ProjectFlags) -> None:
    """Check targets.yaml: every complaint with file, line and column. Example: boss-perf check -t targets.yaml"""
    target_set = parse_targets(read_bytes(here.targets), path=str(here.targets))
    with_workload = sum(1 for target in target_set.targets if target.workload)
    typer.echo(f"{here.targets}: {len(target_set.targets)} targets, {with_workload} with a workload, no complaint")


def schema(
    kind: str = typer.Argument("targets", metavar="[KIND]", help="targets: of targets.yaml; result: of --output json."),
) -> None:
    """Print a JSON Schema, for editors and readers of results. Example: boss-perf schema > targets.schema.json"""
    if kind not in ("targets", "result"):
        raise UsageError(f"no schema of {kind!r}", hint="there are targets and result")
    if kind == "result":
        typer.echo(schema_text(), nl=False)
        return
    typer.echo(json.dumps(make_schema(), indent=2, ensure_ascii=False))


def import_tracker(
    file: Path = typer.Argument(..., help="A Markdown tracker."),
    output: Path = typer.Option(Path("targets.yaml"), "--output", "-o", help="Where to write; - is the terminal."),
    force: bool = typer.Option(False, "--force", help="Replace an existing file."),
) -> None:
    """Turn a Markdown tracker into targets.yaml. Example: boss-perf import-tracker docs/performance_tracker.md"""
    imported = convert(read_bytes(file), path=str(file))
    for remark in imported.remarks:
        typer.echo(remark, err=True)
    if str(output) == "-":
        typer.echo(imported.yaml_text, nl=False)
        return
    if output.exists() and not force:
        raise TargetsError("exists already", where=str(output), hint="--force replaces it, --output names another file")
    write_text(output, imported.yaml_text)
    typer.echo(f"{output}: {imported.row_count} rows of {file} kept")
