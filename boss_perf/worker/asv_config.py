"""Where asv suites lie in a tree, and what their `asv.conf.json` says that concerns a measurement."""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NAMES = ("asv.conf.json", "asv.conf.jsonc")
DEPTH_LIMIT = 2
_PASSED_OVER = ("node_modules", "venv", "__pycache__")
_COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMAS = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


class AsvConfigError(ValueError):
    """A configuration that cannot be used; `file` is relative to the tree."""

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file}: {why}")
        self.file = file
        self.why = why


@dataclass(frozen=True)
class AsvSuite:
    """A suite of asv: its configuration and its folder of benchmarks, both relative to the tree.

    `environment` is what its matrix sets for what is run, `margins` the slowdown that a benchmark is allowed, as a
    ratio, by a regular expression that asv's name of it begins with. `build_commands` are run in `build_folder`;
    `timeout_s` holds for benchmarks that state none.
    """

    config: str
    folder: str
    environment: Mapping[str, str]
    margins: tuple[tuple[str, float], ...] = ()
    project: str = ""
    build_commands: tuple[str, ...] = ()
    build_folder: str = ""
    timeout_s: float | None = None

    @property
    def home(self) -> str:
        """The folder of the configuration; empty for the tree itself."""
        return os.path.dirname(self.config)

    def holds(self, file: str) -> bool:
        """Whether a file, or a folder, is of the benchmarks."""
        return file == self.folder or file.startswith(f"{self.folder}/")

    def margin_ratio(self, workload: str) -> float | None:
        """The largest margin stated for a workload by its node id; None where there is none."""
        file, _, name = workload.partition("::")
        if not self.holds(file):
            return None
        module = file[len(self.folder) + 1 :].removesuffix(".py").removesuffix("__init__").rstrip("/")
        asv_name = ".".join([*filter(None, module.split("/")), *name.partition("[")[0].split("::")])
        return max((ratio for pattern, ratio in self.margins if re.match(pattern, asv_name)), default=None)


def find_configs(root: str) -> list[str]:
    """The configurations in a tree, relative to it, not deeper than anybody puts them."""
    found: list[str] = []
    for folder, below, files in os.walk(root):
        place = os.path.relpath(folder, root)
        found += (os.path.normpath(os.path.join(place, each)) for each in files if each in NAMES)
        is_deepest = place != "." and place.count(os.sep) == DEPTH_LIMIT - 1
        below[:] = [] if is_deepest else [each for each in below if not each.startswith((".", *_PASSED_OVER))]
    return sorted(found)


def usable_suites(root: str) -> list[AsvSuite]:
    """The suites whose configuration can be used."""
    found = []
    for file in find_configs(root):
        with contextlib.suppress(AsvConfigError):
            found.append(read_config(root, file))
    return found


def read_config(root: str, file: str) -> AsvSuite:
    """The suite of a configuration; AsvConfigError when it is broken, or names a folder outside or none."""
    try:
        with open(os.path.join(root, file), encoding="utf-8") as stream:
            text = stream.read()
        plain = _TRAILING_COMMAS.sub(lambda each: each[1] or "", _COMMENTS.sub(lambda each: each[1] or " ", text))
        said = json.loads(plain)
    except OSError as error:
        raise AsvConfigError(file, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise AsvConfigError(file, f"no JSON with comments: {error}") from error
    if not isinstance(said, dict):
        raise AsvConfigError(file, "it is no object")
    stated = said.get("benchmark_dir", "benchmarks")
    if not isinstance(stated, str):
        raise AsvConfigError(file, "benchmark_dir is no text")
    folder = os.path.normpath(os.path.join(os.path.dirname(file), stated))
    if os.path.isabs(folder) or folder == "." or folder.split(os.sep, 1)[0] == "..":
        raise AsvConfigError(file, f"benchmark_dir {stated} is no folder inside the tree")
    if not os.path.isdir(os.path.join(root, folder)):
        raise AsvConfigError(file, f"benchmark_dir {stated} does not exist")
    limit_s = said.get("default_benchmark_timeout")
    return AsvSuite(
        file, folder, dict(_environment(said)), tuple(_margins(said, file)), project=str(said.get("project", "")),
        build_commands=tuple(_texts(said.get("build_command"))), build_folder=str(said.get("repo_subdir", "")),
        timeout_s=float(limit_s) if isinstance(limit_s, int | float) else None,
    )  # fmt: skip


def _texts(said: Any) -> list[str]:
    return [each for each in (said if isinstance(said, list) else [said]) if isinstance(each, str)]


def _environment(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The variables of the matrix, of several values the first; the hash seed is the measurement's own."""
    matrix = said.get("matrix")
    for kind in ("env", "env_nobuild"):
        stated = matrix.get(kind) if isinstance(matrix, dict) else None
        for name, values in stated.items() if isinstance(stated, dict) else ():
            first = values[0] if isinstance(values, list) and values else values
            if isinstance(first, str) and name != "PYTHONHASHSEED":
                yield name, first


def _margins(said: Mapping[str, Any], file: str) -> Iterator[tuple[str, float]]:
    stated = said.get("regressions_thresholds")
    for pattern, ratio in stated.items() if isinstance(stated, dict) else ():
        try:
            re.compile(pattern)
            if isinstance(ratio, bool) or not 0 <= float(ratio) < 100:
                raise ValueError(ratio)
        except (re.error, TypeError, ValueError) as error:
            raise AsvConfigError(file, f"regressions_thresholds: {pattern}: {ratio} is no ratio") from error
        yield pattern, float(ratio)
