"""The command line: its commands by group, each imported only when it is called."""

import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from boss_perf.cli.front_page import GROUPS, HELP, front_page
from boss_perf.cli.streams import close_softly, say
from boss_perf.errors import BossPerfError, ExitStatus
from boss_perf.text import inert

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 120}


class Commands(Mapping[str, Any]):
    """All commands by name; asking for one imports its module."""

    _places: ClassVar = {name: place for group in GROUPS.values() for name, (place, _) in group.items()}

    def __getitem__(self, name: str) -> Any:
        from boss_perf.cli.flags import flattened

        module, _, function = self._places[name].partition(":")
        command = getattr(import_module(f"boss_perf.cli.{module}"), function)
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        app.command(name, context_settings=_SETTINGS)(guarded(flattened(command)))
        return typer.main.get_command(app)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class LazyGroup(TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Commands()  # type: ignore[assignment]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The front page."""
        formatter.write(front_page())


def build_app() -> typer.Typer:
    """The application with all commands."""
    app = typer.Typer(
        cls=LazyGroup, help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
        context_settings=_SETTINGS,
    )  # fmt: skip
    app.callback()(_options)
    return app


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """A user's mistake ends in a message and a status, never in a traceback; an interruption in 130."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        _heed_signals()
        try:
            return command(*args, **kwargs)
        except BossPerfError as error:
            sys.stderr.write(f"{inert(str(error))}\n")
            raise typer.Exit(error.exit_status) from error
        except KeyboardInterrupt:
            sys.stderr.write("interrupted\n")
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
        except BrokenPipeError:
            close_softly(sys.stdout)
            raise typer.Exit(ExitStatus.OPEN) from None
        except OSError as error:
            close_softly(sys.stdout)
            sys.stderr.write(f"{inert(str(error.filename or 'the answer'))}  {error.strerror or error}\n")
            raise typer.Exit(ExitStatus.ENVIRONMENT) from error

    return run


_ENDING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))


def _heed_signals() -> None:
    """A session that is told to end clears up as after Ctrl-C: CI systems cancel a job this way. Told twice, it ends.

    `nohup` has said to ignore a signal, and that stays so.
    """
    for number in _ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _end)


def _end(_number: int, _frame: object) -> None:
    for each in _ENDING:
        if signal.getsignal(each) is _end:
            signal.signal(each, _end_at_once)
    raise KeyboardInterrupt


def _end_at_once(_number: int, _frame: object) -> None:
    """Whatever is being cleared up: end the measured processes and leave."""
    fork = sys.modules.get("boss_perf.measure.fork")
    if fork is not None:
        fork.end_all_forks()
    os._exit(ExitStatus.INTERRUPTED)


def _show_version(wanted: bool) -> None:
    if wanted:
        from boss_perf import __version__

        say(f"boss-perf {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", "-V", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    pass
