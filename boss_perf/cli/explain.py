"""`boss-perf explain`: the function that made a benchmark slower or faster."""

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from boss_perf.cli.flags import AsJson, CompareFlags, ProjectFlags, TreeFlags, seed_of
from boss_perf.cli.project import repository_folder, targets_of
from boss_perf.cli.result_files import named_files
from boss_perf.cli.run_recorder import keep_explanation, keep_finished, new_run
from boss_perf.cli.streams import say
from boss_perf.cli.trees import commit_tree, default_suite, folder_tree, request_of
from boss_perf.errors import MeasureError, UsageError
from boss_perf.explain.explaining import count_instructions, explain_benchmarks
from boss_perf.explain.stack_files import render_collapsed, render_speedscope
from boss_perf.formats.gate_json import explanation_document
from boss_perf.measure.collection import collect
from boss_perf.measure.exam import prepare
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.machine.lock import machine_lock
from boss_perf.measure.product import read_text
from boss_perf.measure.tree import Tree, files_of
from boss_perf.measure.worktree import base_of_change, resolve_commit
from boss_perf.model.explanations import Explanation
from boss_perf.model.runs import RunKind
from boss_perf.model.samples import Pass
from boss_perf.model.units import Unit, format_quantity
from boss_perf.plan import names_of
from boss_perf.report.explanation_text import instructions_text, nothing_text, share_text, sides_text, site_text
from boss_perf.report.flamegraph import render_flamegraph
from boss_perf.report.writing import write_text
from boss_perf.text import did_you_mean, visible_line, without_commands


def _as_json(explanation: Explanation) -> str:
    return json.dumps(explanation_document(explanation), indent=2) + "\n"


RENDERERS: dict[str, Callable[[Explanation], str]] = {
    "flamegraph": render_flamegraph,
    "collapsed": render_collapsed,
    "collapsed-base": functools.partial(render_collapsed, is_base=True),
    "speedscope": render_speedscope,
    "json": _as_json,
}


def explain(
    here: ProjectFlags,
    flags: TreeFlags,
    benchmark: str = typer.Argument(..., metavar="BENCHMARK", help="A pytest node id, or a target's id."),
    against: str = typer.Option(
        None, "--against", metavar="REF", help="What HEAD is compared with. [default: where it left the default branch]"
    ),
    as_json: AsJson = False,
    memory: bool = typer.Option(False, "--memory", help="Also say which lines hold more memory at the peak."),
    instructions: bool = typer.Option(
        False, "--instructions", help="Also let valgrind count the instructions of a call, which takes minutes."
    ),
    output: list[str] = typer.Option(
        [], "--output", "-o", metavar="FORMAT=FILE", help=f"{', '.join(RENDERERS)}; - is the terminal."
    ),
) -> None:
    """Name the function that made a benchmark slower or faster. Example: boss-perf explain tests/test_x.py::test_y

    A `paired` benchmark is explained between its baseline and its optimized arm, unless --against names a ref.
    """
    wanted = named_files(output, tuple(RENDERERS)) | ({"json": "-"} if as_json else {})
    root = repository_folder(here.targets)
    name, is_promised = benchmark_named(benchmark, root, here.targets)
    seed = seed_of(flags.seed)
    with machine_lock("boss-perf explain"), _places(name, root, against, flags) as (places, preload, sides):
        answers = explain_benchmarks(
            places,
            {name: (Pass.PROFILE, Pass.MEMORY_SITES) if memory else (Pass.PROFILE,)},
            sides=sides,
            preload=preload,
            timeout_s=flags.timeout_s,
            seed=seed,
        )
        answer = answers[name]
        counted = (
            count_instructions(places, name, preload=preload, timeout_s=flags.timeout_s, seed=seed)
            if instructions
            else None
        )
    if isinstance(answer, str):
        raise MeasureError(f"{name} cannot be explained: {answer}")
    target_set = targets_of(root, here.targets)
    if answer.memory_lines and target_set is not None:
        keep_finished(root, here.store, new_run(root, target_set, RunKind.MEMORY_PROFILER, seed=seed))
    if isinstance(counted, str):
        answer = dataclasses.replace(answer, notes=(*answer.notes, f"instructions are not counted: {counted}"))
    elif counted is not None:
        answer = dataclasses.replace(answer, instructions=counted)
    for kind, file in wanted.items():
        text = RENDERERS[kind](answer)
        if file == "-":
            say(without_commands(text))
        else:
            write_text(Path(file), text)
    if "-" not in wanted.values():
        say(without_commands("\n".join(_page(answer))))
    if is_promised:
        keep_explanation(answer, root, here.store, is_one_tree=len(places) == 1)


def benchmark_named(word: str, root: Path, targets: Path) -> tuple[str, bool]:
    """The node id of the one workload that a word stands for: a target's id, name or component, a test with its class.

    And whether a target promises something of it.
    """
    target_set = targets_of(root, targets)
    named = {each.workload for each in target_set.targets if word in names_of(each)} if target_set else set()
    workloads = sorted(filter(None, named))
    if len(workloads) > 1:
        raise UsageError(f"{word} stands for {len(workloads)} benchmarks", hint=f"name one: {', '.join(workloads)}")
    outermost = re.split(r"::|\[", word)[0]
    if not workloads and not outermost.endswith(".py"):
        kind = "class" if outermost != word.partition("[")[0] else "(?:async )?def"
        begins = re.compile(rf"^{kind} {re.escape(outermost)}\b", re.MULTILINE)
        suite = tuple(f"{each}/" for each in default_suite(root))  # files, or the folders that stand for theirs
        known = [each for each in files_of(root) if each.endswith(".py") and f"{each}/".startswith(suite)]
        files = [each for each in known if begins.search(read_text(root / each))]
        if len(files) == 1:
            return benchmark_named(f"{files[0]}::{word}", root, targets)
        if files:
            raise UsageError(f"{word} stands in {len(files)} files", hint=f"name one: {', '.join(files)}")
        raise UsageError(f"{word} is no benchmark", hint="name a pytest node id, tests/test_x.py::test_y, or a target")
    return (workloads[0], True) if workloads else (word, False)


@contextmanager
def _places(
    name: str, root: Path, against: str | None, flags: TreeFlags
) -> Iterator[tuple[tuple[ArmPlace, ...], tuple[str, ...], tuple[str, str]]]:
    """Where both arms run, what they may preload, and what they are called."""
    file = name.split("::", 1)[0]
    if not (root / file).is_file():
        raise UsageError(f"{file}: no such file", where=str(root))
    with folder_tree(root, "HEAD", flags) as head:
        if against is None and _kind_of(name, head) == "paired":
            yield (head.place(),), (), ("baseline", "optimized")
            return
        commit = base_of_change(root) if against in (None, "base") else resolve_commit(root, str(against))
        with (
            commit_tree(root, commit, against or "base", flags) as base,
            two_places(base, head, name, flags) as (places, preload),
        ):
            yield places, preload, (base.side.name, head.side.name)


def flags_for(benchmark: str, flags: TreeFlags) -> CompareFlags:
    """The flags that compare the time of one benchmark alone."""
    file = benchmark.split("::", 1)[0]
    return CompareFlags(**dataclasses.asdict(flags), suite=[file], only=f"^{re.escape(benchmark)}$", memory=False)


@contextmanager
def two_places(
    base: Tree, head: Tree, name: str, flags: TreeFlags, *, examiner: Tree | None = None
) -> Iterator[tuple[tuple[ArmPlace, ...], tuple[str, ...]]]:
    """Both products with the suite that a gate would take, head's own where only that has the benchmark; what both may
    preload.
    """
    request = request_of(base, head, flags_for(name, flags))
    with prepare(base, head, suite=examiner or base, terms=request.terms, is_built=request.is_built) as exam:
        if name not in (*exam.declared.names, *exam.declared.added):
            raise _not_collected(name, exam.declared.collected, dict(exam.declared.errors))
        arms = exam.arms if name in exam.declared.names else exam.arms_of_head()
        yield arms.places, exam.preload


def _kind_of(name: str, tree: Tree) -> str:
    file = name.split("::", 1)[0]
    collection = collect(tree.place(), (file,))
    kinds = {each.workload: each.kind for each in collection.workloads}
    if name not in kinds:
        raise _not_collected(name, collection.names, dict(collection.errors))
    return kinds[name]


def _not_collected(name: str, known: Sequence[str], errors: dict[str, str]) -> UsageError:
    why = errors.get(name.split("::", 1)[0])
    return UsageError(f"{name} was not collected{f': {why}' if why else ''}", hint=did_you_mean(name, known))


def _page(explanation: Explanation) -> Iterator[str]:
    """The whole explanation for a terminal."""
    yield visible_line(f"{explanation.benchmark}  {sides_text(explanation)} in passing")
    if not explanation.functions and not explanation.sites:
        yield f"  {nothing_text(explanation)}"
    for share in explanation.functions:
        yield f"  {visible_line(f'{share.function}: {share_text(share)}')}"
        for line in share.lines:
            yield f"      {visible_line(f'{share.file}:{line.line}  {line.text}')}"
        for detail in share.details:
            yield f"      {visible_line(detail)}"
    for site in explanation.sites:
        yield f"  {visible_line(site_text(site))}"
    for row in explanation.memory_lines:
        grown = format_quantity(row.grown_bytes, Unit.BYTES)
        yield f"      {row.line:5}  +{grown:>9}  {row.runs:5} runs  {visible_line(row.text)}"
    if explanation.instructions is not None:
        yield f"  {visible_line(instructions_text(explanation.instructions))}"
    for note in explanation.notes:
        yield f"  note: {visible_line(note)}"
