"""What stays of a suite's own `addopts`: how its files are imported, which plugins it needs, and its own options.

The rest is for plain runs; some of it chooses tests, and what a gate looks at is not the suite's to choose.
"""

import copy
import itertools
import shlex
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

IMPORT_MODE = "--import-mode"
DISTURBING = ("--benchmark", "--memray", "--profile", "--html", "--json-report", "--report-log", "--typeguard")
"""How options begin that switch benchmarks off, watch the tests, or write files about them."""
GIVEN = ("--benchmark-only", "--benchmark-enable", "--codspeed", "--ignore-unknown-dependency")
"""What is asked of every suite: its benchmarks, also where plain runs skip them; without the tests they depend on."""


class SuiteOptions:
    """A plugin that puts the kept options back in front of the command line; `asked` are those the user asks for."""

    def __init__(self, asked: Sequence[str] = ()) -> None:
        self._asked = asked
        self._foreign: frozenset[str] = frozenset()

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Note what is no plugin's and no suite's: pytest's own options, and those that stand in for what is absent."""
        self._foreign = frozenset(_options(parser)) - {IMPORT_MODE}

    @pytest.hookimpl(tryfirst=True, wrapper=True)
    def pytest_load_initial_conftests(
        self, early_config: pytest.Config, parser: pytest.Parser, args: list[str]
    ) -> Generator[None]:
        """Come before the conftests, which are imported in the suite's own way already, and after them for theirs."""
        words = own_options(early_config.inipath)
        for name in named_plugins(words):
            plugins = early_config.pluginmanager
            (plugins.consider_pluginarg if name.startswith("no:") else plugins.import_plugin)(name)
        known = _options(parser)
        given = [each for each in GIVEN if each in known]
        sys.argv[1:1] = given  # some suites look there
        kept = [*given, *kept_options(words, self._own(known)), *kept_options(self._asked, known)]
        self._put(kept, early_config, parser, args)
        yield
        added = {name: action for name, action in _options(parser).items() if name not in known}
        kept = [*kept_options(words, self._own(added)), *kept_options(self._asked, added)]
        self._put(kept, early_config, parser, args)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Have pytest-benchmark itself skip nothing: not every workload asks for its fixture before it runs."""
        if hasattr(session.config, "_benchmarksession"):
            session.config._benchmarksession.only = False

    def _own(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: action
            for name, action in options.items()
            if name not in self._foreign and not name.startswith(DISTURBING)
        }

    @staticmethod
    def _put(kept: list[str], config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
        if kept:
            args[:0] = kept
            config.known_args_namespace = parser.parse_known_args(args, namespace=copy.copy(config.option))


def own_options(file: Path | None) -> list[str]:
    """The words of `addopts` in a configuration file, none where it cannot be read."""
    if file is None:
        return []
    try:
        from _pytest.config.findpaths import load_config_dict_from_file

        found: Any = (load_config_dict_from_file(file) or {}).get("addopts", "")
        text = getattr(found, "value", found)
        return shlex.split(text) if isinstance(text, str) else [str(each) for each in text]
    except (ImportError, ValueError, TypeError, OSError, pytest.UsageError):
        return []


def kept_options(words: Sequence[str], options: Mapping[str, Any]) -> Iterator[str]:
    """Those words that are one of the options, or its value; each option takes as many words as argparse says."""
    turn = 0
    while turn < len(words):
        name, separator, _ = words[turn].partition("=")
        wanted = options[name].nargs if name in options else 0
        turn += 1
        if name not in options:
            continue
        values = list(itertools.takewhile(lambda word: not word.startswith("-"), words[turn:]))
        size = 0 if separator else 1 if wanted in (None, "?") else len(values) if wanted in ("*", "+") else wanted
        yield words[turn - 1] if size != 1 or not values else f"{name}={values[0]}"
        if size > 1:
            yield from values[:size]
        turn += min(size, len(values))


def named_plugins(words: Sequence[str]) -> Iterator[str]:
    """The plugins that `-p` loads, and with `no:` before them those that it keeps out."""
    for word, follower in itertools.pairwise([*words, ""]):
        name = follower if word == "-p" else word[2:] if word.startswith("-p") else ""
        if name:
            yield name.strip()


def ignored_places(words: Sequence[str]) -> Iterator[str]:
    """Patterns of the files and folders that `--ignore` and `--ignore-glob` pass over."""
    for word, follower in itertools.pairwise([*words, ""]):
        name, separator, stated = word.partition("=")
        place = (stated if separator else follower).removeprefix("./").rstrip("/")
        if name in ("--ignore", "--ignore-glob") and place:
            yield from (place, f"{place}/*")


def _options(parser: pytest.Parser) -> dict[str, Any]:
    """Every option that is registered by now, as argparse has it; pytest up to 8 makes that anew at each asking."""
    arguments: Any = getattr(parser, "optparser", None) or parser._getparser()  # type: ignore[attr-defined]
    return dict(arguments._option_string_actions)
