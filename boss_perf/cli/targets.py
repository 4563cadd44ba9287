"""Commands about the promises themselves: init, check, schema, import."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import typer

from boss_perf.cli.flags import AsJson, ProjectFlags
from boss_perf.cli.project import Project, read_bytes, read_project
from boss_perf.cli.settings import text_in
from boss_perf.cli.streams import say
from boss_perf.cli.trees import default_suite
from boss_perf.errors import MeasureError, TargetsError, UsageError
from boss_perf.formats.gate_json import schema_text
from boss_perf.measure.collection import collect
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.revision import git
from boss_perf.measure.tree import import_path
from boss_perf.model.units import several
from boss_perf.report.writing import write_text
from boss_perf.targets.fields import schema as make_schema
from boss_perf.targets.resolution import check_workloads
from boss_perf.targets.starter import FIRST_BENCHMARK, FIRST_TEXT, starter_of
from boss_perf.text import visible_line
from boss_perf.tracker_import.importer import import_tracker
from boss_perf.worker.asv_config import usable_suites
from boss_perf.worker.messages import Collected

WORKFLOW = Path(".github") / "workflows" / "performance.yml"


def init(
    folder: Path = typer.Argument(Path(), help="The project."),
    suite: list[str] = typer.Option(
        None, "--suite", metavar="PATH", help="Test files or folders. [default: benchmarks, tests, …]"
    ),
    force: bool = typer.Option(False, "--force", help="Replace files that are there."),
) -> None:
    """Find the benchmarks of a project and write a commented targets.yaml. Example: boss-perf init"""
    root = folder.resolve()
    if not root.is_dir():
        raise UsageError("no such folder", where=str(folder))
    files = tuple(suite) if suite else default_suite(root)
    found = _collected(root, files)
    if not found.workloads and not found.errors and not suite:
        _keep(root / FIRST_BENCHMARK, FIRST_TEXT, force=False)
        found = _collected(root, (FIRST_BENCHMARK,))
    try:
        branch: str | None = git(root, "rev-parse", "--abbrev-ref", "origin/HEAD").removeprefix("origin/")
    except MeasureError:
        branch = None
    found_files, asv = sorted({each.file for each in found.workloads}), usable_suites(str(root))
    benchmarks = [each.workload for each in found.workloads if each.kind == "benchmark"]
    starter = starter_of(
        _project_name(root),
        files=found_files,
        node_ids=benchmarks,
        other_kinds=[each.kind for each in found.workloads if each.kind != "benchmark"],
        default_branch=branch,
        package="boss-perf[asv]" if any(each.holds(file) for each in asv for file in found_files) else "boss-perf",
    )
    for file, message in found.errors:
        say(visible_line(f"left out {file}: {message}"), err=True)
    _keep(root / "targets.yaml", starter.targets_text, force=force)
    _keep(root / "targets.schema.json", _schema_text(), force=force)
    _keep(root / WORKFLOW, starter.workflow_text, force=force)
    _ignore_history(root)
    for step in starter.next_steps:
        say(step)


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
    sources = {file: text for file in files if (text := text_in(project.root, Path(file))) is not None}
    near = tuple(sources) or default_suite(project.root)
    folders = {str(Path(file).parent) for file in files if file not in sources}
    near += tuple(sorted(folder for folder in folders if (project.root / folder).is_dir()))
    collected = _collected(project.root, near)
    kinds = {each.workload: each.kind for each in collected.workloads}
    check_workloads(project.target_set, kinds=kinds, errors=dict(collected.errors), sources=sources)


def schema(
    kind: str = typer.Argument("targets", metavar="[KIND]", help="targets: of targets.yaml; result: of --output json."),
) -> None:
    """Print a JSON Schema, for editors and readers of results. Example: boss-perf schema > targets.schema.json"""
    if kind not in ("targets", "result"):
        raise UsageError(f"no schema of {kind!r}", hint="there are targets and result")
    say(schema_text() if kind == "result" else _schema_text())


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


def _collected(root: Path, files: tuple[str, ...]) -> Collected:
    return collect(ArmPlace(root=root, path=import_path(root)), files)


def _schema_text() -> str:
    """That of targets.yaml."""
    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


def _keep(place: Path, text: str, *, force: bool) -> None:
    if place.exists() and not force:
        say(f"kept {_shown(place)}, it is there already (--force replaces it)")
        return
    write_text(place, text)
    say(f"wrote {_shown(place)}")


def _shown(place: Path) -> str:
    """The path from here where it lies below."""
    return visible_line(str(place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place))


def _ignore_history(root: Path) -> None:
    """What a change could have written is not believed."""
    place = root / ".gitignore"
    lines = (text_in(root, Path(place.name)) or "").splitlines()
    if not {".boss-perf", ".boss-perf/", "/.boss-perf/"} & {line.strip() for line in lines}:
        write_text(place, "\n".join([*lines, ".boss-perf/", ""]))
        say(f"added .boss-perf/ to {_shown(place)}")


def _project_name(root: Path) -> str:
    """What pyproject.toml calls it, else the folder's name."""
    try:
        said = tomllib.loads(text_in(root) or "")
        poetry = said.get("tool", {}).get("poetry", {})
        return str(said.get("project", poetry).get("name") or poetry.get("name") or root.name)
    except (OSError, ValueError, AttributeError):
        return root.name
