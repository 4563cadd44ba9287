"""Cells that several tables share: what was measured, what it means, what was promised, how it moved."""

from datetime import UTC

from boss_perf.model.targets import Target
from boss_perf.model.verdicts import Evidence, Judgement
from boss_perf.report.cells import (
    NOTHING,
    checks_text,
    commit_text,
    extent_text,
    figure_texts,
    joined,
    or_nothing,
    promise_text,
    side_texts,
    status_text,
)
from boss_perf.report.material import Cell, Material
from boss_perf.report.sparkline import trend_figures, trend_text


def status_cell(material: Material, judgement: Judgement) -> Cell:
    """The status; its reason and every doubt stand in footnotes."""
    remarks = [_sentence(judgement.reason), *(_sentence(caveat.text) for caveat in judgement.caveats)]
    return Cell(status_text(judgement), material.footnotes.numbers(*remarks))


def measured_cell(material: Material, judgement: Judgement, *, opening: str = "") -> Cell:
    """The figures with how much stands behind them; where they come from stands in a footnote."""
    texts = (opening, *figure_texts(judgement), checks_text(judgement), *side_texts(judgement))
    if not any(texts):
        return Cell(NOTHING)
    extent = extent_text(judgement)
    source = material.footnotes.numbers(_source(judgement.evidence)) if judgement.evidence is not None else ()
    return Cell(joined((joined(texts), extent), by=", "), source)


def promise_cell(material: Material, target: Target) -> Cell:
    """What is promised; why it says so stands in a footnote."""
    return Cell(promise_text(target), material.footnotes.numbers(target.why))


def trend_cell(material: Material, judgement: Judgement) -> Cell:
    """The last figures of the machine that the evidence is from, as a sparkline."""
    return Cell(or_nothing(trend_text(trend_figures(material.records.get(judgement.target.id, ()), judgement))))


def _source(evidence: Evidence) -> str:
    moment = f"{evidence.measured_at.astimezone(UTC):%Y-%m-%d}"
    return f"Measured {moment} on {evidence.machine_text}, {commit_text(evidence)}, run {evidence.run_id}."


def _sentence(text: str) -> str:
    """With a capital and a full stop, so that remarks of any make read alike; `p95` is no word to capitalise."""
    said = text.strip()
    opening = said[:1].upper() if said.split(" ", 1)[0].isalpha() else said[:1]
    return f"{opening}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) else '.'}"
