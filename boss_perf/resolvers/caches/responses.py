"""Responses of an API already asked, each for as long as its sender allows."""

import re
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from .bounded import BoundedCache
from .contract import Clock, Policy

POLICY = Policy(max_entries=500, ttl_s=300)
PARTIAL_CONTENT = 206
SAFE_METHODS = frozenset({"GET", "HEAD"})
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_FORBIDDEN = re.compile(r"(?:^|[,\s])no-(?:store|cache)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class ResponseCache:
    """Successful responses to GET and HEAD, by method, address and `vary`; a part of a resource (206) is not kept.

    `vary` is whatever else decides the answer, above all who asks: without it two users would share one.
    """

    def __init__(self, policy: Policy = POLICY, *, clock: Clock = time.monotonic) -> None:
        self.entries: BoundedCache[tuple[str, str, Hashable], Response] = BoundedCache(policy, clock=clock)

    def response(self, method: str, url: str, send: Callable[[], Response], *, vary: Hashable = None) -> Response:
        """The held response, or what `send` brings, which is then held for as long as it says."""
        if method.upper() not in SAFE_METHODS:
            return send()
        key = (method.upper(), url, vary)
        held = self.entries.get(key)
        if held is not None:
            return held
        edition = self.entries.edition
        response = send()
        if 200 <= response.status < 300 and response.status != PARTIAL_CONTENT:
            self.entries.put(key, response, ttl_s=lifetime_s(response.headers), edition=edition)
        return response

    def forget(self, method: str, url: str, *, vary: Hashable = None) -> None:
        """The resource was changed."""
        self.entries.forget((method.upper(), url, vary))


def lifetime_s(headers: Mapping[str, str]) -> float | None:
    """Seconds the Cache-Control header allows; 0 when it, or `Vary: *`, forbids keeping, None when it says nothing."""
    control = _stated(headers, "cache-control")
    if _FORBIDDEN.search(control) or _stated(headers, "vary").strip() == "*":
        return 0.0
    stated = _MAX_AGE.search(control)
    return float(stated[1]) if stated else None


def _stated(headers: Mapping[str, str], wanted: str) -> str:
    return next((text for name, text in headers.items() if name.lower() == wanted), "")
