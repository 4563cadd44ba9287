"""`boss-perf history`: what was measured when, forgetting a run, copying all to a team's store."""

import typer

from boss_perf.cli.flags import ProjectFlags
from boss_perf.cli.project import open_history, read_project
from boss_perf.errors import UsageError
from boss_perf.store.history import History


def history(
    here: ProjectFlags,
    action: str = typer.Argument("list", help="list, drop, or copy."),
    run_id: str = typer.Argument(None, metavar="RUN", help="With drop: the run, as `list` names it."),
    to: str = typer.Option(None, "--to", help="With copy: a file or postgresql:// address."),
) -> None:
    """List the runs, drop one, or copy the history elsewhere. Example: boss-perf history copy --to postgresql://host/perf"""
    root = read_project(here.targets).root
    with open_history(root, here.store, create=False) as source:
        if action == "list":
            for run in source.runs(limit=20):
                state = "finished" if run.finished_at else "interrupted"
                commit = (run.commit or "no commit")[:12]
                typer.echo(f"{run.started_at:%Y-%m-%d %H:%M}  {run.kind.value:9}  {commit:12}  {state}  {run.id}")
            return
        if action == "drop":
            if run_id is None:
                raise UsageError("which run?", hint="`boss-perf history` lists them")
            source.drop_run(run_id)
            typer.echo(f"dropped {run_id}")
            return
        if action != "copy":
            raise UsageError(f"history can list, drop and copy, not {action!r}")
        if not to:
            raise UsageError("where to?", hint="--to FILE or --to postgresql://…")
        with History.open(to) as destination:
            copied = source.copy_to(destination)
    typer.echo(
        f"{copied.run_count} runs, {copied.sample_count} samples and {copied.verdict_count} verdicts were new there"
    )
