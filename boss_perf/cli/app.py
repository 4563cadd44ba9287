"""The command line: its commands by group, each imported only when it is called."""

import codecs
import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from boss_perf.errors import BossPerfError, ExitStatus
from boss_perf.text import inert

HELP = """Performance targets as code: promises in targets.yaml, proof by measurement, a gate that does not cry wolf.

Example: boss-perf bench && boss-perf report
"""
GROUPS = {
    "Every day": {
        "init": ("init:init", "Find the benchmarks of a project and write a commented targets.yaml."),
        "check": ("targets:check", "Check targets.yaml: every complaint with file, line and column."),
        "bench": ("bench:bench", "Measure every target that has a workload."),
        "report": ("report:report", "Write the Markdown tracker from the evidence."),
        "status": ("report:status", "Show where the promises stand, by the evidence there is."),
        "gate": ("gate:gate", "Judge the newest evidence, or HEAD against a ref."),
        "compare": ("compare:compare", "Compare any two refs, folders or interpreters."),
    },
    "Why": {
        "show": ("show:show", "Show all that is known of a target."),
        "trend": ("trend:trend", "Show a target's history and where its level moved."),
        "explain": ("explain:explain", "Name the function that made a benchmark slower or faster."),
        "bisect": ("bisect:bisect", "Find the commit that made one benchmark slower."),
        "dashboard": ("views:dashboard", "Write the dashboard, one HTML file that opens offline."),
    },
    "Team": {
        "history": ("history:history", "List the runs, drop one, or copy the history elsewhere."),
        "export": ("views:export", "Hand the evidence to other tools."),
        "merge": ("merge:merge", "Put the shares of a gate together as one."),
        "worker": ("worker:worker", "Measure for a cluster until its scheduler ends."),
        "ratchet": ("ratchet:ratchet", "Measure HEAD against the best each benchmark ever was."),
        "load": ("load:load", "Run the load targets with locust and keep the raw response times."),
        "serve": ("load:serve", "Serve the optimized resolvers over HTTP."),
        "prove": ("prove:prove", "Let the gate judge equal trees and planted slowdowns."),
    },
    "Set up": {
        "schema": ("targets:schema", "Print a JSON Schema, for editors and readers of results."),
        "import": ("targets:import_", "Turn a Markdown tracker into targets.yaml."),
    },
}
_PLAIN = {"−": "-", "→": "->", "…": "...", "±": "+-", "µ": "u", "×": "x", "·": "-", "∞": "inf", "●": "*", "○": "o"}
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
    """The group of all commands; its help is written without importing any."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Commands()  # type: ignore[assignment]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands under the names of their groups."""
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])


def build_app() -> typer.Typer:
    """The application with all commands."""
    app = typer.Typer(
        cls=LazyGroup, help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
        context_settings=_SETTINGS,
    )  # fmt: skip
    app.callback()(_options)
    return app


def speak_plainly(*streams: Any) -> None:
    """Let a stream that has no letter for `→` or `µ` show one that it has, and never end in a traceback."""
    codecs.register_error("boss-perf", _plainer)
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="boss-perf")


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


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
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitStatus.OPEN) from None

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

        typer.echo(f"boss-perf {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", "-V", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    pass
