"""Every key that `targets.yaml` may hold, table by table: the one source of the loader and of the JSON Schema."""

from boss_perf.targets import scalars as scalar
from boss_perf.targets.schema_types import Key, Rows, Several, Table

LINE, PROSE = scalar.LINE, scalar.PROSE

ID = Key("id", scalar.ID, "A stable name for commands and history; derived from the row's name when absent.")
NAME = Key("name", LINE, "What the row is called.", is_required=True)
NAME_IF_ANY = Key("name", LINE, "What the row is called; made from component and operation when absent.")
COMPONENT = Key("component", LINE, "The part of the system that the promise is about.", is_required=True)
COMPONENT_IF_ANY = Key("component", LINE, COMPONENT.about)
OPERATION = Key("operation", LINE, "What the component does in the workload.", is_required=True)
OPERATION_IF_ANY = Key("operation", LINE, OPERATION.about)
EXPECT = Key("expect", Several(scalar.EXPECTATION), "What is promised: p95 < 50 ms, latency -60%, recall >= 0.95.")
PRIORITY = Key("priority", LINE, "How much it matters: High, Medium, Low.")

WAIVER = Table("a waiver", (
    Key("until", scalar.DATE, "The last day of the waiver.", is_required=True),
    Key("reason", LINE, "Why the target is excused.", is_required=True),
    Key("approver", LINE, "Who answers for the waiver.", is_required=True),
    Key("excuses", Several(scalar.EXCUSED), "The verdicts it excuses; slower and missed when absent."),
))  # fmt: skip
_COMMON = (
    PRIORITY,
    Key("owner", LINE, "Who answers for it."),
    Key("due", scalar.DATE, "When it is promised, as 2024-07-15."),
    Key("wording", LINE, "The promise in the words it was first written in."),
    Key("method", LINE, "How it is measured, in words."),
    Key("workload", scalar.WORKLOAD, "The pytest test that can prove it: path/test_file.py::test_name."),
    Key("notes", PROSE, "Remarks for readers of the tracker."),
    Key("why", PROSE, "Why the expectation says what it says."),
    Key("margin", scalar.MARGIN, "A change proven larger than it fails, in place of the policy's."),
    Key("max_calls", scalar.POSITIVE, "The most calls the workload can give, where it cannot give many."),
    Key("waive", WAIVER, "Excuses the target until a date."),
)
OPTIMIZATION = Table("an optimization", (ID, NAME, COMPONENT_IF_ANY, OPERATION_IF_ANY, EXPECT, *_COMMON))
BUDGET = Table("a budget", (ID, NAME_IF_ANY, COMPONENT, OPERATION, EXPECT, *_COMMON))
CACHE = Table("a cache", (
    ID, NAME, COMPONENT_IF_ANY,
    Key("type", LINE, "Which entry leaves first: LRU, LFU, FIFO.", is_required=True),
    Key("eviction", LINE, "The eviction policy in words."),
    Key("size", LINE, "The size limit in words."),
    Key("ttl", scalar.DURATION_S, "How long an entry lives, as 1 hour."),
    Key("max_entries", scalar.POSITIVE, "How many entries the cache holds."),
    Key("max_bytes", scalar.BYTES, "How much the cache holds, as 100 MB."),
    Key("expect", Several(scalar.PROMISED_OF_CACHE), "Promises beside the policy: hit_ratio >= 0.7."), *_COMMON,
))  # fmt: skip
MEMORY = Table("a memory target", (ID, NAME_IF_ANY, COMPONENT, OPERATION_IF_ANY, EXPECT, *_COMMON))
LOAD = Table("a load", (
    ID, NAME, COMPONENT_IF_ANY,
    Key("users", scalar.POSITIVE, "How many users at the same time.", is_required=True),
    Key("spawn_rate", scalar.RATE, "How many users arrive per second, as 5 /s; all in one second when absent."),
    Key("duration", scalar.DURATION_S, "How long the load lasts, as 30 s.", is_required=True),
    Key("locustfile", scalar.PATH, "The locust file; boss-perf's own when absent."),
    Key("host", LINE, "The address under load; boss-perf's own service when absent."), EXPECT, *_COMMON,
))  # fmt: skip
INFRASTRUCTURE = Table("an infrastructure row", (
    ID, NAME, COMPONENT_IF_ANY,
    Key("description", LINE, "What the infrastructure is for."),
    Key("evidence", Several(scalar.EVIDENCE), "The kind of run that must exist and be fresh: gate run."),
    EXPECT, *_COMMON,
))  # fmt: skip
POLICY = Table("the policy", (
    Key("margin", scalar.MARGIN, "A slowdown proven larger than it closes the gate, as 1.5%."),
    Key("memory_margin", scalar.MARGIN, "A growth of memory proven larger than it closes the gate, as 1%."),
    Key("ceiling", scalar.MARGIN, "What stays undecided opens the gate where it is proven slower by less, as 10%."),
    Key("false_alarms", scalar.FALSE_ALARMS, "How often a whole run may cry wolf, as 1%."),
    Key("confidence", scalar.CONFIDENCE, "How sure an interval or bound is, as 95%."),
    Key("stale_after", scalar.DURATION_S, "How old evidence may be, as 30 days."),
    Key("time_budget", scalar.DURATION_S, "How long a run may take, as 5 min."),
    Key("tolerate", Several(scalar.TOLERATED), "Verdicts that do not close the gate: UNDECIDED, STALE, UNMEASURED."),
    Key("environment", Several(LINE), "Variables that measured processes get although they look like secrets."),
    Key("ratchet_after", scalar.POSITIVE, "Runs that must confirm an improvement before it becomes the floor."),
))  # fmt: skip
BOTTLENECK = Table("a bottleneck", (
    NAME,
    Key("impact", LINE, "What it does to users."),
    Key("approach", LINE, "How it is to be removed."),
    PRIORITY,
    Key("targets", Several(scalar.ID), "The ids of the targets that remove it."),
))  # fmt: skip
TITLE, TEXT = Key("title", LINE, "The heading.", is_required=True), Key("text", LINE, "The sentence.")
GUIDELINE = Table("a guideline", (TITLE, TEXT))
LEGEND = Table("a legend entry", (Key("status", LINE, "The sign: 🔴, 🟡 or 🟢.", is_required=True), TITLE, TEXT))
PROGRESS = Table("a progress row", (
    Key("month", LINE, "The month in words.", is_required=True),
    Key("completed", LINE, "What was completed in it."),
    Key("total_completed", scalar.COUNT, "How many were complete at its end.", is_required=True),
    Key("total_remaining", scalar.COUNT, "How many were left at its end.", is_required=True),
))  # fmt: skip
TARGETS_FILE = Table("a targets file", (
    Key("project", LINE, "The project's name.", is_required=True),
    Key("title", LINE, "The tracker's heading."),
    Key("introduction", PROSE, "The tracker's first words."),
    Key("policy", POLICY, "How strict this project is."),
    Key("legend", Rows(LEGEND), "What the signs mean."),
    Key("optimizations", Rows(OPTIMIZATION), "What is to become faster or smaller, and by how much."),
    Key("budgets", Rows(BUDGET), "What an operation may cost."),
    Key("caches", Rows(CACHE), "Caches and the policies they must keep."),
    Key("memory", Rows(MEMORY), "What a component may keep in memory."),
    Key("loads", Rows(LOAD), "What a service must withstand."),
    Key("infrastructure", Rows(INFRASTRUCTURE), "What the project measures itself with."),
    Key("progress", Rows(PROGRESS), "Months as people counted them, beside those that history adds."),
    Key("guidelines", Rows(GUIDELINE), "Rules the project works by."),
    Key("bottlenecks", Rows(BOTTLENECK), "Known slow places."),
    Key("closing", PROSE, "The tracker's last words."),
))  # fmt: skip


def schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of `targets.yaml` for editors; a new dict at each call.

    It holds what a schema can: keys, types, patterns. What needs the whole file, such as ids that must differ, is left
    to `boss-perf check`.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Performance targets",
        "description": "What a project promises about its speed and memory, for boss-perf.",
        **TARGETS_FILE.schema(),
    }
