"""What a registry of resolvers promises, however it finds them.

A name has versions; the latest is the greatest by the precedence of semantic versions, so 1.10 is newer than 1.9 and
1.2.0-rc.1 is older than 1.2.0. Where names are listed or tried one after the other, the order is that in which they
were first registered. An answer is never stale: it is the one a fresh registry with the same contents would give.
"""

import re
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected, required

OPERATIONS = frozenset(("register", "unregister", "get", "search", "find", "versions"))
METADATA = ResolverMetadata("registry", "1.0.0", "resolvers by name, version and capability", OPERATIONS)
REQUESTED = "resolver"
"""The key of `task.context` under which a task may ask for a resolver by name."""

_VERSION = re.compile(r"\d+(?:\.\d+)*(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?(?:\+[0-9a-z.-]+)?", re.ASCII | re.IGNORECASE)
_VERSION_LIMIT = 128
_PATTERN_LIMIT = 200

VersionKey = tuple[tuple[int, ...], tuple[tuple[int, int, str], ...], str]
_RELEASE = ((2, 0, ""),)


@dataclass(frozen=True, slots=True)
class Registration:
    """A resolver under one version, with what it was registered for; read once, when it is registered.

    `operations` are those its metadata declare, `capabilities` these and the ones added for searches.
    """

    resolver: Resolver
    name: str
    version: str
    operations: frozenset[str]
    capabilities: frozenset[str]
    tags: frozenset[str]


class TaskResolverRegistry(Resolver):
    """Registers resolvers and finds them again; its tasks carry and return the resolver objects themselves."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)

    @abstractmethod
    def add(self, registration: Registration) -> None:
        """Keep it; an earlier one of the same name and version is replaced."""

    @abstractmethod
    def unregister(self, name: str, version: str | None = None) -> bool:
        """Forget one version, or all of them; whether there was anything to forget."""

    @abstractmethod
    def get(self, name: str, version: str | None = None) -> Resolver | None:
        """The resolver of exactly that version, or the latest."""

    @abstractmethod
    def search(
        self, pattern: str | None = None, *, tags: Iterable[str] = (), capabilities: Iterable[str] = ()
    ) -> list[Resolver]:
        """The latest of every name that begins with a match of `pattern` and has all the tags and capabilities."""

    @abstractmethod
    def find_for_task(self, task: Task) -> Resolver | None:
        """The one that the task asks for, if it can handle it; else the first among the latest that can."""

    @abstractmethod
    def versions(self, name: str) -> list[str]:
        """All versions of a name, oldest first."""

    def register(
        self, resolver: Resolver, *, capabilities: Iterable[str] = (), tags: Iterable[str] = ()
    ) -> Registration:
        """Make it known under its metadata's name and version; more capabilities and tags add to the metadata's."""
        metadata = resolver.metadata
        if not metadata.name or not isinstance(metadata.name, str):
            raise TaskRejected("wrong_value", "a resolver needs a name to be registered")
        if len(metadata.version) > _VERSION_LIMIT or not _VERSION.fullmatch(metadata.version):
            raise TaskRejected("wrong_value", f"{metadata.version[:_VERSION_LIMIT]!r} is no version such as 1.2.3-rc.1")
        registration = Registration(
            resolver,
            metadata.name,
            metadata.version,
            metadata.capabilities,
            metadata.capabilities.union(capabilities),
            metadata.tags.union(tags),
        )
        self.add(registration)
        return registration

    async def answer(self, task: Task) -> dict[str, Any]:
        """The output of the operation the task names."""
        match task.input_data.get("operation"):
            case "register":
                tags, capabilities = _texts(task, "tags"), _texts(task, "capabilities")
                kept = self.register(required(task, "resolver", Resolver), capabilities=capabilities, tags=tags)
                return {"name": kept.name, "version": kept.version}
            case "unregister":
                return {"unregistered": self.unregister(required(task, "name", str), _version_of(task))}
            case "get":
                name, version = required(task, "name", str), _version_of(task)
                return _found(self.get(name, version), f"no resolver {name!r:.80} {(version or '')[:80]}".rstrip())
            case "search":
                found = self.search(
                    _pattern_of(task), tags=_texts(task, "tags"), capabilities=_texts(task, "capabilities")
                )
                return {"resolvers": found, "count": len(found)}
            case "find":
                return _found(self.find_for_task(required(task, "task", Task)), "no resolver can handle the task")
            case "versions":
                return {"versions": self.versions(required(task, "name", str))}
            case other:
                offered = ", ".join(sorted(OPERATIONS))
                raise TaskRejected("unknown_operation", f"no operation {other!r:.80}; there are {offered}")


def version_key(version: str) -> VersionKey:
    """Sorts versions by the precedence of semver.org 2.0.0, section 11; build metadata only break ties."""
    core, _, _build = version.partition("+")
    core, dash, identifiers = core.partition("-")
    numbers = tuple(map(int, core.split(".")))
    if not dash:
        return numbers, _RELEASE, version
    keys = [(0, int(each), "") if each.isdigit() else (1, 0, each) for each in identifiers.split(".")]
    return numbers, tuple(keys), version


def requested_name(task: Task) -> str | None:
    """The resolver a task asks for by name, if it does."""
    name = task.context.get(REQUESTED)
    return name if isinstance(name, str) and name else None


def _found(resolver: Resolver | None, otherwise: str) -> dict[str, Any]:
    if resolver is None:
        raise TaskRejected("not_found", otherwise)
    return {"resolver": resolver, "name": resolver.metadata.name, "version": resolver.metadata.version}


def _version_of(task: Task) -> str | None:
    return None if task.input_data.get("version") is None else required(task, "version", str)


def _pattern_of(task: Task) -> str | None:
    if task.input_data.get("pattern") is None:
        return None
    pattern: str = required(task, "pattern", str)
    if len(pattern) > _PATTERN_LIMIT:
        raise TaskRejected("wrong_value", f"'pattern' may have {_PATTERN_LIMIT} characters")
    try:
        re.compile(pattern)
    except re.error as error:
        raise TaskRejected("wrong_value", f"'pattern' is no regular expression: {error}") from None
    return pattern


def _texts(task: Task, key: str) -> frozenset[str]:
    given = task.input_data.get(key, ())
    if isinstance(given, str) or not isinstance(given, list | tuple | set | frozenset):
        raise TaskRejected("wrong_type", f"{key!r} must be a list of texts")
    if not all(isinstance(each, str) for each in given):
        raise TaskRejected("wrong_type", f"{key!r} must hold texts only")
    return frozenset(given)
