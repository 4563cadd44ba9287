"""What a process has loaded: by its installed pytest plugins alone, or by now, and from which files."""

import functools
import os
import sys
from types import ModuleType

import pytest


def installed_plugins(config: pytest.Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The modules of the installed plugins, and all top-level modules there; asked before anything of the suite is."""
    found = config.pluginmanager.list_plugin_distinfo()
    return tuple(plugin.__name__ for plugin, _ in found if isinstance(plugin, ModuleType)), top_modules()


def fresh_addresses() -> tuple[int, ...]:
    """Where a few new objects of several sizes come to lie; equal in two processes whose heaps are alike."""
    fresh: list[object] = [kind() for _ in range(3) for kind in (object, list, dict, set)]
    fresh += [bytearray(size) for size in (40, 400, 4000, 40_000)]
    return tuple(id(each) for each in fresh)


def top_modules() -> tuple[str, ...]:
    """The top-level names of all modules loaded so far."""
    return tuple(sorted({name.split(".", 1)[0] for name in sys.modules}))


def loaded_files(*, root: str, path: tuple[str, ...] = (), elsewhere: tuple[str, ...] = ()) -> dict[str, str]:
    """Every module loaded from below root, as name → path relative to it.

    Listed with its absolute path is what should not be: a top-level module that root, or a folder of `path`, also has,
    and any module that lies below a folder of `elsewhere`, as an editable install serves it into a package of the tree.
    """
    folders = (root, os.path.join(root, "src"), *path)
    loaded = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        told = _told(name, file, folders, elsewhere) if isinstance(file, str) else None
        if told is not None:
            loaded[name] = told
    return loaded


@functools.cache  # asked of every loaded module at every benchmark
def _told(name: str, file: str, folders: tuple[str, ...], elsewhere: tuple[str, ...]) -> str | None:
    """What is listed of a module, None for one that is not."""
    if name.split(".", 1)[0] == __name__.split(".", 1)[0]:
        return None
    relative = _below(file, folders[0])
    if relative:
        return relative
    is_stray = ("." not in name and _has_module(folders, name)) or any(_below(file, each) for each in elsewhere)
    return _real_file(file) if is_stray else None


@functools.cache
def _has_module(folders: tuple[str, ...], name: str) -> bool:
    places = [os.path.join(folder, name) for folder in folders]
    return any(os.path.isfile(os.path.join(each, "__init__.py")) or os.path.isfile(f"{each}.py") for each in places)


_real_folder = functools.cache(os.path.realpath)


@functools.cache
def _real_file(file: str) -> str:
    """The file with no link in its path; each folder is looked at once, which is most of the work."""
    folder, name = os.path.split(file)
    whole = os.path.join(_real_folder(folder), name)
    return os.path.realpath(whole) if os.path.islink(whole) else whole


def _below(file: str, root: str) -> str | None:
    real = _real_file(file)
    base = _real_folder(root).rstrip(os.sep) + os.sep
    if not real.startswith(base) or f"{os.sep}site-packages{os.sep}" in real:
        return None
    return real[len(base) :].replace(os.sep, "/")
