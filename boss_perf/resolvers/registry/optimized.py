"""A registry that does its comparing when a resolver comes or goes, so that a lookup is one dict access.

Kept beside the registrations: the latest of each name, which names have a tag or a capability, and who answers an
operation. A cache in front of this would cost more than it saves and could be stale. Lookups by name take no lock.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import count
from threading import Lock

from ..protocol import Resolver, ResolverMetadata, Task
from .contract import METADATA, Registration, TaskResolverRegistry, VersionKey, requested_name, version_key

Place = tuple[int, str]
"""A name behind the turn in which it first came: sorted places are the order of registration."""


class OptimizedRegistry(TaskResolverRegistry):
    """Finds the latest version where it was put when it was registered."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)
        self._latest: dict[str, Resolver] = {}
        self._exact: dict[str, dict[str, Resolver]] = {}
        self._ordered: dict[str, list[tuple[VersionKey, Registration]]] = {}
        self._turns: dict[str, int] = {}
        self._next_turn = count()
        self._by_tag: dict[str, set[Place]] = {}
        self._by_capability: dict[str, set[Place]] = {}
        self._by_operation: dict[str, list[Place]] = {}
        self._asked_in_person: list[Place] = []
        self._lock = Lock()

    def add(self, registration: Registration) -> None:
        """Keep it; an earlier one of the same name and version is replaced."""
        name, version = registration.name, registration.version
        key = version_key(version)
        with self._lock:
            exact = self._exact.setdefault(name, {})
            ordered = self._ordered.setdefault(name, [])
            self._turns.setdefault(name, next(self._next_turn))
            before = ordered[-1][1] if ordered else None
            place = bisect_left(ordered, key, key=_key)
            if version in exact:
                ordered[place] = (key, registration)
            else:
                ordered.insert(place, (key, registration))
            exact[version] = registration.resolver
            self._relist(name, before, ordered[-1][1])

    def unregister(self, name: str, version: str | None = None) -> bool:
        """Forget one version, or all of them; whether there was anything to forget."""
        with self._lock:
            ordered, exact = self._ordered.get(name), self._exact.get(name)
            if ordered is None or exact is None or (version is not None and version not in exact):
                return False
            before = ordered[-1][1]
            if version is not None and len(ordered) > 1:
                del exact[version]
                del ordered[bisect_left(ordered, version_key(version), key=_key)]
                self._relist(name, before, ordered[-1][1])
            else:
                self._relist(name, before, None)
                for index in (self._exact, self._ordered, self._turns):
                    del index[name]
            return True

    def get(self, name: str, version: str | None = None) -> Resolver | None:
        """The resolver of exactly that version, or the latest."""
        try:
            return self._latest[name] if version is None else self._exact[name][version]
        except KeyError:
            return None

    def search(
        self, pattern: str | None = None, *, tags: Iterable[str] = (), capabilities: Iterable[str] = ()
    ) -> list[Resolver]:
        """The latest of every name that begins with a match of `pattern` and has all the tags and capabilities."""
        nobody: set[Place] = set()
        with self._lock:
            sought = [self._by_tag.get(each, nobody) for each in set(tags)]
            sought += [self._by_capability.get(each, nobody) for each in set(capabilities)]
            if sought:
                common = sorted(set.intersection(*sorted(sought, key=len)))
                latest = {name: self._latest[name] for _, name in common}
            else:
                latest = self._latest.copy()
        if not pattern:
            return list(latest.values())
        matches = re.compile(pattern).match
        return [resolver for name, resolver in latest.items() if matches(name)]

    def find_for_task(self, task: Task) -> Resolver | None:
        """The one that the task asks for, if it can handle it; else the first among the latest that can."""
        name = requested_name(task)
        if name is not None:
            resolver = self._latest.get(name)
            if resolver is not None and resolver.can_handle(task):
                return resolver
        operation = str(task.input_data.get("operation", ""))
        with self._lock:
            offering = self._by_operation.get(operation)
            declared = offering[0] if offering else None
            declared_one = self._latest[declared[1]] if declared else None
            asked = [self._latest[place[1]] for place in self._asked_in_person if declared is None or place < declared]
        for resolver in asked:
            if resolver.can_handle(task):
                return resolver
        return declared_one

    def versions(self, name: str) -> list[str]:
        """All versions of a name, oldest first."""
        with self._lock:
            return [registration.version for _, registration in self._ordered.get(name, [])]

    def _relist(self, name: str, before: Registration | None, latest: Registration | None) -> None:
        """Have the indexes hold the latest version of a name instead of the one before."""
        if before is latest:
            return
        place = (self._turns[name], name)
        if latest is None:
            del self._latest[name]
        else:
            self._latest[name] = latest.resolver
        if before is not None:
            for tag in before.tags:
                _discard(self._by_tag, tag, place)
            for capability in before.capabilities:
                _discard(self._by_capability, capability, place)
            if _declares(before.resolver):
                for operation in before.operations:
                    places = self._by_operation[operation]
                    del places[bisect_left(places, place)]
                    if not places:
                        del self._by_operation[operation]
            else:
                del self._asked_in_person[bisect_left(self._asked_in_person, place)]
        if latest is not None:
            for tag in latest.tags:
                self._by_tag.setdefault(tag, set()).add(place)
            for capability in latest.capabilities:
                self._by_capability.setdefault(capability, set()).add(place)
            if _declares(latest.resolver):
                for operation in latest.operations:
                    insort(self._by_operation.setdefault(operation, []), place)
            else:
                insort(self._asked_in_person, place)


def _key(each: tuple[VersionKey, Registration]) -> VersionKey:
    return each[0]


def _declares(resolver: Resolver) -> bool:
    """Whether what it can handle follows from its metadata; one that decides for itself has to be asked."""
    return type(resolver).can_handle is Resolver.can_handle


def _discard(index: dict[str, set[Place]], key: str, place: Place) -> None:
    places = index[key]
    places.discard(place)
    if not places:
        del index[key]
