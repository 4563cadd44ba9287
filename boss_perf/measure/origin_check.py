"""Whether both arms ran the code of their own trees, asked of every fork."""

from collections.abc import Mapping

from boss_perf.measure.exam import Arms, Exam, refuse


class OriginCheck:
    """Two refs must be two codes: each arm has to run the modules of its own tree, and none of them from elsewhere."""

    def __init__(self, exam: Exam, arms: Arms) -> None:
        self._exam = exam
        self._arms = arms
        self._is_first = True

    def __call__(self, loaded: Mapping[str, tuple[dict[str, str], ...]]) -> None:
        """MeasureError when an arm ran other code, or nothing of its own."""
        own = self._exam.own_modules
        for index, tree in enumerate((self._arms.base, self._arms.head)):
            seen = [item for arms in loaded.values() for item in arms[index].items()]
            self._exam.refuse_strays(tree, seen)
            if self._is_first and loaded and not any(name.split(".", 1)[0] in own for name, _ in seen):
                wanted = f", where {', '.join(sorted(own))} can be imported" if own else ""
                refuse(tree, f"the benchmarks loaded nothing from there{wanted}")
        self._is_first = self._is_first and not loaded
