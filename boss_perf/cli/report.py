"""`boss-perf report` and `status`: the tracker, in a file and in the terminal."""

from pathlib import Path

import typer

from boss_perf.cli.flags import OutputFlags, ProjectFlags
from boss_perf.cli.judging import explanations_of, judge_history
from boss_perf.cli.project import open_evidence, read_project
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.cli.streams import say
from boss_perf.errors import ExitStatus
from boss_perf.plan import choose
from boss_perf.report.digest import digest_of_judgements
from boss_perf.report.tracker import render_tracker
from boss_perf.report.view import build_view
from boss_perf.report.writing import is_current, write_text

TRACKER = Path("reports") / "performance_tracker.md"


def report(
    here: ProjectFlags,
    to: Path = typer.Option(None, "--to", help="The file. [default: reports/performance_tracker.md]"),
    template: Path = typer.Option(None, "--template", help="A Jinja template in place of the built-in one."),
    check: bool = typer.Option(False, "--check", help="Write nothing; exit 3 if the file disagrees with the evidence."),
) -> None:
    """Write the Markdown tracker from the evidence. Example: boss-perf report --check"""
    project = read_project(here.targets)
    place = to or project.root / TRACKER
    with open_evidence(project.root, here.store, may_be_missing=True) as history:
        judgements = judge_history(project, history)
        run_ids = dict.fromkeys(each.evidence.run_id for each in judgements if each.evidence is not None)
        view = build_view(
            project.target_set,
            judgements,
            records=history.verdict_history(limit_per_target=50),
            completed_by_month=history.first_completed_by_month(),
            runs=[history.run(each) for each in run_ids],
            explanations=explanations_of(project.target_set, history.explanations(is_one_tree=True)),
        )
    text = render_tracker(view, template_path=template)
    if check:
        if is_current(place, text):
            say(f"{place} agrees with the evidence")
            return
        say(f"{place} does not agree with the evidence; `boss-perf report` writes it anew", err=True)
        raise typer.Exit(ExitStatus.MISSED)
    write_text(place, text)
    say(f"wrote {place}")


def status(
    here: ProjectFlags,
    answer: OutputFlags,
    words: list[str] = typer.Argument(None, metavar="ID", help="Ids, names, components, sections, workloads."),
) -> None:
    """Show where the promises stand, by the evidence there is. Example: boss-perf status --all"""
    wanted = check_outputs(answer)
    project = read_project(here.targets)
    targets = choose(project.target_set, words=words) if words else None
    with open_evidence(project.root, here.store, may_be_missing=True) as history:
        judgements = judge_history(project, history, targets=targets)
    write_digest(digest_of_judgements(judgements, title=project.target_set.project, command="status"), answer, wanted)
