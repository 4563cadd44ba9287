"""What stays of a suite's own `addopts`: only how its files are imported and which plugins they need.

The rest is for plain runs; some of it chooses tests, and what a gate looks at is not the suite's to choose.
"""

import copy
import itertools
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

KEPT = ("--import-mode", "--asyncio-mode", "--ds", "--dc")


class SuiteOptions:
    """A plugin that puts the kept options back in front of the command line."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(
        self, early_config: pytest.Config, parser: pytest.Parser, args: list[str]
    ) -> None:
        """Come before the conftests, which are imported in the suite's own way already."""
        words = own_options(early_config.inipath)
        kept = list(kept_options(words))
        plugins = list(named_plugins(words))
        for name in plugins:
            early_config.pluginmanager.import_plugin(name)
        if kept or plugins:
            args[:0] = kept
            known = parser.parse_known_args(args, namespace=copy.copy(early_config.option))
            early_config.known_args_namespace = known


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


def kept_options(words: Sequence[str]) -> Iterator[str]:
    """The options that are kept, each as one word."""
    for word, follower in itertools.pairwise([*words, ""]):
        name, separator, _ = word.partition("=")
        if name in KEPT:
            yield word if separator else f"{word}={follower}"


def named_plugins(words: Sequence[str]) -> Iterator[str]:
    """The plugins that `-p` loads; one that it keeps out is not the suite's to choose either."""
    for word, follower in itertools.pairwise([*words, ""]):
        name = follower if word == "-p" else word[2:] if word.startswith("-p") else ""
        if name and not name.startswith("no:"):
            yield name.strip()
