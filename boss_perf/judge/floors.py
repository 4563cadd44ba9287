"""How the floors of benchmarks move: up when enough runs agree that the code became faster, never down by themselves.

A floor is a commit, not a figure. HEAD is measured against it anew each time, so that ten harmless changes of 1 % are
seen as the 10 % they are, on whatever machine the question is asked.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from boss_perf.model.gate import Floor, GateItem, GateMetric, GateVerdict, Witness

ROW_ENDS = {GateVerdict.NOT_SLOWER, GateVerdict.SLOWER, GateVerdict.WAIVED}


def advanced(
    floors: Mapping[str, Floor],
    items: Iterable[GateItem],
    *,
    against: Mapping[str, str],
    head: str,
    measured_at: datetime,
    run_count: int,
) -> dict[str, Floor]:
    """The floors after one run of `head`, each benchmark having been measured `against` a commit.

    A benchmark becomes a witness of an improvement when it is FASTER; after `run_count` witnesses in a row the oldest
    of their commits is the new floor. What is no faster ends the row: the gain is lost, or was luck. A benchmark that
    was NEW starts where it is now; a verdict that knows nothing of its speed leaves things as they are.
    """
    result = dict(floors)
    for item in items:
        if item.metric is not GateMetric.TIME or item.benchmark not in against:
            continue
        floor = floors.get(item.benchmark, Floor(against[item.benchmark]))
        if item.verdict is GateVerdict.NEW:
            floor = Floor(head)
        elif item.verdict in ROW_ENDS:
            floor = Floor(floor.commit)
        elif item.verdict is GateVerdict.FASTER:
            faster = (*floor.faster, Witness(head, measured_at))
            floor = Floor(faster[0].commit) if len(faster) >= run_count else Floor(floor.commit, faster)
        result[item.benchmark] = floor
    return result


def moves(before: Mapping[str, Floor], after: Mapping[str, Floor]) -> list[str]:
    """A sentence for every floor that began or moved, and for every improvement that waits to be confirmed."""
    said = []
    for benchmark, floor in sorted(after.items()):
        old = before.get(benchmark)
        if old is None:
            said.append(f"{benchmark}: its floor begins at {floor.commit[:12]}")
        elif old.commit != floor.commit:
            said.append(f"{benchmark}: the floor rises from {old.commit[:12]} to {floor.commit[:12]}")
        if len(floor.faster) > len(old.faster if old else ()):
            said.append(
                f"{benchmark}: faster than its floor {floor.commit[:12]}, confirmed {len(floor.faster)} x so far"
            )
    return said
