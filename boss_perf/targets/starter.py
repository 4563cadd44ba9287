"""The first files of a project that begins with boss-perf: a small `targets.yaml`, a workflow, and what to do next.

Text only: finding the suite and writing files is the caller's business. Names come from a repository that nobody has
read yet; they are quoted as YAML scalars, and those that are no plain pytest node ids are left out.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from textwrap import indent

import yaml

from boss_perf.model.targets import Section
from boss_perf.model.units import several
from boss_perf.targets.diagnostics import ParseError
from boss_perf.targets.scalars import WORKLOAD
from boss_perf.targets.target_rows import derived_id

ROWS_COUNT = 40
SOURCE = "git+https://github.com/boss-perf/boss-perf"  # until the package index has it
_SHOWN_COUNT = 3
_NAME_LIMIT_COUNT = 200
_MEMORY_PREFIXES = ("mem_", "peakmem_")

_NO_BUDGETS = """\
# budgets:
#   - component: Search
#     operation: Search in 1000 documents
#     expect: p95 < 50 ms
#     workload: benchmarks/test_search.py::test_search_1k
"""
_BUDGETS = """\
# The bounds are guesses: run `boss-perf bench`, then write what your users need.
budgets:
"""
FIRST_BENCHMARK = "benchmarks/test_first.py"
FIRST_TEXT = '''\
"""The first benchmark of this project: put in place of it what your users wait for."""

import json


def test_write_json(benchmark):
    text = benchmark(json.dumps, {"words": ["performance"] * 100})
    assert text.count("performance") == 100
'''


@dataclass(frozen=True, slots=True)
class Starter:
    """The two files' texts and the lines to show after they were written."""

    targets_text: str
    workflow_text: str
    next_steps: tuple[str, ...]


def starter_of(
    project: str, *, files: Sequence[str], node_ids: Sequence[str] = (), other_kinds: Sequence[str] = (),
    default_branch: str | None = None, package: str = "boss-perf",
) -> Starter:  # fmt: skip
    """The first files for a project whose suite has these benchmark files and node ids, both perhaps empty.

    `other_kinds` is a word for each workload that is no benchmark, `paired`, `trial` or asv's `track`: what they
    promise, nobody can guess. `package` is what the workflow installs, with its extras.
    """
    examples = _examples(node_ids)
    budgets = _BUDGETS + indent(_yaml(list(map(_budget, examples))), "  ") if examples else _NO_BUDGETS
    branch = default_branch if default_branch and default_branch.isprintable() else "main"
    stated_branch = _yaml(re.sub(r"([*+?!\[\]\\])", r"\\\1", branch), is_quoted=True)
    return Starter(
        _template("targets.yaml", PROJECT=_yaml(_printable(project) or "project"), BUDGETS=budgets.rstrip("\n")),
        _template("workflow.yaml", BRANCH=stated_branch, PACKAGE=f"'{package} @ {SOURCE}'"),
        _next_steps(files, node_ids, len(examples), other_kinds),
    )


def _template(name: str, **words: str) -> str:
    """A first file with its words in capitals put in, all at once: what is put in is not looked at again."""
    text = resources.files("boss_perf.targets").joinpath("first_files", name).read_text(encoding="utf-8")
    return re.sub(rf"\b({'|'.join(words)})\b", lambda match: words[match[0]], text)


def _examples(node_ids: Sequence[str]) -> list[str]:
    chosen: dict[str, str] = {}
    for node_id in node_ids:
        if len(chosen) < ROWS_COUNT and _is_plain(node_id):
            chosen.setdefault(derived_id(Section.BUDGETS, *_names(node_id)), node_id)
    return [node_id for name, node_id in chosen.items() if name]


def _is_plain(node_id: str) -> bool:
    if len(node_id) > _NAME_LIMIT_COUNT or not node_id.isprintable():
        return False
    try:
        return bool(WORKLOAD.parse(node_id) == node_id)
    except ParseError:
        return False


def _names(node_id: str) -> tuple[str, str]:
    """What a row calls the file and the test: `search`, `query[1k]`."""
    file, _, test = node_id.partition("::")
    words = [word.removeprefix("test_") for word in (file.rsplit("/", 1)[-1].removesuffix(".py"), *test.split("::"))]
    return words[0] or "suite", " ".join(filter(None, words[1:])) or test


def _budget(node_id: str) -> dict[str, str]:
    component, operation = _names(node_id)
    is_of_memory = node_id.rpartition("::")[2].startswith(_MEMORY_PREFIXES)
    expect = "peak_memory < 1 GB" if is_of_memory else "mean < 1 s"
    return {"component": component, "operation": operation, "expect": expect, "workload": node_id}


def _next_steps(
    files: Sequence[str], node_ids: Sequence[str], row_count: int, other_kinds: Sequence[str]
) -> tuple[str, ...]:
    if not files and not node_ids:
        return ("No benchmark was found: write a test that takes the `benchmark` fixture, then run this again.",)
    found = f"{several(len(node_ids), 'benchmark')} in " if node_ids else ""
    shown = [file for file in files if file.isprintable()][:_SHOWN_COUNT]
    names = f": {', '.join(shown)}{', …' if len(files) > len(shown) else ''}" if shown else ""
    left = [f"{len(node_ids) - row_count} of them"] if row_count < len(node_ids) else []
    left += [
        several(count, "`track_` benchmark") if kind == "track" else f"{several(count, 'test')} with `{kind}`"
        for kind, count in sorted(Counter(other_kinds).items())
    ]
    return (
        f"Found {found}{several(len(files), 'file')}{names}.",
        *((f"Left out of targets.yaml: {', '.join(left)}.",) if left else ()),
        *(("The bounds in targets.yaml are guesses: write what your users need.",) if row_count else ()),
        "boss-perf check                 says whether the promises can be proven",
        "boss-perf bench                 measures them",
        "boss-perf gate                  judges what was measured",
        "boss-perf gate --against base   compares your change with where it left the default branch",
        "Commit targets.yaml, targets.schema.json, .gitignore and the workflow: it gates every pull request.",
    )


def _printable(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_NAME_LIMIT_COUNT]


def _yaml(value: object, *, is_quoted: bool = False) -> str:
    style = '"' if is_quoted else None
    dumped: str = yaml.safe_dump(value, default_style=style, allow_unicode=True, width=10_000, sort_keys=False)
    return dumped.removesuffix("...\n").rstrip("\n")
