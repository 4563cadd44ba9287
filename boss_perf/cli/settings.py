"""`[tool.boss-perf]` of pyproject.toml: what a project's comparisons are like, where no flag says otherwise."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from boss_perf.cli.flags import CompareFlags
from boss_perf.errors import MeasureError, UsageError
from boss_perf.measure.revision import git
from boss_perf.model.units import Unit, parse_quantity
from boss_perf.text import did_you_mean

PYPROJECT = Path("pyproject.toml")
# Each key with the flag's name and what it may be.
_KEYS: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "suite": ("suite", (str, list)),
    "path": ("path", (str, list)),
    "python": ("python", str),
    "setup": ("setup", str),
    "pytest-option": ("pytest_option", (str, list)),
    "margin": ("margin", (int, float, str)),
    "budget": ("budget_s", (int, float, str)),
}
_UNITS = {"margin": (Unit.RATIO, 100.0), "budget": (Unit.NANOSECONDS, 1e-9)}


def settled(flags: CompareFlags, text: str | None, *, where: str = str(PYPROJECT)) -> CompareFlags:
    """The flags with a project's settings under them, from the text of the pyproject.toml that decides."""
    settings, plain = _settings(text, where=where), CompareFlags()
    return replace(
        flags, **{name: each for name, each in settings.items() if getattr(flags, name) == getattr(plain, name)}
    )


def settled_by_base(flags: CompareFlags, *, base: str | None, head: str | None) -> tuple[CompareFlags, tuple[str, ...]]:
    """The flags with base's settings under them, and a note where head's differ.

    A change cannot edit what it is held to, nor bring it: a suite that head chooses leaves out what head made slower.
    """
    flags = settled(flags, base, where="pyproject.toml of base")
    if _settings(head, where=str(PYPROJECT)) == _settings(base, where=str(PYPROJECT)):
        return flags, ()
    return flags, ("the change edits [tool.boss-perf]: base's decides, the edit takes effect when merged",)


def text_at(root: Path, commit: str, file: Path) -> str | None:
    """A file of a commit, below the folder that `root` is in the repository; None where there is none."""
    try:
        return git(root, "show", "--end-of-options", f"{commit}:./{file.as_posix()}")
    except MeasureError:
        return None


def text_in(root: Path, file: Path = PYPROJECT) -> str | None:
    """A file of a folder, its pyproject.toml unless another is named; None where there is none."""
    place = root / file
    return place.read_text(encoding="utf-8", errors="replace") if place.is_file() else None


def _settings(text: str | None, *, where: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(text or "").get("tool", {}).get("boss-perf", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"cannot be read: {error}", where=where) from error
    settings = {}
    for key, value in table.items():
        if key not in _KEYS:
            hint = did_you_mean(key, _KEYS) or f"there are {', '.join(_KEYS)}"
            raise UsageError(f"[tool.boss-perf] has no key {key!r}", where=where, hint=hint)
        name, kind = _KEYS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise UsageError(f"[tool.boss-perf] {key} = {value!r} cannot be meant", where=where)
        settings[name] = _read(key, value, where)
    return settings


def _read(key: str, value: Any, where: str) -> Any:
    if key in ("suite", "path", "pytest-option"):
        return [value] if isinstance(value, str) else list(map(str, value))
    if key not in _UNITS or not isinstance(value, str):
        return Path(value) if key == "python" else value
    unit, scale = _UNITS[key]
    try:
        quantity = parse_quantity(value)
    except ValueError as error:
        raise UsageError(f"[tool.boss-perf] {key}: {error}", where=where) from error
    if quantity.unit is not unit:
        raise UsageError(f"[tool.boss-perf] {key} = {value!r}: no {unit.value}", where=where)
    return quantity.value * scale
