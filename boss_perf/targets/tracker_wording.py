"""What people write in trackers, as an expectation that can be checked: `60% latency reduction` is `latency -60%`.

Where the words leave open what is meant, there is no expectation: a guess would be a promise that nobody made.
"""

import re

from boss_perf.model.targets import Budget
from boss_perf.targets.expectations import STATISTICS, parse_expectation
from boss_perf.targets.misread import Misread

_MINUS = str.maketrans({"−": "-", "–": "-", "≤": "<=", "≥": ">=", "×": "x"})
_METRICS = (
    ("throughput", r"throughput|requests? per second|\brps\b|\bqps\b"),
    ("allocations", r"\ballocations?\b"),
    ("peak_memory", r"\bpeak\b"),
    ("retained_memory", r"memory|footprint|\bram\b|\bheap\b"),
    ("latency", r"latenc|\btimes?\b|duration|\bdelay|response|faster|speed"),
)
_DOWN = r"reduc\w*|less|lower|decreas\w*|\bcut\b|\bdrop\b|fewer|shrink|smaller|sav\w+"
_UP = r"increas\w*|\bmore\b|higher|gain|boost"
_BETTER = r"improv\w*|better"
_FILLERS = r"\b(?:the|a|an|of|in|by|at|least|about|to|and)\b|[~().]"
_PERCENT = re.compile(r"([+-]?)\s*(\d+(?:\.\d+)?)\s*(?:%|percent\b)")
_TIMES = re.compile(r"(\d+(?:\.\d+)?)\s*x\b")
_AMOUNT = re.compile(
    r"(<=?|>=?|under|below|less than|at most|within|over|above|more than|at least)?\s*"
    r"(\d+(?:\.\d+)?)\s*(ns|us|µs|μs|ms|s|sec|secs|seconds?|min|minutes?|[kmg]i?b|bytes?|req/s|requests?/s|rps|/s)(?![\w/])"
)
_AT_LEAST = ("over", "above", "more than", "at least")
_INCLUSIVE = ("at most", "within", "at least")


def checkable(wording: str, *, method: str = "", is_memory: bool = False) -> tuple[str, ...]:
    """The expectations that a wording states, all of them or none; `method` may name the statistic.

    `is_memory` says that a bare `30% reduction` is of memory.
    """
    said = wording.translate(_MINUS).strip()
    if _is_expectation(said):
        return (said,)
    found: list[str] = []
    for part in re.split(r"\band\b|[,;]\s", said.lower()):
        expectation = _relative(part, is_memory=is_memory) or _absolute(part, f"{part} {method.lower()}")
        if expectation is None or not _is_expectation(expectation):
            return ()
        if expectation not in found:
            found.append(expectation)
    return tuple(found)


def statistic_of(text: str) -> str | None:
    """The statistic that a text names: `p95 latency`, `95th percentile`, `Average lookup time`, `median`."""
    lowered = text.lower()
    if match := re.search(r"\bp(\d+(?:\.\d+)?)\b|\b(\d+(?:\.\d+)?)th\b", lowered):
        name = f"p{match[1] or match[2]}"
        return name if name in STATISTICS else None
    if "median" in lowered:
        return "p50"
    return "mean" if re.search(r"\b(average|avg|mean)\b", lowered) else None


def _is_expectation(text: str) -> bool:
    try:
        expectation = parse_expectation(text)
    except Misread:
        return False
    return not (isinstance(expectation, Budget) and expectation.fact is not None)


def _relative(text: str, *, is_memory: bool) -> str | None:
    if match := _TIMES.search(text):
        return _multiple(float(match[1]), text)
    match = _PERCENT.search(text)
    if match is None or len(_PERCENT.findall(text)) > 1 or "faster" in text or "speed" in text:
        return None
    rest = text.replace(match[0], " ")
    metric = _metric(rest)
    if metric is None:
        if re.sub(rf"{_DOWN}|{_UP}|{_BETTER}|{_FILLERS}|\s", "", rest):
            return None
        metric = "retained_memory" if is_memory else "latency"
    better = "+" if metric == "throughput" else "-"
    sign = match[1] or ("-" if re.search(_DOWN, rest) else "+" if re.search(_UP, rest) else "")
    if not sign and re.search(_BETTER, rest):
        sign = better
    return f"{metric} {sign}{match[2]}%" if sign == better else None


def _multiple(times: float, text: str) -> str | None:
    if times <= 1:
        return None
    if _metric(text) == "throughput":
        return f"throughput +{(times - 1) * 100:.4g}%"
    return f"latency -{(1 - 1 / times) * 100:.4g}%" if re.search(r"faster|speed", text) else None


def _absolute(text: str, described: str) -> str | None:
    match = _AMOUNT.search(text)
    if match is None or len(re.findall(r"\d+(?:\.\d+)?\s*[a-zµμ/]", re.sub(r"\bp\d+(\.\d+)?|\d+th", "", text))) > 1:
        return None
    word, number, unit = match[1] or "", match[2], match[3]
    is_rate, is_size = unit.endswith("/s") or unit == "rps", unit.rstrip("s").endswith(("b", "byte"))
    is_floor = word in _AT_LEAST or word.startswith(">")
    if (word and is_floor is not is_rate) or (re.search(r"\bp\d", described) and statistic_of(described) is None):
        return None
    comparator = (">" if is_rate else "<") + ("=" if word.endswith("=") or word in _INCLUSIVE else "")
    if is_rate:
        return f"throughput {comparator} {number} /s"
    if is_size:
        metric = _metric(described)
        name = metric if metric in ("peak_memory", "retained_memory") else "retained_memory"
        size = {"b": "B", "byte": "B", "bytes": "B", "kb": "kB"}.get(unit, unit.upper().replace("I", "i"))
        return f"{name} {comparator} {number} {size}"
    return f"{statistic_of(described) or 'mean'} {comparator} {number} {unit}"


def _metric(text: str) -> str | None:
    return next((name for name, pattern in _METRICS if re.search(pattern, text)), None)
