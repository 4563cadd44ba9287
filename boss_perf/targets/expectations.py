"""One expectation as text: `p95 < 50 ms`, `latency -60%`, `recall >= 0.95`, `evidence of a gate run`.

Grammar: `[statistic] [metric] comparator bound`; `metric ±N%` or `metric <= Nx`, against the baseline;
`evidence of a KIND run`. A word that is no metric is a fact, a number that the workload itself reports; a word that
only looks like a metric is a mistake.
"""

import re

from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.targets import Budget, Change, Evidenced
from boss_perf.model.units import Quantity, Unit
from boss_perf.targets.diagnostics import ParseError, known_words_hint, nearest
from boss_perf.targets.quantities import quantity_of

METRICS = {metric.value: metric for metric in Metric if metric is not Metric.FACT}
STATISTICS = {statistic.value: statistic for statistic in Statistic}
FACTS = ("recall", "hit_ratio")
EVIDENCE_KINDS = {"benchmark": "bench"} | {
    kind: kind
    for kind in (
        "load", "distributed load", "memory", "memory_profiler", "gate", "dashboard", "provisioned dashboard"
    )
}  # fmt: skip
EXAMPLES = (
    "p95 < 50 ms", "mean < 5 ms", "latency -60%", "retained_memory -30%", "throughput +25%", "throughput > 500 /s",
    "recall >= 0.95",
)  # fmt: skip
_FORMS = f"write one of the forms {', '.join(EXAMPLES)}"

CHANGE_PATTERN = r"([A-Za-z_][\w.]*)\s*([+\-\u2212\u2013])\s*(\d+(?:\.\d+)?)\s*%"
MULTIPLE_PATTERN = r"([A-Za-z_][\w.]*)\s*(<=|>=|<|>|\u2264|\u2265)\s*(\d+(?:\.\d+)?)\s*x"
BUDGET_PATTERN = r"([A-Za-z_][\w.]*(?:\s+[A-Za-z_][\w.]*)?)\s*(<=|>=|<|>|\u2264|\u2265)\s*(\S.*)"
EVIDENCE_PATTERN = r"evidence of an?\s+((?:rendered|provisioned)\s+dashboard|\w+(?:\s+load)?\s+run)"

_NEAR_RATIO = 0.8
_MEANT = {
    "average": "mean", "avg": "mean", "median": "p50", "p100": "p99.9", "max": "p99.9", "maximum": "p99.9",
    "min": "p50", "minimum": "p50", "p999": "p99.9", "time": "latency", "duration": "latency", "runtime": "latency",
    "speed": "latency", "rps": "throughput", "qps": "throughput", "memory": "retained_memory", "rss": "peak_memory",
    "peak": "peak_memory", "errors": "failures", "error_rate": "failures", "fact": "recall",
}  # fmt: skip
_COMPARATORS = {each.value: each for each in Comparator} | {"≤": Comparator.AT_MOST, "≥": Comparator.AT_LEAST}


def parse_expectation(text: str) -> Budget | Change | Evidenced:
    """The expectation that `text` states; ParseError says what is wrong and what is known."""
    said = text.strip()
    if match := re.fullmatch(EVIDENCE_PATTERN, said, re.IGNORECASE):
        return parse_evidence(match[1])
    if match := re.fullmatch(CHANGE_PATTERN, said):
        return _change(match, said)
    if match := re.fullmatch(MULTIPLE_PATTERN, said):
        return _multiple(match, said)
    if match := re.fullmatch(BUDGET_PATTERN, said):
        return _budget(match, said)
    raise ParseError(f'not an expectation: "{said}"', hint=_FORMS)


def parse_evidence(text: str) -> Evidenced:
    """`gate run`, `benchmark`, `evidence of a load run`: the kind of run that must exist and be fresh."""
    word = re.sub(r"^evidence of an? |^rendered | run$", "", _tidy(text), flags=re.IGNORECASE).lower()
    word = "benchmark" if word == "bench" else word
    if word not in EVIDENCE_KINDS:
        raise ParseError(f'unknown kind of run "{word}"', hint=known_words_hint(word, EVIDENCE_KINDS))
    named = {"dashboard": "rendered dashboard", "provisioned dashboard": word}.get(word, f"{word} run")
    return Evidenced(EVIDENCE_KINDS[word], f"evidence of a {named}")


def _change(match: re.Match[str], said: str) -> Change:
    word, percent = match[1], float(match[3])
    metric = _compared_metric(word)
    is_increase = match[2] == "+"
    sign = "+" if metric.is_higher_better else "-"
    if is_increase is not metric.is_higher_better:
        wrong = "an increase" if is_increase else "a decrease"
        raise ParseError(
            f"{wrong} of {word} is no improvement",
            hint=f"write {word} {sign}{match[3]}%; for what a wrapper may cost, {word} <= 1.5x",
        )
    if percent == 0:
        raise ParseError("0% promises nothing", hint=f"say how much better: {word} {sign}10%")
    if not is_increase and percent >= 100:
        raise ParseError(f"{match[3]}% less leaves nothing", hint="less than 100%, such as -99%")
    return Change(metric, (100 + percent) / 100 if is_increase else (100 - percent) / 100, _tidy(said))


def _multiple(match: re.Match[str], said: str) -> Change:
    metric = _compared_metric(match[1])
    if _COMPARATORS[match[2]].wants_low is metric.is_higher_better:
        opposite = ">=" if metric.is_higher_better else "<="
        raise ParseError(
            f"{match[1]} {match[2]} bounds the wrong side", hint=f"write {match[1]} {opposite} {match[3]}x"
        )
    limit_ratio = float(match[3])
    if limit_ratio == 0:
        raise ParseError("0x leaves nothing", hint="a multiple of the baseline, such as 1.5x")
    return Change(metric, limit_ratio, _tidy(said))


def _compared_metric(word: str) -> Metric:
    if word in STATISTICS:
        raise ParseError(f'"{word}" has no relative form', hint="implementations are compared by latency: latency -60%")
    metric = METRICS.get(word)
    if metric is None:
        raise _unknown_metric(word)
    if metric is Metric.FAILURES:
        raise ParseError('"failures" has no relative form', hint="write a bound: failures < 1%")
    return metric


def _budget(match: re.Match[str], said: str) -> Budget:
    metric, statistic, fact = _subject(match[1].split(), match[3])
    comparator = _COMPARATORS[match[2]]
    if metric is not Metric.FACT and comparator.wants_low is metric.is_higher_better:
        opposite = ">" if metric.is_higher_better else "<"
        raise ParseError(f"{match[1]} {match[2]} bounds the wrong side", hint=f"write {match[1]} {opposite} {match[3]}")
    bound = _bound(match[3], metric, fact)
    if bound.value == 0 and comparator is Comparator.BELOW:
        raise ParseError(f"nothing is below {match[3]}", hint="a bound above zero, or <= 0")
    return Budget(metric, statistic, comparator, bound.value, bound.unit, _tidy(said), fact)


def _subject(words: list[str], bound: str) -> tuple[Metric, Statistic, str | None]:
    statistics = [word for word in words if word in STATISTICS]
    others = [word for word in words if word not in STATISTICS]
    if len(statistics) == 1 and others in ([], [Metric.LATENCY.value]):
        return Metric.LATENCY, STATISTICS[statistics[0]], None
    if len(words) == 2:
        for word in others:
            if word not in METRICS:
                raise _unknown_metric(word)
        raise ParseError(f'"{" ".join(words)}" is not one metric', hint=_FORMS)
    (word,) = others
    metric = METRICS.get(word)
    if metric is Metric.LATENCY:
        raise ParseError("which latency? a bound needs a statistic", hint=f"write p95 < {bound} or mean < {bound}")
    if metric is not None:
        return metric, Statistic.MEAN, None
    if re.fullmatch(r"p\d+(\.\d+)?", word):
        levels = {name: abs(float(name[1:]) - float(word[1:])) for name in STATISTICS if name.startswith("p")}
        hint = f'did you mean "{min(levels, key=levels.__getitem__)}"? known: {", ".join(STATISTICS)}'
        raise ParseError(f'unknown statistic "{word}"', hint=hint)
    known = (*METRICS, *STATISTICS, *FACTS)
    is_near = word not in FACTS and nearest(word, known, cutoff_ratio=_NEAR_RATIO) is not None
    if is_near or word.lower() in _MEANT or not re.fullmatch(r"[a-z][a-z0-9_]*", word):
        raise _unknown_metric(word)
    return Metric.FACT, Statistic.MEAN, word


def _bound(text: str, metric: Metric, fact: str | None) -> Quantity:
    if metric is Metric.FAILURES and text.strip() == "0":
        return Quantity(0.0, Unit.RATIO)
    if fact is None:
        try:
            return quantity_of(text, metric.unit)
        except ParseError as error:
            if text.rstrip().endswith("%") and metric is not Metric.FAILURES:
                percent = text.strip().replace(" ", "")
                error.hint = f"a relative promise is written {metric.value} -{percent}; {error.hint}"
            raise
    try:
        quantity = quantity_of(text, Unit.COUNT, Unit.RATIO)
    except ParseError:
        near = None if fact in FACTS else nearest(fact, (*METRICS, *STATISTICS, *FACTS))
        hint = "compare it with a bare number or a percentage"
        raise ParseError(
            f'"{fact}" is no metric, so the workload reports it, and {text.strip()} is no number',
            hint=f'did you mean "{near}"? If not, {hint}' if near else hint,
        ) from None
    is_share = quantity.value <= 1 and not fact.endswith("_count")
    return Quantity(quantity.value, Unit.RATIO) if is_share else quantity


def _unknown_metric(word: str) -> ParseError:
    meant = _MEANT.get(word.lower()) or nearest(word, (*METRICS, *STATISTICS, *FACTS))
    listed = f"known: {', '.join((*METRICS, *STATISTICS))}, or a fact that the workload reports, such as recall"
    return ParseError(f'unknown metric "{word}"', hint=f'did you mean "{meant}"? {listed}' if meant else listed)


def _tidy(said: str) -> str:
    return " ".join(said.split())
