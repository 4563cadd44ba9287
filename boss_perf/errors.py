"""The one family of errors a user may see.

Raised low, caught once in `cli.app`. Each says what is wrong, where, and what to do about it. A closed gate is no
error, and doubt about a number is a caveat that travels with it.
"""

from typing import ClassVar


class ExitStatus:
    """What the process tells its caller; 1 is left to crashes of the interpreter."""

    OPEN: ClassVar[int] = 0
    USAGE: ClassVar[int] = 2
    MISSED: ClassVar[int] = 3
    UNDECIDED: ClassVar[int] = 4
    ENVIRONMENT: ClassVar[int] = 5
    INTERRUPTED: ClassVar[int] = 130


class BossPerfError(Exception):
    """A mistake or a hindrance outside the tool; `where` is a place a user can open, `hint` a next step."""

    exit_status: ClassVar[int] = ExitStatus.ENVIRONMENT

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}  {self.message}" if self.where else self.message
        return f"{text}\n    {self.hint}" if self.hint else text


class UsageError(BossPerfError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_status = ExitStatus.USAGE


class TargetsError(BossPerfError):
    """`targets.yaml`, or a tracker to import, cannot be used; carries every complaint found, not only the first."""

    exit_status = ExitStatus.USAGE

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        complaints: tuple[BossPerfError, ...] = (),
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.complaints = complaints

    def __str__(self) -> str:
        if not self.complaints:
            return super().__str__()
        return "\n".join([*(str(complaint) for complaint in self.complaints), super().__str__()])


class WorkloadError(BossPerfError):
    """A workload raised, hung, died or gave a wrong answer; the run goes on without it."""


class MeasureError(BossPerfError):
    """Nothing can be measured here: another session holds the machine, no interpreter, two arms with one code."""


class NotCollectedError(MeasureError):
    """pytest gave a suite up before its first test."""


class StoreError(BossPerfError):
    """The history cannot be read or written."""


class ReportError(BossPerfError):
    """A report cannot be rendered or written; no half-written file is left behind."""
