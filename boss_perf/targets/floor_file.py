"""`reports/floors.json`: written by the tool, kept in the repository, so that whoever lowers a floor does it in review.

The file may come from a stranger's change: what is read is checked before a commit in it is given to git.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from boss_perf.errors import TargetsError
from boss_perf.model.gate import Floor

FORMAT = "boss-perf floors"
FORMAT_VERSION = 1
LARGEST_FILE_BYTES = 10_000_000
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class _File(msgspec.Struct, kw_only=True):
    format: str
    format_version: int
    floors: dict[str, Any]


def parse_floors(text: str, *, path: str) -> dict[str, Floor]:
    """The floors by benchmark; TargetsError, with the line where it is no JSON, when the tool did not write this."""
    if len(text) > LARGEST_FILE_BYTES:
        raise TargetsError("larger than 10 MB: no file of floors", where=path)
    try:
        file = msgspec.convert(json.loads(text), _File)
        if (file.format, file.format_version) != (FORMAT, FORMAT_VERSION):
            said = f"{file.format!r} version {file.format_version}, this tool knows {FORMAT!r} version {FORMAT_VERSION}"
            raise TargetsError(said, where=path)
        floors = msgspec.convert(file.floors, dict[str, Floor])
    except json.JSONDecodeError as error:
        raise _broken(f"no JSON: {error.msg}", f"{path}:{error.lineno}") from error
    except RecursionError as error:
        raise _broken("no JSON that can be read: nested too deeply", path) from error
    except msgspec.ValidationError as error:
        raise _broken(f"no file of floors: {error}", path) from error
    for benchmark, floor in floors.items():
        for commit in (floor.commit, *(each.commit for each in floor.faster)):
            if not _COMMIT.fullmatch(commit):
                raise _broken(f"`commit` is no full hash: {commit!r}", f"{path}: {benchmark}")
    return floors


def render_floors(floors: Mapping[str, Floor]) -> str:
    """The file's text, sorted, so that a change touches only the lines of what moved."""
    rows = {benchmark: _row(floor) for benchmark, floor in sorted(floors.items())}
    document = {"format": FORMAT, "format_version": FORMAT_VERSION, "floors": rows}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _row(floor: Floor) -> dict[str, Any]:
    faster = [{"commit": each.commit, "measured_at": each.measured_at.isoformat()} for each in floor.faster]
    return {"commit": floor.commit, "faster": faster}


def _broken(message: str, where: str) -> TargetsError:
    return TargetsError(message, where=where, hint="the tool writes this file; bring back its last good version")
