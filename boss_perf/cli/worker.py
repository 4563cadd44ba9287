"""`boss-perf worker`: a machine of a cluster."""

from pathlib import Path

import typer

from boss_perf.cli.flags import Python
from boss_perf.cli.interpreter import interpreter
from boss_perf.errors import UsageError
from boss_perf.measure.core_pool import physical_cores
from boss_perf.measure.machine.lock import machine_lock


def worker(
    address: str = typer.Argument(..., metavar="ADDRESS", help="The dask scheduler, such as tcp://10.0.0.1:8786."),
    jobs: int = typer.Option(1, "--jobs", "-j", help="The most visits at once, each on a core of its own."),
    python: Python = None,
) -> None:
    """Measure for a cluster until its scheduler ends. Example: boss-perf worker tcp://10.0.0.1:8786

    The machine is held as long as it works. Whoever reaches the scheduler can run code here.
    """
    if jobs < 1:
        raise UsageError("--jobs must be at least 1")
    try:
        from boss_perf.fleet.worker import serve
    except ImportError as missing:
        raise UsageError(f"a worker needs {missing.name}", hint="pip install 'boss-perf[fleet]'") from missing
    with machine_lock("boss-perf worker"):
        serve(
            address, physical_cores(jobs), python=interpreter(python, Path.cwd()),
            heard=lambda place: typer.echo(f"worker at {place}"),
        )  # fmt: skip
