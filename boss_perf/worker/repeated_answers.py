"""What a subject answers to its first inputs, asked before it is measured and again after.

A memo that decays, an input that is used up, an answer that is right for the first hundred calls: each is fast, and
none of it is the work that was to be measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .answer_digest import ITEM_LIMIT, AnswerDigest, digest_answer
from .clocks import CLOCKS
from .holdings import Holdings, is_empty
from .late_answers import walk
from .one_shot import FewShots
from .subject import Subject

ASKED_INPUTS = 4
FIRST_CALL_RATIO = 1000
FIRST_CALL_S = 0.005
QUICK_CALL_S = 0.1
PUT_OFF_NS = 30_000
"""What a look takes at least that does work which the call put off; at one small object any look takes 12 µs."""


def first_answer(subject: Subject) -> Any:
    """What a subject answers to its first input; how long that took is kept with its rounds."""
    began_ns = CLOCKS.wall_ns()
    answer = subject.answer()
    subject.rounds.first_s = (CLOCKS.wall_ns() - began_ns) / 1e9
    return answer


def _walked_ns(answer: Any) -> int:
    began_ns = CLOCKS.wall_ns()
    walk(answer, limit=ITEM_LIMIT)
    return CLOCKS.wall_ns() - began_ns


def told(digest: AnswerDigest, answer: Any, *, is_awaited: bool = False) -> str:
    """The name of an answer's type with its digest; of what cannot be looked at a question mark and the name.

    To have to await it is another answer to whoever calls.
    """
    kind = f"{'awaited-' if is_awaited else ''}{type(answer).__qualname__.replace(' ', '')}"
    return f"?{kind}" if digest.text is None else f"{kind} {digest.text}"


class RepeatedAnswers:
    """Asks one subject. `answer` is what it answered to the first input; a `known` one is not asked for.

    `ask_again` gives its answer to that input later, by default by asking it. What uses up some of what it holds is
    called no more often than `stated_calls`, where they are stated. `caveats` are pairs of a kind and a sentence, as
    the tool knows them.
    """

    def __init__(
        self,
        subject: Subject,
        *,
        root: str,
        known: Sequence[Any] = (),
        ask_again: Callable[[], Any] | None = None,
        stated_calls: int = 0,
    ) -> None:
        self.caveats: list[tuple[str, str]] = []
        self.is_lazy = False
        self._subject = subject
        self._root = root
        self._ask_again = ask_again or subject.answer
        if subject.is_one_shot:
            return
        holdings = Holdings(subject.callables, subject.first_arguments)
        self.answer = known[0] if known else first_answer(subject)
        used_up = holdings.used_up()
        if used_up and not subject.has_setup:
            self._doubt_input(f"the first call leaves nothing in the {used_up} it is given")
        elif stated_calls > 1 and holdings.is_less():
            FewShots.limit(subject, stated_calls - 1)
            return
        self._first = self._look(self.answer)

    def _look(self, answer: Any) -> AnswerDigest:
        """The digest of the first answers, and of what plain inputs look like after they were given."""
        given = digest_answer(self._subject.first_arguments, walks=False, root=self._root, is_plain=True).text
        found = self._look_at_answers(answer)
        if given is None or found.text is None:
            return found
        return replace(found, text=":".join(f"{part}+{given}" for part in found.text.split(":")))

    def _look_at_answers(self, answer: Any) -> AnswerDigest:
        """What is lazy is walked in an answer of its own."""
        further = range(1, min(ASKED_INPUTS, self._subject.input_count))
        answers = [answer, *map(self._subject.answer, further)] if further else answer
        found = digest_answer(answers, walks=False, root=self._root)
        if not found.is_lazy:
            self.is_lazy = self.is_lazy or (found.is_late and self._is_put_off())
            return found
        self.is_lazy = True
        answers = [self._subject.answer(index) for index in (0, *further)] if further else self._subject.answer()
        return digest_answer(answers, walks=True, root=self._root)

    def _is_put_off(self) -> bool:
        """Whether a look at new answers always takes long enough to be work, and not what any look costs."""
        return all(_walked_ns(self._subject.answer()) > PUT_OFF_NS for _ in range(3))

    def again(self) -> tuple[str | None, str | None]:
        """The digests of the first answers then and now; whatever is doubtful about them is among the caveats."""
        if self._subject.is_one_shot:
            return self._told_once()
        steady_s = min(self._subject.rounds.seconds(), default=0.0)
        if steady_s < QUICK_CALL_S:
            self._subject.batch(1)  # right after a call, as it was timed: some answer only after a pause
        answer = self._ask_again()
        later = self._look(answer)
        if self._first.text != later.text and is_empty(answer) and not is_empty(self.answer):
            self._doubt_input("the first call gives an answer, later ones an empty one")
        self._doubt_answer(self._first.doubt or later.doubt)
        first_s = 0.0 if self._subject.has_setup else self._subject.rounds.first_s  # a set-up is in it
        if first_s > max(FIRST_CALL_S, FIRST_CALL_RATIO * steady_s) and steady_s:
            times = f"{first_s / steady_s:_.0f}".replace("_", " ")
            text = f"the first call took {times} times what later ones take: they may find its work done"
            self.caveats.append(("first_call", text))
        is_awaited = self._subject.is_async
        return told(self._first, self.answer, is_awaited=is_awaited), told(later, answer, is_awaited=is_awaited)

    def _told_once(self) -> tuple[str | None, str | None]:
        """A call that may not be repeated is not asked twice."""
        self.answer = self._subject.answer()
        only = digest_answer(self.answer, walks=False, root=self._root)
        self._doubt_answer(only.doubt)
        return (told(only, self.answer, is_awaited=self._subject.is_async),) * 2

    def _doubt_answer(self, why: str) -> None:
        if why:
            self.caveats.append(("answers_not_compared", f"answers not compared: {why}"))

    def _doubt_input(self, why: str) -> None:
        if all(kind != "consumed_input" for kind, _ in self.caveats):
            self.caveats.append(("consumed_input", f"the work uses up its input: {why}"))
