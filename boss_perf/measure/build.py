"""Makes a tree ready to be measured: by the user's set-up command, else as its asv suite says, else by pip."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.build_cache import built_once
from boss_perf.measure.machine.stray_processes import end_tree
from boss_perf.measure.machine.temp_folders import temp_folder
from boss_perf.measure.tree import PROJECT_FILES, Tree, put, source_folders
from boss_perf.model.environment import measured_environment
from boss_perf.worker.asv_config import AsvSuite, usable_suites

BUILD_LIMIT_S = 1800.0
TARGET = "build/boss-perf"
"""Where in a tree lies what was built of it without being told how; first on its import path."""
BUILD_HINT = "give a command that builds each side: --setup"
_INSTALLS = re.compile(r"(\S*python\S* +-m *)?pip +install\b")
_SAID_LIMIT = 800


def run_setup(tree: Tree, command: Sequence[str]) -> None:
    """Run the project's own set-up command in a tree, without a shell, where the same was not built before.

    A command that leaves nothing in the tree is run each time. MeasureError with its last words if it fails.
    """
    what = "the set-up command"
    told = [tree.inner.as_posix(), *command]
    built_once(tree.top, lambda: _run(command, tree, what=what), command=told, python=tree.python)


def is_buildable(tree: Tree) -> bool:
    """Whether a tree says how it is built."""
    return _asv_suite(tree) is not None or any((tree.root / each).is_file() for each in PROJECT_FILES)


def built(tree: Tree) -> tuple[Tree, str]:
    """A tree of our own with what is built of it, and the command that built it; MeasureError if that fails.

    The commands are those of its asv suite where it states some, else it is pip's; nothing is installed elsewhere.
    """
    suite = _asv_suite(tree)
    commands = suite.build_commands if suite is not None else ("pip install .",)

    def make() -> None:
        if suite is None:
            _install(tree, ".")
        else:
            _build_like_asv(tree, suite)

    built_once(tree.top, make, command=[tree.inner.as_posix(), TARGET, *commands], python=tree.python)
    target = (TARGET,) if (tree.root / TARGET).is_dir() else ()
    return replace(tree, path=(*target, *(tree.path or source_folders(tree.root)))), "; ".join(commands)


def _asv_suite(tree: Tree) -> AsvSuite | None:
    return next((each for each in usable_suites(str(tree.root)) if each.build_commands), None)


def _build_like_asv(tree: Tree, suite: AsvSuite) -> None:
    """Run an asv suite's build commands; a wheel that they leave is unpacked into the tree.

    A command that installs something is left out, for it would change the environment that measures.
    """
    inner = tree.top / suite.build_folder
    with temp_folder("wheels") as wheels:
        places = {
            "build_dir": str(inner), "build_cache_dir": wheels,
            "conf_dir": str(tree.root / suite.home), "env_dir": str(Path(tree.python).parent.parent),
            "env_name": "existing", "env_type": "existing", "commit": "0" * 40, "project": suite.project,
        }  # fmt: skip
        for command in suite.build_commands:
            words, variables, folder = _asv_words(command, places, where=tree.root / suite.config)
            if not _INSTALLS.match(" ".join(words)):
                what = f"build_command of {suite.config}"
                _run(words, tree, what=what, hint=BUILD_HINT, variables=variables, folder=folder or inner)
        for wheel in sorted(Path(wheels).glob("*.whl")):
            _install(tree, str(wheel))


def _asv_words(
    command: str, places: Mapping[str, str], *, where: Path
) -> tuple[list[str], dict[str, str], Path | None]:
    """The words of one of asv's commands, the variables that stand before them, and the folder it is run in."""
    try:
        words = [each.format(**places) for each in shlex.split(command)]
    except (ValueError, LookupError) as error:
        raise MeasureError(f"build_command: {command}: {error}", where=str(where), hint=BUILD_HINT) from error
    variables: dict[str, str] = {}
    folder = None
    while words and (found := re.fullmatch(r"([A-Za-z_][\w-]*)=(.*)", words[0], re.DOTALL)):
        name, text = found.groups()
        if name == "in-dir":
            folder = Path(text)
        elif name != "return-code":
            variables[name] = text
        del words[0]
    return words, variables, folder


def _install(tree: Tree, what: str) -> None:
    """Have pip build something and put it into the tree's own target, without what it depends on."""
    target = str(tree.root / TARGET)
    words = [*_installer(tree.python), "--no-deps", "--target", target, "--quiet", what]
    _run(words, tree, what=f"pip install {Path(what).name or what}", hint=BUILD_HINT)
    _complete_sources(tree)


def _complete_sources(tree: Tree) -> None:
    """Put what only the built packages hold beside their sources.

    Where tests are a package, or lie in the project's own, pytest puts the folder above it first on the import path.
    """
    target = tree.root / TARGET
    sources = [tree.root / each for each in tree.path or source_folders(tree.root)]
    for file in filter(Path.is_file, target.rglob("*")):
        inside = file.relative_to(target)
        for source in sources:
            if (source / inside.parts[0] / "__init__.py").is_file() and not (source / inside).exists():
                put(file, source / inside, below=tree.root)


def _installer(python: str) -> list[str]:
    """The command that installs for an interpreter: its own pip, else the tool's, else uv."""
    own = subprocess.run([python, "-I", "-m", "pip", "--version"], capture_output=True, check=False)
    if own.returncode == 0:
        return [python, "-m", "pip", "install", "--disable-pip-version-check"]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--python", python, "install", "--disable-pip-version-check"]
    uv = shutil.which("uv")
    if uv is None:
        raise MeasureError(
            f"{python} has no pip to build with", hint=f"`{python} -m ensurepip` brings it, or {BUILD_HINT}"
        )
    return [uv, "pip", "install", "--python", python]


def _run(
    words: Sequence[str],
    tree: Tree,
    *,
    what: str,
    hint: str = "",
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    """Run a command in a tree with the measuring interpreter's commands first; one that hangs is ended whole."""
    python = shutil.which(tree.python) or tree.python
    given = measured_environment(os.environ)
    path = os.pathsep.join([str(Path(python).parent), given.get("PATH", os.defpath)])
    environment = {**given, "PATH": path, "BOSS_PERF_PYTHON": python, **(variables or {})}
    with tempfile.TemporaryFile() as said:

        def failed(how: str) -> MeasureError:
            said.seek(0)
            words = said.read().decode("utf-8", "replace").strip()[-_SAID_LIMIT:]
            told = "\n".join(filter(None, (words, hint)))
            return MeasureError(f"{what} of {tree.side.name} {how}", hint=told)  # the tree is gone when this is read

        try:
            process = subprocess.Popen(
                list(words), cwd=folder or tree.root, env=environment, stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise failed(f"cannot be run: {error}") from error
        try:
            status = process.wait(timeout=BUILD_LIMIT_S)
        except BaseException as error:
            end_tree(process)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise failed(f"gave no end within {BUILD_LIMIT_S:.0f} s") from error
            raise
        if status:
            raise failed(f"ended with {status}")
