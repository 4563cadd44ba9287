"""What a change does to the suite itself, as items of a gate: what it removes, skips or breaks there."""

import re

from boss_perf.errors import UsageError
from boss_perf.judge.gate.terms import Declared, GateTerms, location_of
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.text import closest

ASKED_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]+")
LACKING = re.compile(r"No module named '(?!(?:tests?|bench|benchmarks?|conftest)')([A-Za-z]\w*)'")
"""What can be installed; a folder of tests that is not there never can, and a package of that name is a stranger's."""
BASE_HINT = "written for other versions? --setup builds each side, `compare --base-python` runs base with its own"


def suite_items(terms: GateTerms, declared: Declared) -> list[GateItem]:
    """What the change does to the suite itself: each benchmark it removes or skips, each file that no longer works.

    With them what the targets name and nobody has, and base's own files that cannot be imported.
    """
    broken = dict(declared.errors)
    items = []

    def add(benchmark: str, verdict: GateVerdict, reason: str, hint: str | None = None) -> None:
        items.append(
            GateItem(
                benchmark=benchmark, metric=GateMetric.SUITE, verdict=verdict, reason=reason, hint=hint,
                margin_ratio=terms.margin_ratio, location=location_of(terms, declared, benchmark),
            )
        )  # fmt: skip

    for benchmark in sorted(declared.removed):
        error = broken.get(benchmark.split("::", 1)[0])
        if error is None:
            near = closest(benchmark, declared.added or set(declared.collected) - {benchmark}, cutoff_ratio=0.7)
            hint = f"renamed? did you mean {near}" if near else None
            add(benchmark, GateVerdict.REMOVED, "not in head, though it is in base", hint)
        else:
            add(benchmark, GateVerdict.FAILED, f"its file cannot be imported: {error}", import_hint(error))
    for benchmark, reason in declared.skipped.items():
        if benchmark not in declared.removed and benchmark in declared.names:
            add(benchmark, GateVerdict.SKIPPED, f"the change skips it: {reason}")
    for benchmark, target in _named_by_targets(terms).items():
        if benchmark not in declared.collected and benchmark not in declared.removed:
            near = closest(benchmark, declared.collected, cutoff_ratio=0.7)
            reason = f"not there, though target {target} names it"
            add(benchmark, GateVerdict.UNMEASURED, reason, f"renamed? did you mean {near}" if near else None)
    named = {item.benchmark.split("::", 1)[0] for item in items}
    for file, message in declared.errors:
        if file not in named:
            add(file, GateVerdict.FAILED, f"cannot be imported: {message}", import_hint(message))
    for file, message in declared.base_errors:
        if file not in broken:
            add(
                file,
                GateVerdict.UNDECIDED,
                f"base's own file cannot be imported, what it declares is unknown: {message}",
                import_hint(message) or BASE_HINT,
            )
    return items


def import_hint(message: str, *, python: str = "python") -> str | None:
    """The way out where a suite cannot be imported for want of a module; None for any other reason."""
    lacking = LACKING.search(message)
    if lacking is None:
        return None
    return f"`{python} -m pip install {lacking[1]}` where the suite runs, or name an interpreter that has it: --python"


def option_hint(reason: str) -> str | None:
    """The way out where a suite skips something for want of an option; None for any other reason."""
    word = ASKED_OPTION.search(reason)
    return f"if the suite looks for it on its command line: --pytest-option={word[0]}" if word else None


def _named_by_targets(terms: GateTerms) -> dict[str, str]:
    """The workloads of this suite that either side's targets name, with the id of a target that does."""
    return {
        target.workload: target.id
        for target_set in (terms.head_targets, terms.base_targets)
        for target in (target_set.targets if target_set else ())
        if target.workload is not None
        and target.workload.split("::", 1)[0].startswith(terms.suite)
        and terms.chooses(target.workload)
    }


def refuse_nothing(terms: GateTerms, declared: Declared, *, where: str, python: str) -> None:
    """UsageError when there is nothing to compare, and nothing that the change took away either.

    `where` is head's folder, `python` the interpreter that runs it.
    """
    if declared.names or declared.added:
        return
    if terms.only is not None and declared.collected:
        raise UsageError(
            f"--only {terms.only} matches none of {len(declared.collected)} benchmarks",
            hint=f"one of them is {declared.collected[0]}",
        )
    if not suite_items(terms, declared) or not declared.removed:
        raise UsageError("no benchmark was found", where=where, hint=_why_empty(terms, declared, python))


def _why_empty(terms: GateTerms, declared: Declared, python: str) -> str:
    if declared.errors:
        file, message = declared.errors[0]
        way_out = import_hint(message, python=python)
        return f"{file} cannot be imported: {message}{f'; {way_out}' if way_out else ''}"
    if declared.skipping:
        file, message = declared.skipping[0]
        way_out = option_hint(message) or import_hint(message, python=python)
        return f"{file}: {message}{f'; {way_out}' if way_out else ''}"
    if declared.collected:
        return f"{declared.collected[0]} is a trial, which `boss-perf bench` judges; nothing here has a time"
    return f"looked in {', '.join(terms.suite)} for tests that use the `benchmark` fixture; name others with --suite"
