"""Which workloads a suite has: one process that collects and measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.fork import ArmPlace, Fork, ForkOrder
from boss_perf.measure.worker_link import WorkerGone
from boss_perf.measure.worktree import SUITE_WORDS
from boss_perf.worker.messages import Bye, Collected, Found

COLLECT_LIMIT_S = 300.0
TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Collection:
    """What pytest found: workloads in order, files that could not be imported and why, top-level modules imported.

    `plugins` are the modules of installed pytest plugins, `plugins_loaded` the top-level modules that come with them.
    """

    found: tuple[Found, ...]
    errors: tuple[tuple[str, str], ...]
    loaded: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    plugins_loaded: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The node ids."""
        return tuple(each.workload for each in self.found)

    @property
    def timed(self) -> tuple[str, ...]:
        """The node ids of what has a time; a trial has none, it is judged by its checks."""
        return tuple(each.workload for each in self.found if each.kind != TRIAL)


def collect(place: ArmPlace) -> Collection:
    """Collect the place's files; MeasureError when pytest itself cannot run there."""
    order = ForkOrder(places=(place,), selected=(), hash_seed=1, core=None)
    with Fork(order) as fork:
        link = fork.links[0]
        try:
            while True:
                event = link.next_event(timeout_s=COLLECT_LIMIT_S)
                if isinstance(event, Collected):
                    return Collection(event.workloads, event.errors, event.loaded, event.plugins, event.plugins_loaded)
                if isinstance(event, Bye):
                    raise MeasureError(
                        "pytest could not collect the suite", where=str(place.root), hint=link.log_tail()[-800:]
                    )
        except WorkerGone as gone:
            raise MeasureError(
                f"while collecting: {gone.message}", where=str(place.root), hint=gone.detail[-800:]
            ) from gone


def import_path(root: Path) -> tuple[str, ...]:
    """What goes first on `sys.path` so that the tree's own code is imported: `src/` where there is one, then root."""
    source = root / "src"
    return (str(source), str(root)) if source.is_dir() else (str(root),)


def own_modules(root: Path, *, suite: Sequence[str] = (), path: Sequence[str] = ()) -> frozenset[str]:
    """The top-level import names a tree provides, without those of its test suite; `path` names further source folders.

    A suite that lies inside a package does not take the package with it. A folder without Python files of its own
    counts when packages lie in it: it is a namespace.
    """
    names = set()
    tops = [Path(path).parts for path in suite if Path(path).parts]
    suite_tops = {parts[0] for parts in tops if len(parts) == 1 or parts[0].lower() in SUITE_WORDS}
    for folder in dict.fromkeys((root / "src", root, *map(Path, path))):
        if not folder.is_dir():
            continue
        for entry in folder.iterdir():
            if entry.name.startswith((".", "_")) or (folder == root and entry.name in suite_tops):
                continue
            if entry.is_dir() and entry.name.isidentifier() and _is_package(entry, is_source=folder != root):
                names.add(entry.name)
            elif entry.suffix == ".py" and entry.stem not in {"setup", "conftest", "noxfile", "tasks"}:
                names.add(entry.stem)
            elif entry.name.endswith((".so", ".pyd")):
                names.add(entry.name.split(".", 1)[0])
    return frozenset(names)


def _is_package(folder: Path, *, is_source: bool) -> bool:
    """Beside a project's other folders a namespace has to hold a package itself; below its sources any depth does."""
    pattern = "**/*.py" if is_source else "*/__init__.py"
    return any(folder.glob("*.py")) or any(folder.glob(pattern))
