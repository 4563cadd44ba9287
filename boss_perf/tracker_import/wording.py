"""What people write in trackers, as an expectation that can be checked: `60% latency reduction` is `latency -60%`.

Where the words leave open what is meant, there is no expectation: a guess would be a promise that nobody made.
"""

import re

from boss_perf.model.targets import Budget
from boss_perf.targets.diagnostics import ParseError
from boss_perf.targets.expectations import STATISTICS, parse_expectation
from boss_perf.tracker_import.languages import MEMORY, in_plain_signs
from boss_perf.tracker_import.numbers import plain_numbers

_MINUS = str.maketrans({"−": "-", "–": "-", "≤": "<=", "≥": ">=", "×": "x", "$": None})
_FORMULAS = ((r"\\(?:text|mathrm)\{([^{}]*)\}", r"\1"), (r"\\le(?:q|\b)", "<="), (r"\\ge(?:q|\b)", ">="), (r"\\%", "%"),
             (r"~~[^~]{1,200}~~", " "))  # fmt: skip
_MEMORY = rf"memory|footprint|\b(?:ram|rss|heap)\b|{MEMORY}"
_PEAK = r"\bpeak\b"
_METRICS = (
    ("throughput", r"throughput|requests? per second|\b[rqtf]ps\b|[a-z]/s(?:ec(?:ond)?)?\b"),
    ("allocations", r"\ballocations?\b"),
    ("peak_memory", _PEAK),
    ("retained_memory", _MEMORY),
    ("latency", r"latenc|\btimes?\b|duration|\bdelay|response|faster|speed"),
)
_DOWN = r"reduc\w*|less|lower|decreas\w*|\bcut\b|\bdrop\b|fewer|shrink|smaller|sav\w+"
_UP = r"increas\w*|\bmore\b|higher|gain|boost"
_BETTER = r"improv\w*|better"
_FILLERS = r"\b(?:the|a|an|of|in|by|at|least|about|to|and)\b|[~().]"
_DIGITS = r"(?<![\w.])(?<!\d:)\d{1,18}(?:\.\d{1,18})?"
"""Never begins inside a longer number, so a search is linear in the digits."""
_PERCENT = re.compile(rf"([+-]?)\s?({_DIGITS})\s?(?:%|percent\b)")
_TIMES = re.compile(rf"({_DIGITS})\s?x\b")
_TIMES_OF = r"[nuµμm]?s|msecs?|millis|(?:nano|micro|milli)?sec(?:ond)?s?|mins?|minutes?|h|hrs?|hours?|days?"
_SIZES_OF = r"[kmgt]?i?b|bytes?"
_A_SECOND = r"\s?(?:/|\bper\b)\s?s(?:ec(?:ond)?)?"
_RATES_OF = rf"rps|qps|tps|fps|hz|(?!(?:{_SIZES_OF}|{_TIMES_OF}|[kmgt]?bits?)\s?(?:/|per))[a-z]{{0,20}}{_A_SECOND}"
_EACH = r"\s?/\s?(?!(?:s|secs?|seconds?|mins?|minutes?|h|hours?|days?)\b)[a-z]"
_SPELT = (
    (r"nanosec\w*", "ns"), (r"microsec\w*", "us"), (r"millis\w*|msecs?", "ms"), (r"secs?|seconds?", "s"),
    (r"mins?|minutes?", "min"), (r"h|hrs?|hours?", "h"), (r"days?", "d"), (_RATES_OF, "/s"),
)  # fmt: skip
_THOUSANDS = re.compile(rf"({_DIGITS})\s?([km])(?![a-z])(\+?)\s?(?=[a-z]{{0,20}}{_A_SECOND}|(?:rps|qps|tps|fps)\b)")
_SIZE_OF_WORK = re.compile(rf"\bfor\s+{_DIGITS}\s?[a-z]+")
_SHARE = re.compile(r"\b(\d{2}(?:\.\d{1,3})?)\s?%\s?(?=(?:of|percentile|ile|in|within|under|below|less than)\b|<)")
_RANGE = re.compile(rf"({_DIGITS}) ?[-~] ?(\d{{1,18}}(?:\.\d{{1,18}})?)(?![\d.-])")
_ASIDE = re.compile(r"\([^()]{1,80}\)")
_PRESENT_WORDS = r"(?:current(?:ly)?|achieved|actual(?:ly)?|baseline|before|was|now|today)\b"
PRESENT = re.compile(
    rf"\s*\({_PRESENT_WORDS}[^()]{{0,80}}\)|\s*[-\u2013\u2014,;]\s*{_PRESENT_WORDS}[^,;()]{{0,80}}", re.IGNORECASE
)
"""What stands beside a promise and tells how things are: `(currently 70 ms)`, `- achieved: 150`."""
PRESENT_NAME = re.compile(rf"\W*{_PRESENT_WORDS}\W*", re.IGNORECASE)
_PERCENTILE = re.compile(
    r"\bp\(?(\d{2}(?:\.\d{1,3})?)(?![\d.]*[a-z\d])|\b(\d{1,2}(?:\.\d{1,3})?)(?:(?:th|st|nd|rd)\b|[e.]? per[cz]entil)"
    r"|\bper[cz]entil\w{0,2} (\d{2}(?:\.\d{1,3})?)\b"
)
_CONDITION = re.compile(r"@|\b(?:at|with|for|under|of)\b")
_NOT_LATENCY = re.compile(
    r"\b(?:ttl|timeouts?|intervals?|retention|uptime|availability|cooldown|window|expir\w+|backoff)\b"
)
_AMOUNT = re.compile(
    r"(<=?|>=?|under|below|(?:no |not )?less than|up to|at most|max(?:imum)?|within|over|above|(?:no |not )?more than"
    r"|at least|min(?:imum)?)?"
    r"[\s:]{0,3}"
    rf"({_DIGITS})\+?\s?((?:{_TIMES_OF})(?={_EACH})|(?:{_TIMES_OF}|{_SIZES_OF}|{_RATES_OF})(?![\w/]))"
)
_AT_LEAST = ("over", "above", "more than", "no less than", "not less than", "at least", "min", "minimum")
_OR_MORE = re.compile(r"\bor (?:more|above|higher)\b|[a-z]\+(?!\w)|以上|이상")
_INCLUSIVE = (
    "at most", "up to", "max", "maximum", "within", "no more than", "not more than",
    "at least", "min", "minimum", "no less than", "not less than",
)  # fmt: skip


def checkable(
    wording: str, *, method: str = "", name: str = "", is_memory: bool = False, decimal_comma: bool = False
) -> tuple[str, ...]:
    """The expectations that a wording states, all of them or none; `method` and `name` may tell the statistic.

    `is_memory` says that a bare `30% reduction` is of memory, `decimal_comma` that the tracker writes `1,5`.
    """
    said = _plainly(wording)
    if _is_expectation(said):
        return (said,)
    plain = plain_numbers(said, decimal_comma=decimal_comma)
    if plain is None:
        return ()
    plain = _THOUSANDS.sub(_in_ones, PRESENT.sub("", plain).lower())
    context = _plainly(f"{method} {name}").lower()
    found: list[str] = []
    for part in re.split(r"\band\b|[,;]", plain):
        if not part.strip():
            continue
        expectation = _relative(part, context, is_memory=is_memory) or _absolute(part, context, is_memory=is_memory)
        if expectation is None or not _is_expectation(expectation):
            return ()
        found.append(expectation)
    return one_of_each(found)


def one_of_each(expectations: list[str]) -> tuple[str, ...]:
    """Each expectation once; none of them where two are of one metric: they must be of different work."""
    found = tuple(dict.fromkeys(expectations))
    return found if len({text.split()[0] for text in found}) == len(found) else ()


def has_amount(text: str) -> bool:
    """Whether a text holds what promises are made of: an amount with its unit, a share, a multiple."""
    plain = (plain_numbers(_plainly(text), decimal_comma=True) or "").lower()
    return any(pattern.search(plain) for pattern in (_PERCENT, _TIMES, _AMOUNT, _THOUSANDS))


def statistic_of(text: str) -> str | None:
    """The statistic that a text names: `p95 latency`, `95th percentile`, `Average lookup time`, `median`."""
    lowered = _SHARE.sub(r"p\1 ", in_plain_signs(text).lower())
    if match := _PERCENTILE.search(lowered):
        name = f"p{match[match.lastindex or 1]}"
        return name if name in STATISTICS else None
    if "median" in lowered:
        return "p50"
    return "mean" if re.search(r"\b(average|avg|mean)\b", lowered) else None


def _plainly(text: str) -> str:
    """Signs as a keyboard has them, without the marks of a formula and what is struck out."""
    for pattern, plain in _FORMULAS:
        text = re.sub(pattern, plain, text)
    return in_plain_signs(text.translate(_MINUS)).strip()


def _in_ones(thousands: re.Match[str]) -> str:
    return f"{float(thousands[1]) * {'k': 1e3, 'm': 1e6}[thousands[2]]:.15g}{thousands[3]} "


def _is_expectation(text: str) -> bool:
    try:
        expectation = parse_expectation(text)
    except ParseError:
        return False
    return not (isinstance(expectation, Budget) and expectation.fact is not None)


def _relative(text: str, context: str, *, is_memory: bool) -> str | None:
    text = _RANGE.sub(r"\1", text)
    if match := _TIMES.search(text):
        return _multiple(float(match[1]), text)
    match = _PERCENT.search(text)
    if match is None or len(_PERCENT.findall(text)) > 1 or "faster" in text or "speed" in text:
        return None
    rest = text.replace(match[0], " ")
    metric = metric_of(rest)
    if metric is None:
        if re.sub(rf"{_DOWN}|{_UP}|{_BETTER}|{_FILLERS}|\s", "", rest):
            return None
        metric = "retained_memory" if is_memory else metric_of(context) if context.strip() else "latency"
    better = "+" if metric == "throughput" else "-"
    sign = match[1] or ("-" if re.search(_DOWN, rest) else "+" if re.search(_UP, rest) else "")
    if not sign and re.search(_BETTER, rest):
        sign = better
    return f"{metric} {sign}{match[2]}%" if sign == better else None


def _multiple(times: float, text: str) -> str | None:
    if times <= 1:
        return None
    if metric_of(text) == "throughput":
        return f"throughput +{(times - 1) * 100:.4g}%"
    return f"latency -{(1 - 1 / times) * 100:.4g}%" if re.search(r"faster|speed.?up", text) else None


def _absolute(text: str, context: str, *, is_memory: bool) -> str | None:
    text = _without_asides(text)
    match = _AMOUNT.search(text)
    described = _SHARE.sub(r"p\1 ", f"{text} {context}")
    alone = _SIZE_OF_WORK.sub("", re.sub(r"\bp\d+(\.\d+)?|\b\d+th|\b[345]g\b", "", text))
    if match is None or len(re.findall(rf"{_DIGITS}\s?[a-zµμ/]", alone)) > 1:
        return None
    if re.search(r"(?:^|\s)-$", text[: match.start(2)]):
        return None  # what is to be taken off
    word, number, unit = match[1] or "", match[2], match[3]
    unit = next((short for pattern, short in _SPELT if re.fullmatch(pattern, unit)), unit)
    is_rate, is_size = unit == "/s", unit.rstrip("s").endswith(("b", "byte"))
    is_floor = word in _AT_LEAST or word.startswith(">") or "+" in match[0] or _OR_MORE.search(text) is not None
    if ((word or is_floor) and is_floor is not is_rate) or (
        _PERCENTILE.search(described) and statistic_of(described) is None
    ):
        return None
    comparator = (">" if is_rate else "<") + ("=" if word.endswith("=") or word in _INCLUSIVE else "")
    if is_rate:
        return f"throughput {comparator} {number} /s"
    if is_size:
        if not is_memory and context.strip() and not re.search(_MEMORY, described):
            return None
        name = "peak_memory" if re.search(_PEAK, described) else "retained_memory"
        size = {"b": "B", "byte": "B", "bytes": "B", "kb": "kB"}.get(unit, unit.upper().replace("I", "i"))
        return f"{name} {comparator} {number} {size}"
    if _NOT_LATENCY.search(described):
        return None
    return f"{statistic_of(described) or 'mean'} {comparator} {number} {unit}"


def _without_asides(text: str) -> str:
    """Parentheses that give another amount beside the first are no part of it; of a range, the end that is easier."""
    bare = _ASIDE.sub(
        lambda aside: "" if _AMOUNT.search(aside[0]) and not _CONDITION.search(aside[0]) else aside[0], text
    )
    bare = bare if "%" in bare or _AMOUNT.search(bare) else text
    is_rate = re.search(rf"{_DIGITS}\+?\s?(?:{_RATES_OF})(?![\w/])", bare) is not None
    return _RANGE.sub(r"\1" if is_rate else r"\2", bare)


def metric_of(text: str) -> str | None:
    """The metric that a text in small letters names."""
    return next((name for name, pattern in _METRICS if re.search(pattern, text)), None)
