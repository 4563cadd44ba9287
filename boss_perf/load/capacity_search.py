"""The highest load at which the expectations still hold: doubling until they break, then bisecting."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from boss_perf.model.targets import LoadProfile


@dataclass(frozen=True, slots=True)
class Limit:
    """`users` is the highest load that held, 0 when not even the lowest did; `broken_at` the lowest that did not.

    `broken_at` is None when every load up to the ceiling held: the limit was not found, only a lower bound of it.
    """

    users: int
    broken_at: int | None


def find_limit(
    profile: LoadProfile, is_met_under: Callable[[LoadProfile], bool], *, max_users: int, resolution_ratio: float = 0.05
) -> Limit:
    """Ask about few loads; the gap that remains is at most one user or `resolution_ratio` of the limit.

    Assumes that what holds under a load holds under every lower one; a load is never asked about twice. Users come at a
    rate that lets the ramp last as long as the profile's own.
    """
    ramp_s = profile.users / profile.spawn_rate_per_s

    def holds(users: int) -> bool:
        return is_met_under(replace(profile, users=users, spawn_rate_per_s=users / ramp_s))

    low, high, users = 0, None, min(profile.users, max_users)
    while high is None:
        if not holds(users):
            high = users
        elif users == max_users:
            return Limit(users, None)
        else:
            low, users = users, min(max_users, users * 2)
    while high - low > max(1, int(resolution_ratio * low)):
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return Limit(low, high)
