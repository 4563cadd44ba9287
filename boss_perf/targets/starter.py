"""The first files of a project that begins with boss-perf: a small `targets.yaml`, a workflow, and what to do next.

Text only: finding the suite and writing files is the caller's business. Names come from a repository that nobody has
read yet; they are quoted as YAML scalars, and those that are no plain pytest node ids are left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from boss_perf.model.targets import Section
from boss_perf.model.units import several
from boss_perf.targets.diagnostics import Misread
from boss_perf.targets.scalars import WORKLOAD
from boss_perf.targets.target_rows import derived_id

ROWS_COUNT = 40
SOURCE = "git+https://github.com/boss-perf/boss-perf"  # until the package index has it
_SHOWN_COUNT = 3
_NAME_LIMIT_COUNT = 200

_TARGETS = """\
# yaml-language-server: $schema=./targets.schema.json
# What this project promises about its speed and memory. `boss-perf check` names every mistake in this file.
project: {project}

policy:
  margin: 1.5%          # a slowdown proven larger than this stops a change
  ceiling: 10%          # what stays undecided must be proven slower by less
  false_alarms: 1%      # how often a whole gate may cry wolf
  time_budget: 5 min    # of measuring in one run
  stale_after: 30 days  # older evidence proves nothing

# `boss-perf gate --against main` compares every benchmark of the suite with a commit; it needs none of the rows below.
# `boss-perf bench` measures them, and `boss-perf gate` then judges what was measured.

# Budgets: what an operation may cost, proven by a test that takes the `benchmark` fixture.
# The forms: mean < 5 ms, p95 < 50 ms, throughput > 500 /s, peak_memory < 10 MB.
{budgets}
# Optimizations: what a better implementation must save, proven by a test that takes the `paired` fixture.
# optimizations:
#   - name: Caching of embeddings
#     expect: latency -60%
#     workload: benchmarks/test_embeddings.py::test_repeated_queries
"""
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
_BUDGET = """\
  - component: {component}
    operation: {operation}
    expect: mean < 1 s
    workload: {workload}
"""
_WORKFLOW = """\
name: Performance

# Compares the suite's benchmarks with the commit that the pull request started from. The token can only read, so
# pull requests from forks get the same answer: annotations, a step summary and the exit status.
on:
  pull_request:
    branches: [{branch}]

permissions: {{}}

concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  gate:
    name: Gate
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read # the checkout
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
        with:
          python-version: "3.13"
      - name: Install
        run: python -m pip install --quiet --editable . pytest-benchmark {package} # and what the benchmarks need
      - name: Gate
        run: |
          base="$(git merge-base "refs/remotes/origin/$GITHUB_BASE_REF" HEAD)"
          boss-perf gate --against "$base"
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
    project: str, *, files: Sequence[str], node_ids: Sequence[str] = (), other_count: int = 0,
    default_branch: str | None = None, package: str = "boss-perf",
) -> Starter:  # fmt: skip
    """The first files for a project whose suite has these benchmark files and node ids, both perhaps empty.

    `other_count` workloads take `paired` or `trial`: what they promise, nobody can guess. `package` is
    what the workflow installs, with its extras.
    """
    examples = _examples(node_ids)
    budgets = _BUDGETS + "".join(_budget(node_id) for node_id in examples) if examples else _NO_BUDGETS
    branch = default_branch if default_branch and default_branch.isprintable() else "main"
    return Starter(
        targets_text=_TARGETS.format(project=_scalar(_printable(project) or "project"), budgets=budgets),
        workflow_text=_WORKFLOW.format(
            package=f"'{package} @ {SOURCE}'",
            branch=_scalar(re.sub(r"([*+?!\[\]\\])", r"\\\1", branch), is_quoted=True),
        ),
        next_steps=_next_steps(files, node_ids, len(examples), other_count),
    )


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
    except Misread:
        return False


def _names(node_id: str) -> tuple[str, str]:
    """What a row calls the file and the test: `search`, `query[1k]`."""
    file, _, test = node_id.partition("::")
    words = [word.removeprefix("test_") for word in (file.rsplit("/", 1)[-1].removesuffix(".py"), *test.split("::"))]
    return words[0] or "suite", " ".join(filter(None, words[1:])) or test


def _budget(node_id: str) -> str:
    component, operation = _names(node_id)
    return _BUDGET.format(component=_scalar(component), operation=_scalar(operation), workload=_scalar(node_id))


def _next_steps(files: Sequence[str], node_ids: Sequence[str], row_count: int, other_count: int) -> tuple[str, ...]:
    if not files and not node_ids:
        return ("No benchmark was found: write a test that takes the `benchmark` fixture, then run this again.",)
    found = f"{several(len(node_ids), 'benchmark')} in " if node_ids else ""
    shown = [file for file in files if file.isprintable()][:_SHOWN_COUNT]
    names = f": {', '.join(shown)}{', …' if len(files) > len(shown) else ''}" if shown else ""
    left = [f"{len(node_ids) - row_count} of them"] if row_count < len(node_ids) else []
    left += [f"{several(other_count, 'test')} with `paired` or `trial`"] if other_count else []
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


def _scalar(text: str, *, is_quoted: bool = False) -> str:
    import yaml

    style = '"' if is_quoted else None
    dumped: str = yaml.safe_dump(text, default_style=style, allow_unicode=True, width=10_000)
    return dumped.removesuffix("...\n").rstrip("\n")
