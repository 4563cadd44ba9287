"""What tables are made of and made into: judgements and their history, cells and their footnotes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from boss_perf.model.history import VerdictRecord
from boss_perf.model.targets import Section, TargetSet
from boss_perf.model.verdicts import Judgement


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and the numbers of the footnotes behind it."""

    text: str
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TableView:
    """A section of the tracker: its heading, its columns and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Footnotes:
    """Numbers for remarks in the order in which they are first made; the same remark has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def numbers(self, *remarks: str | None) -> tuple[int, ...]:
        """The numbers of the remarks that say something, each once."""
        said = (remark.strip() for remark in remarks if remark and remark.strip())
        return tuple(dict.fromkeys(self._numbers.setdefault(remark, len(self._numbers) + 1) for remark in said))

    @property
    def texts(self) -> tuple[str, ...]:
        """All remarks so far, number 1 first."""
        return tuple(self._numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the tables are made of; `judgements` has one for every target of the file."""

    target_set: TargetSet
    judgements: Mapping[str, Judgement]
    records: Mapping[str, tuple[VerdictRecord, ...]]
    completed_by_month: Mapping[str, Sequence[str]]
    as_of: date | None
    footnotes: Footnotes

    def in_section(self, section: Section) -> tuple[Judgement, ...]:
        """The judgements of one table, in the file's order."""
        return tuple(self.judgements[target.id] for target in self.target_set.in_section(section))
