"""`reports/floors.json`: written by the tool, kept in the repository, so that whoever lowers a floor does it in review.

The file may come from a stranger's change: what is read is checked before a commit in it is given to git.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from boss_perf.errors import TargetsError
from boss_perf.model.floors import Floor, Witness

FORMAT = "boss-perf floors"
FORMAT_VERSION = 1
LARGEST_FILE_BYTES = 10_000_000
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def parse_floors(text: str, *, path: str) -> dict[str, Floor]:
    """The floors by benchmark; TargetsError, with the line where it is no JSON, when the tool did not write this."""
    if len(text) > LARGEST_FILE_BYTES:
        raise TargetsError("larger than 10 MB: no file of floors", where=path)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken(f"no JSON: {error.msg}", f"{path}:{error.lineno}") from error
    except RecursionError as error:
        raise _broken("no JSON that can be read: nested too deeply", path) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _broken(f"not a file of the format {FORMAT!r}", path)
    if document.get("format_version") != FORMAT_VERSION:
        raise TargetsError(
            f"format version {document.get('format_version')!r}, this tool knows {FORMAT_VERSION}", where=path
        )
    floors = document.get("floors")
    if not isinstance(floors, dict):
        raise _broken("`floors` is no mapping from benchmarks", path)
    return {str(benchmark): _floor(row, f"{path}: {benchmark}") for benchmark, row in floors.items()}


def render_floors(floors: Mapping[str, Floor]) -> str:
    """The file's text, sorted, so that a change touches only the lines of what moved."""
    rows = {benchmark: _row(floor) for benchmark, floor in sorted(floors.items())}
    document = {"format": FORMAT, "format_version": FORMAT_VERSION, "floors": rows}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _row(floor: Floor) -> dict[str, Any]:
    faster = [{"commit": each.commit, "measured_at": each.measured_at.isoformat()} for each in floor.faster]
    return {"commit": floor.commit, "faster": faster}


def _floor(row: object, where: str) -> Floor:
    if not isinstance(row, dict) or not isinstance(row.get("faster", []), list):
        raise _broken("no floor: `commit` and a list `faster` are wanted", where)
    return Floor(_commit(row, where), tuple(_witness(each, where) for each in row.get("faster", [])))


def _witness(row: object, where: str) -> Witness:
    if not isinstance(row, dict):
        raise _broken("an entry of `faster` is no mapping", where)
    try:
        measured_at = datetime.fromisoformat(str(row.get("measured_at")))
    except ValueError as error:
        raise _broken(f"`measured_at` is no date: {row.get('measured_at')!r}", where) from error
    return Witness(_commit(row, where), measured_at)


def _commit(row: Mapping[str, object], where: str) -> str:
    commit = row.get("commit")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise _broken(f"`commit` is no full hash: {commit!r}", where)
    return commit


def _broken(message: str, where: str) -> TargetsError:
    return TargetsError(message, where=where, hint="the tool writes this file; bring back its last good version")
