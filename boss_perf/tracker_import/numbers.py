"""Numbers as people write them: `1,500.5`, `1.500,5`, `1 500,5`, `1'500.5`, `1,50,000` and `1,5`, in plain digits.

One separator before exactly three digits can mean either: `1,500` is read as fifteen hundred, because a decimal of
three places is rarely written; `1.500` is fifteen hundred only where the tracker writes decimals with a comma, and
otherwise says too little to be read.
"""

import re

_SPACES = "\u0020\u00a0\u2009\u202f"
_QUOTES = "'’"
_NUMBER = re.compile(rf"(?<![\w.,{_QUOTES}])\d{{1,18}}(?:[{_SPACES}{_QUOTES}.,]\d{{1,18}}){{0,8}}")
"""Never begins inside a longer number, so a search is linear in the digits."""
_TOLERANCE = re.compile(r"±|\+/-|\+-")
_COMMA_DECIMAL = re.compile(rf"(?<![\w.,])\d{{1,6}},\d{{1,2}}(?=[{_SPACES}]?(?:%|[a-zµμ]))", re.IGNORECASE)


def has_decimal_commas(text: str) -> bool:
    """Whether a text writes `1,5 ms` or `2,75 %` somewhere."""
    return _COMMA_DECIMAL.search(text) is not None


def plain_numbers(text: str, *, decimal_comma: bool = False) -> str | None:
    """The text with its numbers in plain digits; None where one cannot be read, or has a tolerance."""
    numbers = [plain_number(each, decimal_comma=decimal_comma) for each in _NUMBER.findall(text)]
    if _TOLERANCE.search(text) or None in numbers:
        return None
    in_turn = iter(numbers)
    return _NUMBER.sub(lambda _: str(next(in_turn)), text)


def plain_number(written: str, *, decimal_comma: bool = False) -> str | None:
    """Digits, with a point before decimals; None for what is no number or may be either of two."""
    text = re.sub(f"[{_QUOTES}]", "'", re.sub(f"[{_SPACES}]", " ", written))
    separators = re.findall(r"\D", text)
    if not separators:
        return text
    *groupings, last = separators
    kinds = set(groupings)
    if last in ",." and (len(kinds) == 1 and last not in kinds):
        whole, _, decimals = text.rpartition(last)
        grouped = _ungrouped(whole, groupings[0])
        return None if grouped is None else f"{grouped}.{decimals}"
    if len({*separators}) > 1:
        return None
    head, *tail = text.split(last)
    if last in " '" or len(tail) > 1:
        return _ungrouped(text, last)
    is_either = len(tail[0]) == 3 and len(head) <= 3 and head.lstrip("0")
    if last == "," and is_either:
        return head + tail[0]
    if last == "." and is_either:
        return head + tail[0] if decimal_comma else None
    return f"{head}.{tail[0]}"


def _ungrouped(text: str, separator: str) -> str | None:
    """Groups of three, or of two before the last as in India, joined."""
    head, *groups = text.split(separator)
    sizes = [len(group) for group in groups]
    is_western = len(head) <= 3 and all(size == 3 for size in sizes)
    is_indian = separator == "," and len(head) <= 2 and sizes[-1] == 3 and all(size == 2 for size in sizes[:-1])
    return head + "".join(groups) if head and (is_western or is_indian) else None
