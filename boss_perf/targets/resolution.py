"""Whether the workloads that promises name are there and can prove them: said before anything is measured.

Pure: collecting the suite and reading its files is the caller's business.
"""

import ast
from collections.abc import Mapping

from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Budget, CachePolicy, Change, Expectation, TargetSet
from boss_perf.targets.diagnostics import Diagnostics
from boss_perf.text import did_you_mean

_FIXTURES = ("benchmark", "paired", "trial")


def check_workloads(
    target_set: TargetSet, *, kinds: Mapping[str, str], errors: Mapping[str, str], sources: Mapping[str, str]
) -> None:
    """TargetsError with every workload that is not there, or that can never prove what is promised of it.

    `kinds` are the fixtures by node id, `errors` why a file could not be imported, `sources` the text of each file
    that is there.
    """
    diagnostics = Diagnostics(target_set.path)
    for target in target_set.targets:
        if target.workload is None:
            continue
        kind = kinds.get(target.workload)
        if kind is None:
            message, hint = _missing(target.workload, kinds=kinds, errors=errors, sources=sources)
            diagnostics.add(target.location, message, hint=hint)
            continue
        reported = reported_facts(sources.get(target.workload.partition("::")[0], ""))
        for expectation in target.expectations:
            misfit = _misfit(expectation, kind, reported)
            if misfit is not None:
                diagnostics.add(target.location, f"{expectation.text}: {target.workload} {misfit[0]}", hint=misfit[1])
    diagnostics.raise_any()


def reported_facts(source: str) -> frozenset[str] | None:
    """The names a test file reports, such as `recall` of `extra_info["recall"]`; None where they cannot be told."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    names: list[str | None] = []
    unread_count = 0
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="extra_info" | "facts"):
                unread_count += 1
            case ast.Subscript(value=ast.Attribute(attr="extra_info" | "facts"), slice=ast.Constant(value=name)):
                unread_count -= 1
                names.append(str(name))
            case ast.Call(func=ast.Attribute(attr="update", value=ast.Attribute(attr="extra_info" | "facts"))):
                unread_count -= 1
                keys = [key for each in node.args for key in (each.keys if isinstance(each, ast.Dict) else [None])]
                names += [str(key.value) if isinstance(key, ast.Constant) else None for key in keys]
                names += [each.arg for each in node.keywords]
            case ast.Call() if any(isinstance(each, ast.Name) and each.id in _FIXTURES for each in node.args):
                return None  # a helper somewhere else may report
    if unread_count or None in names:
        return None
    return frozenset(name for name in names if name is not None)


def _missing(
    workload: str, *, kinds: Mapping[str, str], errors: Mapping[str, str], sources: Mapping[str, str]
) -> tuple[str, str | None]:
    file = workload.partition("::")[0]
    if file in errors:
        return f"workload {workload}: its file cannot be imported", errors[file]
    if file not in sources:
        known = {each.partition("::")[0] for each in kinds}
        return f"workload {workload}: there is no file {file}", did_you_mean(file, known)
    known = {each for each in kinds if each.startswith(f"{file}::")}
    advice = "a test that takes `benchmark`, `paired` or `trial` can prove it"
    hint = did_you_mean(workload, known or kinds) or advice
    return f"workload {workload}: {file} has no such benchmark", hint


def _misfit(expectation: Expectation, kind: str, reported: frozenset[str] | None) -> tuple[str, str] | None:
    """Why a test with that fixture can never prove it, and what to do."""
    if isinstance(expectation, Change) and kind != "paired":
        return f"takes `{kind}`, and a change needs two sides", "take `paired`, with baseline and optimized"
    if isinstance(expectation, CachePolicy) and kind != "trial":
        return f"takes `{kind}`, and a policy is tried", "take `trial`"
    if not isinstance(expectation, Budget):
        return None
    if expectation.metric is Metric.FACT:
        name = expectation.fact or ""
        if reported is None or name in reported:
            return None
        advice = f'write `{kind}.{"facts" if kind == "trial" else "extra_info"}["{name}"] = …` in the test'
        return f"never reports {name}", did_you_mean(name, reported) or advice
    if kind == "paired" and expectation.metric is not Metric.FAILURES:
        return ("takes `paired`, and a budget is of one side", "take `benchmark`, or promise a change: latency -50%")
    if kind == "trial":
        return "takes `trial`, which has no time", "take `benchmark`"
    return None
