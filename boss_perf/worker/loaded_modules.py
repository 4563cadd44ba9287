"""What a process has loaded: by its installed pytest plugins alone, or by now."""

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
