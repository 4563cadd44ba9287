"""`boss-perf explain`: the function that made a benchmark slower or faster."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boss_perf.cli.project import TARGETS, repository_folder, targets_of
from boss_perf.cli.trees import PATH, SEED, SETUP, TIMEOUT, request_of, setup_command, tree_of
from boss_perf.errors import MeasureError, UsageError

if TYPE_CHECKING:
    from boss_perf.measure.fork import ArmPlace
    from boss_perf.model.explanations import Explanation


def explain(
    benchmark: str = typer.Argument(..., metavar="BENCHMARK", help="A pytest node id, or a target's id."),
    against: str = typer.Option(
        None, "--against", metavar="REF", help="What HEAD is compared with. [default: where it left the default branch]"
    ),
    targets: Path = TARGETS,
    setup: str = SETUP,
    path: list[str] = PATH,
    timeout_s: float = TIMEOUT,
    seed: int = SEED,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object and nothing else."),
) -> None:
    """Name the function that made a benchmark slower or faster. Example: boss-perf explain tests/test_x.py::test_y

    A `paired` benchmark is explained between its baseline and its optimized arm, unless --against names a ref.
    """
    from boss_perf.explain.explaining import explain_benchmarks
    from boss_perf.measure.machine_lock import machine_lock
    from boss_perf.report.explanation_text import explanation_object

    root = repository_folder(targets)
    name = _benchmark_named(benchmark, root, targets)
    with ExitStack() as stack:
        stack.enter_context(machine_lock("boss-perf explain"))
        places, sides = stack.enter_context(_places(name, root, against, targets, setup, path))
        answers = explain_benchmarks(
            places, [name], sides=sides, timeout_s=timeout_s, seed=seed if seed is not None else 1
        )
        answer = dict(answers)[name]
    if isinstance(answer, str):
        raise MeasureError(f"{name} cannot be explained: {answer}")
    typer.echo(json.dumps(explanation_object(answer), indent=2) if as_json else "\n".join(_page(answer)))


def _benchmark_named(word: str, root: Path, targets: Path) -> str:
    """The node id that a target's id stands for, or the word itself."""
    target_set = targets_of(root, targets)
    for target in target_set.targets if target_set else ():
        if target.id == word and target.workload:
            return target.workload
    if "::" not in word:
        raise UsageError(f"{word} is no benchmark", hint="name a pytest node id, tests/test_x.py::test_y, or a target")
    return word


@contextmanager
def _places(
    name: str, root: Path, against: str | None, targets: Path, setup: str | None, path: list[str]
) -> Iterator[tuple[tuple["ArmPlace", ...], tuple[str, str]]]:
    """Where both arms run, and what they are called."""
    import re

    from boss_perf.measure.collection import collect
    from boss_perf.measure.declaration import declare
    from boss_perf.measure.revision import git, revision_of
    from boss_perf.measure.worktree import checked_out, default_base, resolve_commit
    from boss_perf.model.gate import Side
    from boss_perf.names import closest

    command, file = setup_command(setup), name.split("::", 1)[0]
    revision = revision_of(root)
    head = tree_of(root, Side("HEAD", revision.commit, revision.is_dirty), path)
    if not (root / file).is_file():
        raise UsageError(f"{file}: no such file", where=str(root))
    collection = collect(head.place((file,)))
    kinds = {each.workload: each.kind for each in collection.found}
    if name not in kinds:
        hint = closest(name, kinds)
        errors = dict(collection.errors)
        why = f": {errors[file]}" if file in errors else ""
        raise UsageError(f"{name} was not collected{why}", hint=f"did you mean {hint}?" if hint else None)
    if kinds[name] == "paired" and against is None:
        yield (head.place((file,)),), ("baseline", "optimized")
        return
    repository = Path(git(root, "rev-parse", "--show-toplevel"))
    commit = default_base(repository) if against in (None, "base") else resolve_commit(repository, str(against))
    with checked_out(repository, commit, folder=root.relative_to(repository), setup=command) as base_root:
        base = tree_of(base_root, Side(against or "base", commit), path)
        request = request_of(
            base, head, suite=[file], only=f"^{re.escape(name)}$", margin=None, budget_s=None, forks=5, jobs=1,
            timeout_s=60, memory=False, seed=1, head_targets=None, base_targets=None,
        )  # fmt: skip
        declare(base, head, terms=request.terms, is_base_ours=True)
        yield (base.place((file,)), head.place((file,))), (base.side.name, head.side.name)


def _page(explanation: "Explanation") -> Iterator[str]:
    """The whole explanation for a terminal."""
    from boss_perf.model.units import format_changes
    from boss_perf.report.escaping import visible_line
    from boss_perf.report.explanation_text import explanation_lines, share_text

    ratio = format_changes(explanation.ratio, explanation.ratio_low, explanation.ratio_high, joint="…")
    yield visible_line(f"{explanation.benchmark}  {explanation.base} → {explanation.head}  {ratio} in passing")
    if not explanation.functions:
        yield f"  {explanation_lines(explanation)[0]}"
    for share in explanation.functions:
        yield f"  {visible_line(share.function)}: {visible_line(share_text(share))}"
        for line in share.lines:
            yield f"      {visible_line(f'{share.file}:{line.line}  {line.text}')}"
        for detail in share.details:
            yield f"      {visible_line(detail)}"
    for note in explanation.notes:
        yield f"  note: {note}"


COMMANDS = {"explain": explain}
