"""Content to bytes and back by compiled code, with the answers of the standard library and PyYAML's safe loader.

Where the compiled code knows less (NaN, lone surrogates) the plain one is asked: nothing readable stops being so.
"""

import csv
import io
import json
import marshal
import re
from contextlib import suppress
from typing import Any

import msgspec
import orjson
import yaml

from .contract import FileFormat
from .yaml_reader import read_yaml

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_decode_json = msgspec.json.Decoder(strict=True).decode
_encode_json = json.JSONEncoder().encode
_ONLY_PLAIN = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_NOT_FINITE = tuple(
    re.compile(last + rb"(?<=[g\xe7].{6}[\xf0-\xff]" + last + rb")", re.DOTALL) for last in (rb"\x7f", rb"\xff")
)
"""A float as marshal writes it (g, or that with the flag of a shared object; eight bytes, lowest first) whose exponent
has all bits set. Other bytes that look like one cost time only. Each looks for its last byte, which is rare, and back
from there: ten times as fast as forwards."""


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
    """As `json.dumps(indent=2)`, numbers perhaps spelt otherwise; beyond plain ASCII the standard library decides.

    orjson refuses what it would copy from other types than JSON's own but for enums and UUIDs, which marshal refuses;
    and it writes NaN and infinities as null, which marshal writes bit by bit.
    """
    with suppress(TypeError, ValueError):
        rendered = orjson.dumps(content, option=_ONLY_PLAIN | orjson.OPT_INDENT_2)
        if rendered.isascii() and b"\x7f" not in rendered and _is_finite(marshal.dumps(content, 4)):
            return rendered
    try:
        return bytes(msgspec.json.format(_encode_json(content).encode(), indent=2))
    except (msgspec.MsgspecError, RecursionError):
        return json.dumps(content, indent=2).encode()


def _is_finite(marshalled: bytes) -> bool:
    return not any(each.search(marshalled) for each in _NOT_FINITE)
