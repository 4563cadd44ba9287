"""Where measured code comes from: the files that the loaded modules are of."""

import functools
import os
import sys


def loaded_files(*, root: str, path: tuple[str, ...] = (), elsewhere: tuple[str, ...] = ()) -> dict[str, str]:
    """Every module loaded from below root, as name → path relative to it.

    Listed with its absolute path is what should not be: a top-level module that root, or a folder of `path`, also has,
    and any module that lies below a folder of `elsewhere`, as an editable install serves it into a package of the tree.
    """
    folders = (root, os.path.join(root, "src"), *path)
    loaded = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name.split(".", 1)[0] == __name__.split(".", 1)[0]:
            continue
        relative = _below(file, root)
        if relative:
            loaded[name] = relative
        elif ("." not in name and _has_module(folders, name)) or any(_below(file, each) for each in elsewhere):
            loaded[name] = os.path.realpath(file)
    return loaded


@functools.cache
def _has_module(folders: tuple[str, ...], name: str) -> bool:
    places = [os.path.join(folder, name) for folder in folders]
    return any(os.path.isfile(os.path.join(each, "__init__.py")) or os.path.isfile(f"{each}.py") for each in places)


_real = functools.cache(os.path.realpath)


@functools.cache  # asked of every loaded module at every benchmark
def _below(path: str, root: str) -> str | None:
    real = os.path.realpath(path)
    base = _real(root).rstrip(os.sep) + os.sep
    if not real.startswith(base) or f"{os.sep}site-packages{os.sep}" in real:
        return None
    return real[len(base) :].replace(os.sep, "/")
