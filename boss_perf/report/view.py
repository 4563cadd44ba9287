"""The tracker as values: every table, cell by cell, with numbered footnotes; no file, no clock, no markup.

The same judgements give the same view whatever the day: the tracker speaks as of its newest evidence.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from boss_perf.model.explanations import Explanation
from boss_perf.model.history import VerdictRecord, by_target
from boss_perf.model.runs import Run
from boss_perf.model.targets import Guideline, LegendEntry, Section, TargetSet
from boss_perf.model.units import several
from boss_perf.model.verdicts import Evidence, Judgement, Verdict, newest_evidence
from boss_perf.report.digest import doubts_of
from boss_perf.report.figures import commit_text, day_text, machine_text
from boss_perf.report.table import Material, TableView, sentence
from boss_perf.report.tables import bottlenecks, further, own_table, progress

DEFAULT_TITLE = "Performance Optimization Tracker"
DEFAULT_LEGEND = (
    LegendEntry("🔴", "Not Started", "Nothing was measured"),
    LegendEntry("🟡", "In Progress", "There is evidence, but the target is not met, or the evidence is stale"),
    LegendEntry("🟢", "Completed", "The target is met, with fresh evidence"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerView:
    """Everything the tracker says, in its order. `footnotes` are numbered from 1; `doubts` come worst first."""

    title: str
    introduction: str | None
    summary: str
    provenance: str
    doubts: tuple[str, ...]
    legend: tuple[LegendEntry, ...]
    tables: tuple[TableView, ...]
    guidelines: tuple[Guideline, ...]
    bottlenecks: TableView
    footnotes: tuple[str, ...]
    closing: str | None


def build_view(
    target_set: TargetSet,
    judgements: Sequence[Judgement],
    *,
    records: Sequence[VerdictRecord] = (),
    completed_by_month: Mapping[str, Sequence[str]] | None = None,
    runs: Sequence[Run] = (),
    explanations: Mapping[str, Explanation] | None = None,
) -> TrackerView:
    """The tracker of a project, of which every target was judged.

    `records` and `completed_by_month` come from the history, `runs` name the versions that measured. `explanations`
    are by target id. The day of the newest evidence decides what is overdue.
    """
    judged = {judgement.target.id: judgement for judgement in judgements}
    ordered = [judged[target.id] for target in target_set.targets]
    newest = newest_evidence(ordered)
    material = Material(
        target_set=target_set,
        judgements=judged,
        records=by_target(records),
        completed_by_month=completed_by_month or {},
        newest=newest,
        explanations=explanations or {},
    )
    return TrackerView(
        title=target_set.title or DEFAULT_TITLE,
        introduction=target_set.introduction,
        summary=_summary(ordered, as_of=material.as_of),
        provenance=_provenance(newest, ordered, runs),
        doubts=tuple(map(sentence, doubts_of(ordered))),
        legend=target_set.legend or DEFAULT_LEGEND,
        tables=(
            *(own_table(material, section) for section in Section if section is not Section.INFRASTRUCTURE),
            progress(material),
            own_table(material, Section.INFRASTRUCTURE),
            further(material),
        ),
        guidelines=target_set.guidelines,
        bottlenecks=bottlenecks(material),
        footnotes=tuple(material.footnotes),
        closing=target_set.closing,
    )


def _summary(judgements: Sequence[Judgement], *, as_of: date | None) -> str:
    counts = Counter(judgement.verdict for judgement in judgements)
    shown = ", ".join(f"{counts[verdict]} {verdict.value.lower()}" for verdict in Verdict if counts[verdict])
    moment = f"As of {as_of.isoformat()}" if as_of is not None else "So far"
    return f"{moment}, {several(len(judgements), 'target')}: {shown or 'none'}."


def _provenance(newest: Evidence | None, judgements: Sequence[Judgement], runs: Sequence[Run]) -> str:
    """Who measured the newest evidence, where and of what; how much of the rest came from elsewhere."""
    if newest is None:
        return "Nothing was measured yet; boss-perf bench does."
    run = next((run for run in runs if run.id == newest.run_id), None)
    version = dict(run.versions).get("boss-perf") if run is not None else None
    parts = [
        f"{day_text(newest.measured_at)} on {machine_text(newest.machine_text)}",
        f"commit {commit_text(newest)}" if newest.commit else commit_text(newest),
        f"boss-perf {version}" if version else "",
    ]
    machines = len({each.evidence.machine for each in judgements if each.evidence is not None})
    elsewhere = f" Figures come from {machines} machines; where it is another one, a footnote says so."
    return f"Measured {', '.join(part for part in parts if part)}.{elsewhere if machines > 1 else ''}"
