"""What was seen of one benchmark of a gate."""

from dataclasses import dataclass, field

from boss_perf.model.samples import Failure, Sample


@dataclass(slots=True)
class Observed:
    """Everything seen of one benchmark; `late_s` is what one look at it takes at least, where that was too long."""

    timed: list[Sample] = field(default_factory=list)
    traced: list[Sample] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    spent_s: float = 0.0
    late_s: float | None = None

    @property
    def unmeasured(self) -> str:
        """Why there is no time."""
        return "the run ended before it was measured" + (
            f": one look at it takes {self.late_s:.0f} s at least" if self.late_s else ""
        )
