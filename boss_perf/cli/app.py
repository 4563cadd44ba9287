"""The command line. Commands are registered here and import what they need only when they run."""

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import typer

from boss_perf.errors import BossPerfError, ExitStatus

HELP = """Performance targets as code: promises in targets.yaml, proof by measurement, a gate that does not cry wolf.

Example: boss-perf bench && boss-perf report
"""


def build_app() -> typer.Typer:
    """The application with all commands."""
    from boss_perf.cli import (
        bench,
        bisect,
        compare,
        explain,
        gate,
        history,
        load,
        prove,
        ratchet,
        report,
        starter,
        targets,
        views,
    )

    app = typer.Typer(
        help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    app.callback()(_options)
    for module in (
        starter,
        targets,
        bench,
        report,
        views,
        gate,
        ratchet,
        compare,
        explain,
        bisect,
        prove,
        load,
        history,
    ):
        for name, command in module.COMMANDS.items():
            app.command(name)(guarded(command))
    return app


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """A user's mistake ends in a message and a status, never in a traceback; an interruption in 130."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        _heed_signals()
        try:
            return command(*args, **kwargs)
        except BossPerfError as error:
            sys.stderr.write(f"{error}\n")
            raise typer.Exit(error.exit_status) from error
        except KeyboardInterrupt:
            sys.stderr.write("interrupted\n")
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitStatus.OPEN) from None

    return run


def _heed_signals() -> None:
    """A session that is told to end clears up as after Ctrl-C: CI systems cancel a job this way."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` has said to ignore it
            signal.signal(number, signal.default_int_handler)


def _show_version(wanted: bool) -> None:
    if wanted:
        from boss_perf import __version__

        typer.echo(f"boss-perf {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    pass
