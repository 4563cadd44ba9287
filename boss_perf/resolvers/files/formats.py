"""Content to bytes and back by compiled code, with the answers of the standard library and PyYAML's safe loader.

Where the compiled code knows less (NaN, lone surrogates) the plain one is asked: nothing readable stops being so.
"""

import csv
import io
import json
from typing import Any

import msgspec
import yaml

from .contract import FileFormat
from .yaml_reader import read_yaml

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_decode_json = msgspec.json.Decoder(strict=True).decode
_encode_json = json.JSONEncoder().encode


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
    """The text of `json.dumps(indent=2)`; the standard library decides what may be written, and does not indent."""
    compact = _encode_json(content)
    try:
        return bytes(msgspec.json.format(compact.encode(), indent=2))
    except (msgspec.MsgspecError, RecursionError):
        return json.dumps(content, indent=2).encode()
