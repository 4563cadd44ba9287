"""What a test of two implementations, or of a policy, holds in its hand."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from .answer_digest import digest_answer
from .clocks import CLOCKS
from .messages import Check
from .subject import Subject

AGREEMENT_INPUT_LIMIT = 64
AGREEMENT_LEAST = 4
AGREEMENT_NS = 500_000_000
OWN_WORD = "the answers are equal by their own `==` alone and hold different things: say with `agree=` what counts"


class ArmsDisagree(AssertionError):
    """The two arms of a paired workload gave different answers."""


class Trial:
    """Collects the checks of a policy; `policy` is what `targets.yaml` declares for the row."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self.policy = policy
        self.checks: list[Check] = []
        self.facts: dict[str, float] = {}

    def check(self, name: str, passed: bool, expected: str, observed: str) -> None:
        """Record one property in words a reader can compare."""
        self.checks.append(Check(str(name), bool(passed), str(expected), str(observed)))

    def fact(self, name: str, number: float) -> None:
        """Record a number that expectations may name."""
        self.facts[name] = float(number)


ServeArms = Callable[[Sequence[str], Sequence[Subject], Any, Callable[[], Any]], None]
"""Gets the arms' names, the arms, what the last answered first, and what asks it again once they were measured."""


class Paired:
    """Two arms in one process; one call per test."""

    def __init__(self, serve_arms: ServeArms) -> None:
        self.extra_info: dict[str, Any] = {}
        self.caveats: list[tuple[str, str]] = []
        self._serve_arms = serve_arms

    def __call__(
        self,
        *,
        baseline: Callable[..., Any],
        optimized: Callable[..., Any],
        inputs: Sequence[Any] | None = None,
        agree: Callable[[Any, Any], Any] | None = None,
        group: str | None = None,
    ) -> tuple[Any, Any]:
        """Check that both arms answer alike, let the tool measure them, and return the first pair of answers.

        Without `agree`, answers are alike that have one type and are equal or hold the same; `agree` says it with True
        or False. Both are asked again after measuring.
        """
        subjects = (Subject(baseline, inputs=inputs), Subject(optimized, inputs=inputs))
        compare = is_same if agree is None else agree
        check = partial(check_agreement, *subjects, agree=compare, caveats=self.caveats)
        first = check(least=AGREEMENT_LEAST, limit=AGREEMENT_INPUT_LIMIT)
        if agree is not None and _accepts(agree, first[0], object()):
            self.caveats.append(("agrees_with_anything", "its `agree` accepts any answer, so none was compared"))

        def ask_again() -> Any:
            now = subjects[0].answer()
            if not _accepts(compare, first[0], now):  # it goes on in a stream, or draws anew
                return subjects[1].answer()
            try:
                return check(least=1, limit=AGREEMENT_LEAST, known=(now,))[1]
            except ArmsDisagree as error:
                raise ArmsDisagree(f"asked again after measuring, {error}") from error

        self._serve_arms(("baseline", "optimized"), subjects, first[1], ask_again)
        return first


def check_agreement(
    baseline: Subject,
    optimized: Subject,
    *,
    agree: Callable[[Any, Any], Any],
    caveats: list[tuple[str, str]],
    least: int,
    limit: int,
    known: Sequence[Any] = (),
) -> tuple[Any, Any]:
    """The first pair of answers; ArmsDisagree when `agree` rejects the answers to one of the first `limit` inputs.

    Slow arms are compared on fewer inputs: after half a second on `least`. For `known` answers the baseline is not
    asked. Else `caveats` gets a doubt where `is_same` takes a first pair that did not hold the same before.
    """
    first: tuple[Any, Any] | None = None
    began_ns = CLOCKS.wall_ns()
    for index in range(min(limit, max(baseline.input_count, 1))):
        left = known[index] if index < len(known) else baseline.answer(index)
        right = optimized.answer(index)
        is_doubted = not known and agree is is_same and first is None and _hold_different(left, right)
        try:
            is_agreed = _asked(agree, left, right)
        except AssertionError as error:
            raise ArmsDisagree(f"input {index}: {error}") from error
        if not is_agreed:
            raise ArmsDisagree(f"input {index}: {_short(left)} against {_short(right)}")
        if is_doubted:
            caveats.append(("equal_by_own_word", OWN_WORD))
        first = first or (left, right)
        if index + 1 >= least and CLOCKS.wall_ns() - began_ns > AGREEMENT_NS:
            break
    if first is None:
        raise ArmsDisagree("nothing was compared")
    return first


def is_same(left: Any, right: Any) -> bool:
    """Two answers of one type that either compare equal, with a real True, or hold the same."""
    if type(left) is not type(right):
        return False
    with contextlib.suppress(Exception):  # a comparison that raises says nothing
        if (left == right) is True:
            return True
    one, other = (digest_answer(each, walks=False) for each in (left, right))
    if one.is_lazy or other.is_lazy:
        raise ArmsDisagree(f"a {type(left).__name__} is used up by comparing it: say how with `agree=`")
    return one.text is not None and not one.doubt and one.text == other.text


def _hold_different(left: Any, right: Any) -> bool:
    """Whether both answers can be looked at, and show different things."""
    digests = [digest_answer(each, walks=False) for each in (left, right)]
    return digests[0].text != digests[1].text and all(each.text and not each.doubt for each in digests)


def _accepts(agree: Callable[[Any, Any], Any], left: Any, right: Any) -> bool:
    try:
        return agree(left, right) is True
    except Exception:  # noqa: BLE001 - it looked, and did not like what it saw
        return False


def _asked(agree: Callable[[Any, Any], Any], left: Any, right: Any) -> bool:
    verdict = agree(left, right)
    if not isinstance(verdict, bool):
        raise TypeError(f"`agree` returned {_short(verdict)}, not True or False")
    return verdict


def _short(answer: Any) -> str:
    try:
        text = repr(answer)
    except Exception as error:  # noqa: BLE001 - a stranger's object
        text = f"a {type(answer).__name__} whose repr raises {type(error).__name__}"
    return text if len(text) <= 200 else f"{text[:200]}…"
