"""`boss-perf load` and `serve`: push the service and prove what it withstands."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live

from boss_perf.cli.flags import OutputFlags, ProjectFlags
from boss_perf.cli.judging import evidence_of, judge_history
from boss_perf.cli.project import Project, open_history, pass_on, read_project, require_positive
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.cli.run_recorder import Keeping, new_run
from boss_perf.cli.streams import say
from boss_perf.errors import MeasureError, UsageError
from boss_perf.judge import judge
from boss_perf.load.capacity_search import find_limit
from boss_perf.load.processes import bundled_service
from boss_perf.load.records import LoadProgress
from boss_perf.load.runner import LoadWorkers, NothingAnswered, run_load
from boss_perf.measure.machine.lock import machine_lock
from boss_perf.model.runs import DISTRIBUTED, RunKind
from boss_perf.model.samples import Sample
from boss_perf.model.targets import LoadProfile, Target
from boss_perf.model.units import Unit, format_quantity
from boss_perf.model.verdicts import Judgement, Verdict
from boss_perf.plan import choose
from boss_perf.report.digest import digest_of_judgements
from boss_perf.text import visible_line


def load(
    here: ProjectFlags,
    answer: OutputFlags,
    words: list[str] = typer.Argument(None, metavar="ID", help="Ids or names under `loads:`; all by default."),
    host: str = typer.Option(None, "--host", help="The address. [default: the target's, else our service]"),
    locustfile: Path = typer.Option(None, "--locustfile", help="A locust file in place of the target's."),
    workers: int = typer.Option(1, "--workers", help="Local processes that make the load."),
    expect_workers: int = typer.Option(None, "--expect-workers", help="Wait for so many workers from other machines."),
    wait_s: float = typer.Option(20.0, "--wait", help="Seconds to wait for workers."),
    bind: str = typer.Option("127.0.0.1", "--bind", help="Where the master listens for workers."),
    port: int = typer.Option(None, "--port", help="The master's port. [default: a free one]"),
    find_limit: bool = typer.Option(False, "--find-limit", help="Search the highest load at which the promises hold."),
    max_users: int = typer.Option(1000, "--max-users", help="Where the search ends."),
) -> None:
    """Run the load targets with locust and keep the raw response times. Example: boss-perf load --workers 2"""
    require_positive("--max-users", max_users)
    wanted = check_outputs(answer)
    project = read_project(here.targets)
    pass_on(project.target_set.policy)
    loads = {each: each.load for each in project.target_set.targets if each.load is not None}
    if not loads:
        example = "for example {name: Search, users: 20, duration: 30 s, expect: p95 < 200 ms}"
        raise UsageError("no target stands under `loads:`", where=project.target_set.path, hint=example)
    chosen = choose(replace(project.target_set, targets=tuple(loads)), words=words or ())
    require_positive("--wait", wait_s)
    asked = LoadWorkers(
        workers=workers, expect_workers=expect_workers, bind_host=bind, master_port=port, worker_wait_s=wait_s
    )  # fmt: skip
    judgements: list[Judgement] = []
    with (
        machine_lock("boss-perf load"),
        nullcontext(None) if find_limit else open_history(project.root, here.store) as history,
        nullcontext(None) if host or all(loads[each].host for each in chosen) else bundled_service() as own_host,
    ):
        for target in chosen:
            profile = loads[target]
            file = locustfile or (project.root / profile.locustfile if profile.locustfile else None)
            profile = replace(profile, host=host or profile.host or own_host, locustfile=str(file) if file else None)
            if history is None:
                _search(project, target, profile, asked, max_users)
                continue
            run = new_run(
                project.root, project.target_set, RunKind.LOAD, seed=0, note=DISTRIBUTED if asked.count > 1 else ""
            )
            sample = _run(target, profile, asked)
            with Keeping(history, run, root=project.root) as keeping:
                keeping.save_sample(sample)
                judgements += keeping.conclude(partial(judge_history, project, targets=[target]))
    if judgements:
        digest = digest_of_judgements(judgements, title=project.target_set.project, command="load")
        write_digest(digest, answer, wanted)


def serve(
    host: str = typer.Option("127.0.0.1", "--host", help="Where to listen."),
    port: int = typer.Option(8765, "--port", help="The port."),
) -> None:
    """Serve the optimized resolvers over HTTP. Example: boss-perf serve --port 8765"""
    try:
        from boss_perf.load.service import serve as serve_forever
    except ImportError as missing:
        raise MeasureError(
            f"the service needs {(missing.name or 'starlette').partition('.')[0]}", hint="pip install 'boss-perf[load]'"
        ) from missing
    serve_forever(host=host, port=port)


def _run(target: Target, profile: LoadProfile, workers: LoadWorkers) -> Sample:
    console = Console(stderr=True)
    with Live(console=console, transient=True, auto_refresh=False) as live:

        def show(progress: LoadProgress) -> None:
            live.update(_line(target.id, progress), refresh=True)

        outcome = run_load(profile, workload=f"load:{target.id}", workers=workers, on_progress=show)
    for text, count in outcome.errors[:5]:
        console.print(f"{count} x {visible_line(text)}", markup=False, highlight=False)
    return outcome.sample


def _line(name: str, progress: LoadProgress) -> str:
    tail = "" if progress.p95_ns is None else f", p95 {format_quantity(progress.p95_ns, Unit.NANOSECONDS)}"
    rate = format_quantity(progress.throughput_per_s, Unit.PER_SECOND)
    counts = f"{progress.requests_count} requests, {progress.failures_count} failed"
    return f"{name}: {progress.elapsed_s:.0f} s, {progress.users} users, {counts}, {rate}{tail}"


def _search(project: Project, target: Target, profile: LoadProfile, workers: LoadWorkers, max_users: int) -> None:
    run = new_run(project.root, project.target_set, RunKind.LOAD, seed=0)
    has_held = False

    def is_met_under(tried: LoadProfile) -> bool:
        nonlocal has_held
        try:
            sample = _run(target, tried, workers)
        except NothingAnswered as nothing:
            if not has_held:
                raise
            say(visible_line(f"{tried.users} users: {nothing.message}"))
            return False
        judgement = judge(
            target, [sample], evidence=evidence_of(run, [sample]), policy=project.target_set.policy,
            now=datetime.now(UTC), kind=RunKind.LOAD,
        )  # fmt: skip
        say(visible_line(f"{tried.users} users: {judgement.verdict.value}: {judgement.reason}"))
        has_held = has_held or judgement.verdict is Verdict.MET
        return judgement.verdict is Verdict.MET

    limit = find_limit(profile, is_met_under, max_users=max_users)
    if limit.broken_at is None:
        say(f"{target.id}: {limit.users} users hold; the limit is higher, see --max-users")
    elif limit.users == 0:
        say(f"{target.id}: not even {limit.broken_at} users are proven to hold")
    else:
        say(f"{target.id}: {limit.users} users hold, {limit.broken_at} are not proven to")
