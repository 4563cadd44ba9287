"""Words of promises in other languages than English: headings of their columns, units, signs of other keyboards."""

import re

PROMISE = (
    r"\b(?:ziel\w*|soll\w*|grenzwert\w*|objetivos?|metas?|l[ií]mites?|umbral\w*|objectifs?|cibles?|seuils?|obiettiv\w*"
    r"|цел[ьи]|целев\w*|порог\w*)\b|目[标標]|[阈閾]值|閾値|목표"
)
"""Of a heading, in small letters, that says a column holds what is promised."""
REQUIREMENT = r"\b(?:anforderung\w*|requisit\w*|exigenc\w*|требован\w*)\b|要求|要件|요구"
MEMORY = r"m[ée]moire|mem[oó]ria|speicher|памят|内存|記憶體|メモリ|메모리"
UNIT = r"einheit|unidad(?:e|es)?|unité|unità|единиц\w*|单位|単位|단위"
_WIDE_BY = ord("！") - ord("!")
_SIGNS: dict[int, str] = {ord(plain) + _WIDE_BY: plain for plain in map(chr, range(ord("!"), ord("~") + 1))}
_SIGNS |= str.maketrans({"，": ", ", "；": "; ", "≦": "<=", "≧": ">=", "⩽": "<=", "⩾": ">="})
_EAST = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_BESIDE_EAST = re.compile(rf"(?<=[!-~])(?={_EAST})|(?<={_EAST})(?=[!-~])")
_UNITS = tuple(
    (re.compile(rf"(?<=\d)\s?(?:{words})(?!\w)", re.IGNORECASE), f" {unit}")
    for unit, words in (
        ("ns", r"нс|纳秒|納秒|ナノ秒"),
        ("us", r"мкс|微秒|マイクロ秒"),
        ("ms", r"мс|毫秒|ミリ秒|밀리초|mil(?:l?i)?(?:sekunden?|segundos?|secondes?|secondi)"),
        ("s", r"с|сек\w*|秒|초|sek(?:unden?|\b\.?)|seg(?:undos?|\b\.?)|secondes?|second[oi]"),
        ("min", r"мин\w*|分钟?|分鐘|분|minuten?|minutos?|minut[oi]|min\b\."),
        ("hour", r"ч|час\w*|小时|小時|時間|시간|stunden?|std\b\.?|horas?|heures?|or[ae]"),
        ("kB", r"кб"),
        ("MB", r"мб|mo"),
        ("GB", r"гб|go"),
    )
)
_WITHOUT_END = re.compile(rf"(\d\s?(?:毫秒|微秒|纳秒|ミリ秒|秒|分钟|分鐘|分|小时|時間|초|분|시간))(?={_EAST})")


def in_plain_signs(text: str) -> str:
    """The text with the signs and the units of amounts as English writes them, and a space where scripts meet."""
    text = _BESIDE_EAST.sub(" ", _WITHOUT_END.sub(r"\1 ", text.translate(_SIGNS)))
    for pattern, unit in _UNITS:
        text = pattern.sub(unit, text)
    return text
