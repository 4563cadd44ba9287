"""The options that several commands share: a frozen dataclass for each family, one field for each option."""

import dataclasses
import inspect
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from boss_perf.formats import FORMATS
from boss_perf.judge.decision import GATE_FORKS
from boss_perf.model.gate import FailOn

DEFAULT_TARGETS = Path("targets.yaml")

AsJson = Annotated[bool, Option("--json", help="JSON on the terminal and nothing else.")]
TimeBudget = Annotated[
    float | None, Option("--budget", help="Seconds for the timed forks. [default: policy.time_budget]")
]
FailsOn = Annotated[
    FailOn, Option("--fail-on", help="`doubt` also closes on what is proven below the ceiling, or tolerated.")
]
Jobs = Annotated[int, Option("--jobs", "-j", help="The most forks at once, each on a core of its own.")]
OnCluster = Annotated[
    str | None, Option("--on", metavar="ADDRESS", help="A dask scheduler whose workers measure. See worker.")
]
Python = Annotated[Path | None, Option(help="The interpreter that measures. [default: the project's, else the tool's]")]
Seed = Annotated[int | None, Option(help="The seed of all random choices. [default: drawn]")]
Timeout = Annotated[float, Option("--timeout", help="Seconds of silence after which a workload has failed.")]
Words = Annotated[list[str], Argument(metavar="ID", help="Ids, names, components, operations, sections or tests.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFlags:
    """Where the promises and the history are."""

    targets: Annotated[Path, Option("--targets", "-t", help="The file with the promises.")] = DEFAULT_TARGETS
    store: Annotated[
        str | None,
        Option(help="The history: a file or postgresql://… [default: $BOSS_PERF_DB or .boss-perf/history.db]"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFlags:
    """How a tree is made ready and run."""

    timeout_s: Timeout = 60.0
    setup: Annotated[str | None, Option(help="A command run in each tree that is checked out, such as a build.")] = None
    python: Python = None
    path: Annotated[
        list[str], Option(metavar="FOLDER", help="Folders that go first on sys.path, relative to the tree.")
    ] = field(default_factory=list)
    pytest_option: Annotated[
        list[str], Option(metavar="WORD", help="A word for the suite's command line, as --pytest-option=--slow.")
    ] = field(default_factory=list)
    seed: Seed = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFlags(TreeFlags):
    """How two trees are measured against each other."""

    margin: Annotated[
        float | None, Option(help="A slowdown proven larger closes, in per cent. [default: policy, 1.5]")
    ] = None
    ceiling: Annotated[
        float | None, Option(help="UNDECIDED passes where proven slower by less, in per cent. [default: policy, 10]")
    ] = None
    forks: Annotated[int, Option(help="The most forks per benchmark and stage.")] = GATE_FORKS
    jobs: Jobs = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareFlags(SessionFlags):
    """What is compared of two trees, and for how long."""

    suite: Annotated[
        list[str],
        Option(metavar="PATH", help="Test files or folders. [default: the targets' files, else all with benchmarks]"),
    ] = field(default_factory=list)
    only: Annotated[str | None, Option(help="A regular expression over benchmarks.")] = None
    budget_s: TimeBudget = None
    fail_on: FailsOn = FailOn.REGRESSION
    memory: Annotated[bool, Option("--memory/--no-memory", help="Also compare exact allocated peaks.")] = True
    explain: Annotated[
        bool, Option("--explain/--no-explain", help="Name the function behind each benchmark that moved.")
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFlags:
    """Where an answer goes."""

    output: Annotated[
        list[str],
        Option("--output", "-o", metavar="FORMAT=FILE", help=f"{', '.join(FORMATS)}; - is the terminal."),
    ] = field(default_factory=list)
    json: AsJson = False
    all: Annotated[bool, Option("--all", "-a", help="Every row, each in one line.")] = False
    quiet: Annotated[bool, Option("--quiet", "-q", help="The last line only.")] = False


def seed_of(seed: int | None) -> int:
    """The seed of all random choices: the one that was given, else one that nobody can foresee."""
    return random.SystemRandom().randrange(2**32) if seed is None else seed


def flattened(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command as Typer reads it: a parameter that is a family of options becomes one parameter for each field."""
    own: list[inspect.Parameter] = []
    shared: list[inspect.Parameter] = []
    families: dict[str, Any] = {}
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if not dataclasses.is_dataclass(parameter.annotation):
            own.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        family: Any = parameter.annotation
        families[parameter.name] = family
        blank = family()
        shared += [
            option.replace(default=getattr(blank, option.name))
            for option in inspect.signature(family).parameters.values()
        ]

    def run(**given: Any) -> Any:
        for name, family in families.items():
            given[name] = family(**{option.name: given.pop(option.name) for option in dataclasses.fields(family)})
        return command(**given)

    run.__name__ = command.__name__
    run.__doc__ = (inspect.getdoc(command) or "").replace(" Example: ", "\n\nExample: ", 1)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *shared)}
    run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    return run
