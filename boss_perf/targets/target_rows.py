"""A row of `targets.yaml` as a Target: the rules that no single key can see, and ids that stay where a row moves."""

import re
import unicodedata

from boss_perf.model.metrics import Metric
from boss_perf.model.targets import (
    Budget,
    CachePolicy,
    Change,
    Evidenced,
    Expectation,
    LoadProfile,
    Section,
    Target,
    Waiver,
)
from boss_perf.model.units import Unit, format_quantity, several
from boss_perf.stats.quantiles import calls_needed
from boss_perf.targets.diagnostics import Diagnostics
from boss_perf.targets.fields import EXPECT
from boss_perf.targets.schema_types import Row

LONGEST_COUNT = 80
_SUFFIXES = {Section.CACHES: "cache", Section.MEMORY: "memory", Section.LOADS: "load"}
_AS_READ = (
    "component", "operation", "workload", "priority", "owner", "due", "wording", "method", "notes", "why",
    "description",
)  # fmt: skip


def derived_id(section: Section, *names: str | None) -> str:
    """The id of a row that gives none, at most 80 characters: `LLM Resolvers (1K)` is `llm-resolvers-1k`.

    Caches, memory and loads say what they are, as components recur in them. Empty where no letter is left.
    """
    text = unicodedata.normalize("NFKD", " ".join(name for name in names if name))
    plain = text.encode("ascii", "ignore").decode()
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "-", plain)
    words = re.sub(r"[^a-z0-9]+", "-", split.lower()).strip("-")[:LONGEST_COUNT].rstrip("-")
    suffix = _SUFFIXES.get(section)
    return words if not words or suffix is None or words.endswith(suffix) else f"{words}-{suffix}"


def target_of(row: Row, *, section: Section, confidence_ratio: float, diagnostics: Diagnostics) -> Target | None:
    """The promise of one row, None where it has no name to go by; what does not fit together is complained about."""
    component, operation = row.get("component"), row.get("operation")
    name = row.get("name") or _made_name(section, component, operation)
    if name is None:
        return None
    own_id = row.get("id")
    if own_id is None and "id" not in row.values:
        names = (component, operation) if section is Section.BUDGETS else (component or name,)
        own_id = derived_id(section, *(names if "name" not in row.values else (name,)))
        if not own_id:
            diagnostics.add(row.location, f'no id can be made from "{name}"', hint="add an id: of letters and digits")
    expectations = _expectations(row, section)
    _check_expectations(row, section, expectations, diagnostics)
    _check_calls(row, expectations, confidence_ratio, diagnostics)
    return Target(
        id=own_id or "", section=section, name=name, location=row.location, expectations=expectations,
        margin_ratio=row.get("margin"), waiver=_waiver(row.get("waive")),
        load=_load(row), cache_type=row.get("type"), eviction_wording=row.get("eviction"),
        size_wording=row.get("size"), **{key: row.get(key) for key in _AS_READ},
    )  # fmt: skip


def _made_name(section: Section, component: str | None, operation: str | None) -> str | None:
    if component is None:
        return None
    if section is Section.MEMORY:
        return f"{component} memory"
    return f"{component}: {operation}" if operation else component


def _expectations(row: Row, section: Section) -> tuple[Expectation, ...]:
    policy = (_policy(row),) if section is Section.CACHES else ()
    return (*policy, *(row.get("evidence") or ()), *(row.get("expect") or ()))


def _policy(row: Row) -> CachePolicy:
    eviction = row.get("type") or ""
    entries, size, ttl_s = row.get("max_entries"), row.get("max_bytes"), row.get("ttl")
    limits = [
        f"at most {entries} entries" if entries is not None else "",
        f"at most {format_quantity(size, Unit.BYTES)}" if size is not None else "",
        f"entries live {_duration(ttl_s)}" if ttl_s is not None else "",
    ]
    return CachePolicy(eviction, entries, size, ttl_s, ", ".join(part for part in (eviction, *limits) if part))


def _duration(seconds: float) -> str:
    for size_s, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size_s and seconds % size_s == 0:
            return several(int(seconds // size_s), word)
    return format_quantity(seconds * 1e9, Unit.NANOSECONDS)


def _check_expectations(
    row: Row, section: Section, expectations: tuple[Expectation, ...], diagnostics: Diagnostics
) -> None:
    place, node = row.place("expect"), row.nodes.get("expect")
    is_empty = getattr(node, "is_null", False) or getattr(node, "items", None) == ()
    is_silent = "expect" not in row.nodes and "evidence" not in row.nodes
    if is_empty:
        diagnostics.add(place, "an empty expect: nothing to prove", hint=EXPECT.about)
    if section is Section.CACHES:
        if row.nodes.keys().isdisjoint(("ttl", "max_entries", "max_bytes", "eviction", "size")):
            diagnostics.add(row.location, "a cache without a limit", hint="add max_entries, max_bytes or ttl")
    elif section is not Section.INFRASTRUCTURE and is_silent and row.get("wording") is None:
        hint = f"{EXPECT.about} A promise not yet checkable stands in wording:"
        diagnostics.add(row.location, 'missing key "expect": nothing to prove', hint=hint)
    seen: set[str] = set()
    for expectation in expectations:
        misfit = _misfit(expectation, section)
        if misfit is not None:
            diagnostics.add(place, f"{expectation.text}: {misfit[0]}", hint=misfit[1])
        if expectation.text in seen:
            diagnostics.add(place, f"promised twice: {expectation.text}", hint="keep one of them")
        seen.add(expectation.text)


def _misfit(expectation: Expectation, section: Section) -> tuple[str, str] | None:
    if isinstance(expectation, Evidenced) is not (section is Section.INFRASTRUCTURE):
        if isinstance(expectation, Evidenced):
            return "evidence of a run belongs to infrastructure", "promise a number here, such as p95 < 50 ms"
        return "infrastructure rests on runs, not on numbers", "write evidence: gate run"
    if section is Section.LOADS:
        if isinstance(expectation, Change):
            return "a load has one arm, nothing to compare", "write a bound, such as p95 < 50 ms"
        if isinstance(expectation, Budget) and (expectation.metric.is_memory or expectation.fact is not None):
            return "a load measures response times, throughput and failures", "such as failures < 1%"
    elif isinstance(expectation, Budget) and expectation.metric is Metric.FAILURES:
        return "failures are counted under load", "move the row to loads:"
    return None


def _check_calls(
    row: Row, expectations: tuple[Expectation, ...], confidence_ratio: float, diagnostics: Diagnostics
) -> None:
    max_calls = row.get("max_calls")
    if max_calls is None:
        return
    for expectation in expectations:
        level = expectation.statistic.quantile if isinstance(expectation, Budget) else None
        if level is None:
            continue
        needed = calls_needed(level, confidence_ratio=confidence_ratio)
        if needed > max_calls:
            diagnostics.add(
                row.place("max_calls"),
                f"{max_calls} calls can never prove {expectation.text}",
                hint=f"{confidence_ratio * 100:g}% confidence takes {needed} calls: allow them, or promise a mean",
            )


def _waiver(row: Row | None) -> Waiver | None:
    if row is None or any(row.get(key) is None for key in ("until", "reason", "approver")):
        return None
    return Waiver(**{key: value for key, value in row.values.items() if value is not None})


def _load(row: Row) -> LoadProfile | None:
    users, duration_s = row.get("users"), row.get("duration")
    if users is None or duration_s is None:
        return None
    rate = row.get("spawn_rate") or float(users)
    return LoadProfile(users, rate, duration_s, row.get("locustfile"), row.get("host"))
