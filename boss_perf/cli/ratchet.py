"""`boss-perf ratchet`: HEAD against the fastest commit each benchmark ever had, so that slow boiling is seen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from boss_perf.cli.flags import CompareFlags, OutputFlags, ProjectFlags
from boss_perf.cli.project import repository_folder, targets_of
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.cli.settings import PYPROJECT, settled_by_base, text_at, text_in
from boss_perf.cli.streams import say
from boss_perf.cli.trees import check_choice, commit_tree, default_suite, folder_tree, measured, request_of
from boss_perf.errors import UsageError
from boss_perf.judge.floors import advanced, moves
from boss_perf.judge.gate.summary import merged_report
from boss_perf.measure.collection import collect_suite
from boss_perf.measure.gate_run import GateRequest
from boss_perf.measure.revision import revision_of
from boss_perf.measure.tree import Tree
from boss_perf.measure.worktree import default_base, resolve_commit
from boss_perf.model.gate import Floor, GateReport
from boss_perf.model.targets import RunPolicy
from boss_perf.report.digest import digest_of_gate
from boss_perf.report.writing import write_text
from boss_perf.targets.floor_file import parse_floors, render_floors
from boss_perf.targets.loader import parse_targets

FLOORS = Path("reports") / "floors.json"


def ratchet(
    here: ProjectFlags,
    flags: CompareFlags,
    answer: OutputFlags,
    start: str = typer.Option(None, "--from", metavar="REF", help="The first floor of benchmarks that have none."),
) -> None:
    """Measure HEAD against the best each benchmark ever was. Example: boss-perf ratchet --from v1.0

    Many small steps that each pass the gate add up; here they are seen as one. On the default branch the floors in
    reports/floors.json rise where policy.ratchet_after runs in a row were faster; commit the file. They never sink:
    to give one up, delete its entry in a commit of its own. Exit status as of `gate`.
    """
    wanted, targets = check_outputs(answer), here.targets
    root = repository_folder(targets)
    check_choice(flags.suite, flags.only, (root,))
    head, main = resolve_commit(root, "HEAD"), default_base(root)
    flags, notes = settled_by_base(flags, base=text_at(root, main, PYPROJECT), head=text_in(root))
    if revision_of(root).is_dirty:
        raise UsageError("the tree differs from its commit", where=str(root), hint="a floor is a commit: commit first")
    # Those of the default branch: a change cannot lower its own.
    kept = text_in(root, FLOORS) if head == main else text_at(root, main, FLOORS)
    floors = {} if kept is None else parse_floors(kept, path=str(root / FLOORS))
    ours, said = targets_of(root, targets), text_at(root, main, Path(targets.name))
    mains = None if said is None else parse_targets(said, path=f"{main[:12]}:{targets.name}")
    with folder_tree(root, "HEAD", flags) as tree:
        files = flags.suite or list(default_suite(root, ours))
        names = dict.fromkeys((*collect_suite(tree, tuple(files)).timed, *floors))
        chosen = [each for each in names if flags.only is None or re.search(flags.only, each)]
        first = resolve_commit(root, start) if start else None
        against = {each: commit for each in chosen if (commit := floors[each].commit if each in floors else first)}
        if not against:
            raise UsageError(
                "no benchmark here has a floor yet", hint="name the commit to begin with: boss-perf ratchet --from v1.0"
            )

        def request(base: Tree, group: Sequence[str]) -> GateRequest:
            only = f"^(?:{'|'.join(map(re.escape, group))})$"
            narrowed = replace(flags, suite=files, only=only)
            whole = request_of(base, tree, narrowed, head_targets=ours, base_targets=mains, examiner=tree)
            share = len(group) / len(against)
            limits = replace(whole.limits, budget_s=whole.limits.budget_s * share)
            alarms = whole.terms.false_alarm_ratio * share
            terms = replace(whole.terms, looks_back=True, pursues_faster=True, false_alarm_ratio=alarms)
            return replace(whole, limits=limits, terms=terms, notes=notes)

        reports: list[GateReport] = []
        for commit in dict.fromkeys(against.values()):
            group = [each for each, floor in against.items() if floor == commit]
            resolve_commit(root, commit)  # says what to do where a shallow clone does not have it
            with commit_tree(root, commit, "floor", flags) as base:
                reports.append(measured(request(base, group)))
            if reports[-1].is_interrupted:
                break
    report = merged_report(reports, name="floor", fail_on=flags.fail_on)
    write_digest(digest_of_gate(report, command="ratchet"), answer, wanted)
    if not report.is_interrupted:
        begun = {each: Floor(head) for each in chosen if each not in against}
        after = advanced(
            {**floors, **begun}, report.items, against=against, head=head, measured_at=datetime.now(UTC),
            run_count=(mains.policy if mains else RunPolicy()).ratchet_after,
        )  # fmt: skip
        _keep(root, floors, after, is_main=head == main)
    raise typer.Exit(report.exit_status)


def _keep(root: Path, before: Mapping[str, Floor], after: Mapping[str, Floor], *, is_main: bool) -> None:
    """Write the floors and say what moved; a branch, whose commits may never be merged, has none of its own."""
    if not is_main:
        say("the floors stay as they are: HEAD is not on the default branch", err=True)
        return
    write_text(root / FLOORS, render_floors(after))
    for sentence in moves(before, after):
        say(sentence, err=True)
