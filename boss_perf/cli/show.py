"""`boss-perf show`: one target in full."""

import json
from collections.abc import Iterator

from boss_perf.cli.flags import AsJson, ProjectFlags, Words
from boss_perf.cli.judging import judge_history
from boss_perf.cli.project import open_evidence, read_project
from boss_perf.cli.streams import say
from boss_perf.formats.gate_json import item_document
from boss_perf.model.estimates import Estimate
from boss_perf.model.history import VerdictRecord
from boss_perf.model.units import Unit, format_ratio, several
from boss_perf.model.verdicts import Finding, Judgement, Verdict
from boss_perf.plan import choose
from boss_perf.report.figures import (
    commit_text,
    estimate_text,
    figure_text,
    is_overhead,
    limit_text,
    measuring_command,
    sides_text,
    trend_text,
)
from boss_perf.report.row import row_of_judgement
from boss_perf.text import visible_line


def show(here: ProjectFlags, words: Words, as_json: AsJson = False) -> None:
    """Show all that is known of a target. Example: boss-perf show vector-search-1k-harder"""
    project = read_project(here.targets)
    targets = choose(project.target_set, words=words)
    with open_evidence(project.root, here.store, may_be_missing=True) as history:
        judgements = judge_history(project, history, targets=targets)
        records = {target.id: history.verdict_history(target.id) for target in targets}
    if as_json:
        say(json.dumps([item_document(row_of_judgement(each, ())) for each in judgements], indent=2))
        return
    say("\n\n".join("\n".join(_lines(each, records[each.target.id])) for each in judgements))


def _lines(judgement: Judgement, records: tuple[VerdictRecord, ...]) -> Iterator[str]:
    target, evidence = judgement.target, judgement.evidence
    yield visible_line(f"{target.id} · {target.name} · {judgement.status.emoji} {judgement.verdict.value}")
    for finding in judgement.findings:
        sides = f"{sides_text(finding.comparison)}, " if finding.comparison is not None else ""
        figure = f"{sides}{figure}, " if (figure := figure_text(finding)) else ""
        yield _pair(finding.verdict.value.lower(), f"{figure}promised {limit_text(finding.expectation)}")
        yield _pair("", finding.reason)
        for check in finding.checks:
            mark = "passed" if check.is_passed else "FAILED"
            yield _pair("", f"{mark}: {check.name}: {check.observed}, expected {check.expected}")
        yield from (_pair("", f"{name} {_beside(finding, estimate)}") for name, estimate in finding.side)
    if judgement.reason not in [finding.reason for finding in judgement.findings]:
        yield _pair("reason", judgement.reason)
    if judgement.verdict is Verdict.UNMEASURED and evidence is None and (command := measuring_command(target)):
        yield _pair("next", f"run {command} {target.id}")
    yield from (_pair(word, text) for word, text in _facts(judgement) if text)
    if evidence is not None:
        at = f"{evidence.measured_at:%Y-%m-%d %H:%M} UTC, {evidence.machine_text}, {commit_text(evidence)}"
        yield _pair("evidence", f"{at}, {several(evidence.forks, 'fork')}, run {evidence.run_id}")
    if trend := trend_text(records, judgement):
        yield _pair("trend", trend)


def _beside(finding: Finding, estimate: Estimate) -> str:
    """A ratio beside a comparison as a change, like the one that decided."""
    if finding.comparison is None or estimate.unit is not Unit.RATIO:
        return estimate_text(estimate)
    return format_ratio(estimate.value, estimate.low, estimate.high, is_factor=is_overhead(finding.expectation))


def _pair(word: str, text: str) -> str:
    return f"  {word:<10}  {visible_line(text)}"


def _facts(judgement: Judgement) -> Iterator[tuple[str, str]]:
    target = judgement.target
    yield from (("doubt", caveat.text) for caveat in judgement.caveats)
    for word in ("wording", "why", "notes", "owner", "due", "workload"):
        yield word, str(getattr(target, word) or "")
    yield "declared", str(target.location)
