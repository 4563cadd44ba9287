"""`boss-perf worker` and `merge`: a machine of a cluster, and the shares of a gate as one gate."""

from pathlib import Path

import typer

from boss_perf.cli.flags import FailsOn, OutputFlags, Python
from boss_perf.cli.project import interpreter
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.cli.streams import say
from boss_perf.errors import UsageError
from boss_perf.fleet.shard_file import LARGEST_BYTES, merge_shards
from boss_perf.measure.core_pool import physical_cores
from boss_perf.measure.machine.lock import machine_lock
from boss_perf.model.gate import FailOn
from boss_perf.report.digest import digest_of_gate


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
            heard=lambda place: say(f"worker at {place}"),
        )  # fmt: skip


def merge(
    answer: OutputFlags,
    files: list[Path] = typer.Argument(..., help="What `boss-perf gate --shard I/N -o shard=FILE` wrote, all of them."),
    fail_on: FailsOn = FailOn.REGRESSION,
) -> None:
    """Put the shares of a gate together as one. Example: boss-perf merge shard-*.json -o junit=gate.xml"""
    wanted = check_outputs(answer)
    report = merge_shards({str(file): _read(file) for file in files}, fail_on=fail_on)
    write_digest(digest_of_gate(report), answer, wanted)
    raise typer.Exit(report.exit_status)


def _read(file: Path) -> bytes:
    """The file, or as much of it as shows that it is too large."""
    try:
        with file.open("rb") as source:
            return source.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(file)) from error
