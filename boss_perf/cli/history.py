"""`boss-perf history`: what was measured when, forgetting a run, copying all to a team's store."""

import json
from typing import Any

import typer

from boss_perf.cli.flags import AsJson, ProjectFlags
from boss_perf.cli.project import open_history, read_project
from boss_perf.cli.streams import say
from boss_perf.errors import UsageError
from boss_perf.model.runs import Run
from boss_perf.store.history import History


def history(
    here: ProjectFlags,
    action: str = typer.Argument("list", help="list, drop, or copy."),
    run_id: str = typer.Argument(None, metavar="RUN", help="With drop: the run, as `list` names it."),
    to: str = typer.Option(None, "--to", help="With copy: a file or postgresql:// address."),
    count: int = typer.Option(20, "--count", help="With list: how many runs, the newest first."),
    as_json: AsJson = False,
) -> None:
    """List the runs, drop one, or copy the history elsewhere. Example: boss-perf history copy --to postgresql://host/perf"""
    root = read_project(here.targets).root
    if action not in ("list", "drop", "copy"):
        raise UsageError(f"history can list, drop and copy, not {action!r}")
    if action == "drop" and run_id is None:
        raise UsageError("which run?", hint="`boss-perf history` lists them")
    if action == "copy" and not to:
        raise UsageError("where to?", hint="--to FILE or --to postgresql://…")
    with open_history(root, here.store, create=False) as source:
        if action == "list":
            documents = [_document(run) for run in source.runs(limit=count)]
            say(json.dumps(documents, indent=2) if as_json else "\n".join(map(_line, documents)))
            return
        if action == "drop":
            source.drop_run(run_id)
            done: dict[str, Any] = {"dropped": run_id}
            told = f"dropped {run_id}"
        else:
            with History.open(to) as destination:
                copied = source.copy_to(destination)
                done = {f"{table}_count": copied[table] for table in ("run", "sample", "verdict")}
            told = "{run_count} runs, {sample_count} samples and {verdict_count} verdicts were new there".format(**done)
    say(json.dumps(done) if as_json else told)


def _document(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "kind": run.kind.value,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "commit": run.commit,
        "is_dirty": run.is_dirty,
        "machine": run.fingerprint.text,
    }


def _line(run: dict[str, Any]) -> str:
    state = "finished" if run["finished_at"] else "interrupted"
    at, commit = run["started_at"][:16].replace("T", " "), (run["commit"] or "no commit")[:12]
    return f"{at}  {run['kind']:9}  {commit:12}  {state:11}  {run['run']}"
