"""`boss-perf trend`: what the history has of a target, and where its level moved."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boss_perf.cli.flags import AsJson, ProjectFlags, Words
from boss_perf.cli.project import open_evidence, read_project
from boss_perf.cli.streams import say
from boss_perf.model.history import VerdictRecord, figure_of, measurements
from boss_perf.model.targets import Change, Expectation, Target
from boss_perf.model.units import Unit, format_change, format_interval, format_ratio
from boss_perf.plan import choose
from boss_perf.report.figures import is_overhead, limit_text, sparkline
from boss_perf.stats.series import ChangePoint, change_points
from boss_perf.text import visible_line

_SHOWN_COUNT = 10


@dataclass(frozen=True, slots=True)
class Line:
    """What one machine measured of one figure, and where its level moved; a ratio in the terms of the promise."""

    name: str
    promise: Expectation | None
    records: Sequence[VerdictRecord]

    @property
    def numbers(self) -> list[float]:
        """The figures without their intervals."""
        return [each.sides(self.promise)[0] for each in self.records]

    @property
    def steps(self) -> tuple[ChangePoint, ...]:
        """The lasting ones."""
        return change_points(self.numbers)


def trend(here: ProjectFlags, words: Words, as_json: AsJson = False) -> None:
    """Show a target's history and where its level moved. Example: boss-perf trend llm-response-parsing

    A trend is evidence for people and never the gate: other days are other machines.
    """
    project = read_project(here.targets)
    targets = choose(project.target_set, words=words)
    with open_evidence(project.root, here.store) as history:
        lines = {target: tuple(_lines(target, history.verdict_history(target.id))) for target in targets}
        commits = {run.id: run.commit for run in history.runs()}
    if as_json:
        say(json.dumps([_document(target, lines[target], commits) for target in targets], indent=2, allow_nan=False))
    else:
        say("\n\n".join("\n".join(_text(target, lines[target], commits)) for target in targets))


def _lines(target: Target, records: Sequence[VerdictRecord]) -> Iterator[Line]:
    promised = {figure_of(each): each for each in target.expectations}
    for name in dict.fromkeys((*promised, *(each.figure_of for each in records))):
        if measured := measurements(records, name):
            yield Line(name, promised.get(name), measured)


def _text(target: Target, lines: Sequence[Line], commits: Mapping[str, str | None]) -> Iterator[str]:
    yield visible_line(f"{target.id} · {target.name}" + ("" if lines else ": nothing was measured yet"))
    for line in lines:
        count = len(line.records)
        promised = f", promised {limit_text(line.promise)}" if line.promise else ""
        runs = "1 run" if count == 1 else f"{count} runs on one machine"
        title = line.name.replace("_", " ") or "unknown promise, kept by an earlier version"
        blocks = f"  {sparkline(line.numbers)}" if count > 1 else ""
        yield f"  {visible_line(f'{title}{promised}: {runs}')}{blocks}"
        for record in line.records[-_SHOWN_COUNT:]:
            figure, commit = _figure(line, record), (commits.get(record.source) or "")[:7]
            is_other = line.promise is not None and record.expectation not in ("", line.promise.text)
            then = f"  when {visible_line(record.expectation)} was promised" if is_other else ""
            yield f"    {record.at:%Y-%m-%d %H:%M}  {commit:7}  {record.verdict.value.lower():10}  {figure}{then}"
        for point in line.steps:
            yield f"    level moved by {format_change(point.ratio)} at {line.records[point.index].at:%Y-%m-%d %H:%M}"
        if not line.steps and count > 1:
            yield "    no lasting step was found"


def _figure(line: Line, record: VerdictRecord) -> str:
    value, low, high = record.sides(line.promise)
    if record.ratio is None:
        return format_interval(value, low, high, record.unit or Unit.COUNT)
    limit = line.promise.limit_ratio if isinstance(line.promise, Change) else None
    return format_ratio(value, low, high, is_factor=is_overhead(line.promise), apart_from=limit)


def _document(target: Target, lines: Sequence[Line], commits: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "key": target.id,
        "name": target.name,
        "figures": [
            {
                "name": line.name,
                "promised": line.promise.text if line.promise else None,
                "runs": [
                    {
                        "run": each.source,
                        "measured_at": each.at.isoformat(),
                        "commit": commits.get(each.source),
                        "verdict": each.verdict.value,
                        "unit": (Unit.RATIO if each.ratio is not None else each.unit or Unit.COUNT).value,
                        "value": each.number,
                    }
                    for each in line.records
                ],
                "steps": [
                    {"run": line.records[point.index].source, "ratio": round(point.ratio, 6)} for point in line.steps
                ],
            }
            for line in lines
        ],
    }
