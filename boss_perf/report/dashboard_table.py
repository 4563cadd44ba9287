"""The dashboard's table of all targets: what each column says of a target, and what it sorts by."""

from dataclasses import dataclass

from boss_perf.model.units import format_change
from boss_perf.model.verdicts import Judgement, Verdict
from boss_perf.report.dashboard_curves import Trend
from boss_perf.report.glance import percent_text, share_of

COLUMNS = ("Verdict", "Section", "Measured", "Of limit", "Change", "Day", "Priority", "Owner", "Due")


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of the table: what it says, what it sorts by, its word on a narrow screen."""

    text: str
    sort: float | str | None = None
    word: str = ""
    is_number: bool = False


def fields_of(judgement: Judgement, trend: Trend | None, *, figure: str) -> dict[str, Cell]:
    """The table's row but for the name; what is unknown is empty and sorts last."""
    target, evidence, share = judgement.target, judgement.evidence, share_of(judgement)
    step = _newest_step(trend)
    return {
        "Verdict": Cell(judgement.verdict.value.lower(), list(Verdict).index(judgement.verdict)),
        "Section": Cell(target.section.value, word="section"),
        "Measured": Cell(figure, word="measured", is_number=True),
        "Of limit": Cell("" if share is None else percent_text(share), share, "of limit", is_number=True),
        "Change": Cell(format_change(step) if step else "", step, "change", is_number=True),
        "Day": Cell(f"{evidence.measured_at:%Y-%m-%d}" if evidence else "", word="day", is_number=True),
        "Priority": Cell(target.priority or "", word="priority"),
        "Owner": Cell(target.owner or "", word="owner"),
        "Due": Cell(target.due.isoformat() if target.due else "", word="due", is_number=True),
    }


def _newest_step(trend: Trend | None) -> float | None:
    """The newest figure over the one before, None where there are not two positive ones."""
    values = trend.chart["value"][-2:] if trend else []
    return values[1] / values[0] if len(values) == 2 and None not in values and min(values) > 0 else None
