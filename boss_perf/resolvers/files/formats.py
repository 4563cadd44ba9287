"""Content to bytes and back by compiled code, with the answers of the standard library and PyYAML's safe loader.

Where the compiled code knows less (NaN, lone surrogates) the plain one is asked: nothing readable stops being so.
"""

import csv
import io
import json
from gc import get_referents
from types import NoneType
from typing import Any

import msgspec
import yaml

from .contract import FileFormat
from .yaml_reader import read_yaml

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_decode_json = msgspec.json.Decoder(strict=True).decode
_encode_json = json.JSONEncoder().encode
_encode_fast = msgspec.json.Encoder().encode
_PLAIN = {str, int, float, bool, NoneType, dict, list}
_HOLDERS = {dict, list}


def parse(raw: bytes, file_format: FileFormat) -> Any:
    """The content of a file; ValueError when it is not in the format."""
    if file_format is FileFormat.TEXT:
        return raw.decode()
    if file_format is FileFormat.BINARY:
        return raw
    if file_format is FileFormat.JSON:
        return parse_json(raw)
    if file_format is FileFormat.CSV:
        return list(csv.reader(io.StringIO(raw.decode(), newline="")))
    return read_yaml(raw.decode())


def render(content: Any, file_format: FileFormat) -> bytes:
    """The bytes of a file; TypeError or ValueError when the content does not fit the format."""
    if file_format is FileFormat.TEXT:
        return bytes(content, "utf-8")
    if file_format is FileFormat.BINARY:
        return bytes(content)
    if file_format is FileFormat.JSON:
        return render_json(content)
    if file_format is FileFormat.CSV:
        rows = io.StringIO(newline="")
        csv.writer(rows).writerows(content)
        return rows.getvalue().encode()
    return bytes(yaml.dump(content, Dumper=_Dumper, encoding="utf-8"))


def parse_json(raw: bytes) -> Any:
    """As `json.loads`, constants like NaN and integers of any size included."""
    try:
        return _decode_json(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(raw.decode())


def render_json(content: Any) -> bytes:
    """As `json.dumps(indent=2)`, numbers perhaps spelt otherwise; beyond plain ASCII the standard library decides."""
    try:
        compact = _encode_fast(content)
        if not (compact.isascii() and _is_plain(content, nulls_count=compact.count(b"null"))):
            compact = _encode_json(content).encode()
        return bytes(msgspec.json.format(compact, indent=2))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        return json.dumps(content, indent=2).encode()


def _is_plain(content: Any, *, nulls_count: int) -> bool:
    """Whether it is made of JSON's own types, with as many None as nulls were written: msgspec writes NaN as null too.

    Level by level, as the garbage collector sees them: of a dict it sees the keys only where one is no text, and a
    float is spelt otherwise as a key.
    """
    outer: list[Any] = []
    level, none_count = [content], 0
    while level:
        kinds = set(map(type, level))
        if not kinds <= _PLAIN:
            return False
        if float in kinds and len(level) != sum(len(each) for each in outer if type(each) in _HOLDERS):
            return False
        none_count += level.count(None) if NoneType in kinds else 0
        outer, level = level, get_referents(*level) if kinds & _HOLDERS else []
    return none_count == nulls_count
