"""`boss-perf init`: a first targets.yaml and workflow for a suite that is there."""

import json
import tomllib
from pathlib import Path

import typer

from boss_perf.cli.streams import say
from boss_perf.cli.trees import default_suite
from boss_perf.errors import MeasureError, UsageError
from boss_perf.measure.collection import collect
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.revision import git
from boss_perf.measure.tree import import_path
from boss_perf.report.writing import write_text
from boss_perf.targets.fields import schema
from boss_perf.targets.starter import FIRST_BENCHMARK, FIRST_TEXT, starter_of
from boss_perf.text import visible_line
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
    _keep(root / "targets.schema.json", json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", force=force)
    _keep(root / WORKFLOW, starter.workflow_text, force=force)
    _ignore(root / ".gitignore")
    for step in starter.next_steps:
        say(step)


def _collected(root: Path, files: tuple[str, ...]) -> Collected:
    return collect(ArmPlace(root=root, files=files, path=import_path(root)))


def _keep(place: Path, text: str, *, force: bool) -> None:
    if place.exists() and not force:
        say(f"kept {_shown(place)}, it is there already (--force replaces it)")
        return
    write_text(place, text)
    say(f"wrote {_shown(place)}")


def _shown(place: Path) -> str:
    """The path from here where it lies below."""
    return visible_line(str(place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place))


def _ignore(place: Path) -> None:
    """Have git ignore the history: what a change could have written is not believed."""
    lines = place.read_text(encoding="utf-8", errors="replace").splitlines() if place.is_file() else []
    if not {".boss-perf", ".boss-perf/", "/.boss-perf/"} & {line.strip() for line in lines}:
        write_text(place, "\n".join([*lines, ".boss-perf/", ""]))
        say(f"added .boss-perf/ to {_shown(place)}")


def _project_name(root: Path) -> str:
    """What pyproject.toml calls it, else the folder's name."""
    try:
        said = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        poetry = said.get("tool", {}).get("poetry", {})
        return str(said.get("project", poetry).get("name") or poetry.get("name") or root.name)
    except (OSError, ValueError, AttributeError):
        return root.name
