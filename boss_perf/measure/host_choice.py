"""On which host a workload is measured next, where an executor has several.

A ratio may rest on forks of many hosts: both sides of each were measured on one. An accusation is confirmed on a host
that took no part in it, where there is one. An absolute figure is one host's.
"""

import math
from collections.abc import Mapping

from boss_perf.judge.decision import Need

Host = str | None
"""A machine by its address; None is this one."""


class HostChoice:
    """Where the workloads of one campaign were looked at; `is_on_one_host`: each stays where it was looked at first."""

    def __init__(self, *, is_on_one_host: bool = False) -> None:
        self._is_on_one_host = is_on_one_host
        self._screened: dict[str, set[Host]] = {}

    def note(self, workload: str, host: Host, need: Need) -> None:
        """A visit there was begun."""
        if need is not Need.FRESH:
            self._screened.setdefault(workload, set()).add(host)

    def suits(self, workload: str, host: Host, need: Need, *, hosts: frozenset[Host]) -> bool:
        """Whether a workload may be measured there next; `hosts` are all that are left."""
        screened = self._screened.get(workload, set()) & hosts
        if self._is_on_one_host:
            return not screened or host in screened
        return need is not Need.FRESH or host not in screened or screened == hosts

    def piece(
        self, asked: Mapping[str, tuple[Need, int]], host: Host, *, hosts: frozenset[Host], piece_count: int
    ) -> list[str]:
        """What of these this host takes next, in their order; each is asked with its need and the forks it has begun.

        Of several pieces the one that others have looked at least, so that each stays where it is while there is time.
        """
        suited = [each for each, (need, _) in asked.items() if self.suits(each, host, need, hosts=hosts)]
        if piece_count == 1:
            return suited
        first = sorted(suited, key=lambda each: (not self._screened.get(each, set()) <= {host}, asked[each][1]))
        taken = frozenset(first[: math.ceil(len(suited) / piece_count)])
        return [each for each in suited if each in taken]
