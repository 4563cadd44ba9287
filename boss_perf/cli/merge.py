"""`boss-perf merge`: the shares of a gate as one gate."""

from pathlib import Path

import typer

from boss_perf.cli.flags import FailsOn, OutputFlags
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.errors import UsageError
from boss_perf.fleet.shard_file import LARGEST_BYTES, merge_shards
from boss_perf.model.gate import FailOn
from boss_perf.report.digest import digest_of_gate


def merge(
    answer: OutputFlags,
    files: list[Path] = typer.Argument(..., help="What `boss-perf gate --shard I/N -o shard=FILE` wrote, all of them."),
    fail_on: FailsOn = FailOn.REGRESSION,
) -> None:
    """Put the shares of a gate together as one. Example: boss-perf merge shard-*.json -o junit=gate.xml"""
    wanted = check_outputs(answer.output, as_json=answer.json)
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
