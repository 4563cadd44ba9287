"""How often a test says that its work is called. It is measured by many more calls, and its asserts may count them.

So a test that fails once it was measured is run again with as many calls as it says, and that run decides.
"""

from typing import Any, NamedTuple

import pytest

from .repeated_answers import first_answer
from .subject import Subject


class Stated(NamedTuple):
    """The numbers of a pedantic call; without `rounds` nothing is said."""

    rounds: int = 0
    iterations: int = 1
    warmup_rounds: int = 0

    @property
    def calls(self) -> int:
        """How many these are, as pytest-benchmark makes them: rounds of several calls keep no answer, one more does."""
        return (self.warmup_rounds + self.rounds) * self.iterations + (self.iterations > 1)


NOTHING_STATED = Stated()


class StatedCalls:
    """`measured` is what the test says of the work that was measured, `are_made` that it runs again for its asserts."""

    def __init__(self) -> None:
        self.measured = NOTHING_STATED
        self.are_made = False

    def make(self, subject: Subject, stated: Stated) -> Any:
        """Call the work as often as stated; returns what it answers last."""
        subject.rounds.add(subject.calls(max(0, stated.calls - 1)))
        return first_answer(subject)

    def run_again(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Run a whole test again, its fixtures too."""
        self.are_made = True
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        finally:
            self.are_made = False
