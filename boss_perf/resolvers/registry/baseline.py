"""A registry as BOSS has it: a dict of dicts, and every version parsed again at each call. Frozen: do not speed it up.

About 0.57 µs per version of a name, at each lookup of its latest; a search or a find pays that for every name. BOSS
sorts the parts of a pre-release among the numbers and raises on 1.x beside 1.2: wrong, and not reproduced.
"""

import re
from collections.abc import Iterable
from typing import Any

from ..protocol import Resolver, ResolverMetadata, Task
from .contract import METADATA, Registration, TaskResolverRegistry, requested_name


class BaselineRegistry(TaskResolverRegistry):
    """Finds the latest version by comparing all of them, each time."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)
        self.registrations: dict[str, dict[str, Registration]] = {}

    def add(self, registration: Registration) -> None:
        """Keep it; an earlier one of the same name and version is replaced."""
        self.registrations.setdefault(registration.name, {})[registration.version] = registration

    def unregister(self, name: str, version: str | None = None) -> bool:
        """Forget one version, or all of them; whether there was anything to forget."""
        if name not in self.registrations:
            return False
        if version is None:
            del self.registrations[name]
            return True
        if version not in self.registrations[name]:
            return False
        del self.registrations[name][version]
        if not self.registrations[name]:
            del self.registrations[name]
        return True

    def get(self, name: str, version: str | None = None) -> Resolver | None:
        """The resolver of exactly that version, or the latest."""
        if name not in self.registrations:
            return None
        if version is None:
            return self._latest(name).resolver
        if version in self.registrations[name]:
            return self.registrations[name][version].resolver
        return None

    def search(
        self, pattern: str | None = None, *, tags: Iterable[str] = (), capabilities: Iterable[str] = ()
    ) -> list[Resolver]:
        """The latest of every name that begins with a match of `pattern` and has all the tags and capabilities."""
        wanted_tags, wanted_capabilities = frozenset(tags), frozenset(capabilities)
        matcher = re.compile(pattern) if pattern else None
        found = []
        for name in self.registrations:
            if matcher and not matcher.match(name):
                continue
            latest = self._latest(name)
            if wanted_tags <= latest.tags and wanted_capabilities <= latest.capabilities:
                found.append(latest.resolver)
        return found

    def find_for_task(self, task: Task) -> Resolver | None:
        """The one that the task asks for, if it can handle it; else the first among the latest that can."""
        name = requested_name(task)
        if name is not None:
            resolver = self.get(name)
            if resolver is not None and resolver.can_handle(task):
                return resolver
        for resolver in self.search():
            if resolver.can_handle(task):
                return resolver
        return None

    def versions(self, name: str) -> list[str]:
        """All versions of a name, oldest first."""
        return sorted(self.registrations.get(name, ()), key=_parsed)

    def _latest(self, name: str) -> Registration:
        versions = self.registrations[name]
        return versions[max(versions, key=_parsed)]


def _parsed(version: str) -> tuple[Any, ...]:
    parts = []
    for part in version.split("."):
        try:
            parts.append(int(part))
        except ValueError:
            return _parsed_with_suffix(version)
    return (parts, 1, [], version)


def _parsed_with_suffix(version: str) -> tuple[Any, ...]:
    release, *pre_release = version.split("+")[0].split("-", maxsplit=1)
    numbers = [int(part) for part in release.split(".")]
    if not pre_release:
        return (numbers, 1, [], version)
    identifiers = []
    for identifier in pre_release[0].split("."):
        number = int(identifier) if identifier.isdigit() else -1
        identifiers.append((number < 0, number, identifier if number < 0 else ""))
    return (numbers, 0, identifiers, version)
