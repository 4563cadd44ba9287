"""Every key that `targets.yaml` may hold, table by table: the one source of the loader and of the JSON Schema."""

from boss_perf.targets.scalars import (
    BYTES,
    CONFIDENCE,
    COUNT,
    DATE,
    DURATION_S,
    EVIDENCE,
    EXCUSED,
    EXPECTATION,
    FALSE_ALARMS,
    ID,
    LINE,
    MARGIN,
    PATH,
    POSITIVE,
    PROMISED_OF_CACHE,
    PROSE,
    RATE,
    TOLERATED,
    WORKLOAD,
)
from boss_perf.targets.schema_types import Key, Rows, Several, Table

ID_KEY = Key("id", ID, "A stable name for commands and history; derived from the row's name when absent.")
NAME = Key("name", LINE, "What the row is called.", is_required=True)
NAME_IF_ANY = Key("name", LINE, "What the row is called; made from component and operation when absent.")
COMPONENT = Key("component", LINE, "The part of the system that the promise is about.", is_required=True)
COMPONENT_IF_ANY = Key("component", LINE, "The part of the system that the promise is about.")
OPERATION = Key("operation", LINE, "What the component does in the workload.", is_required=True)
OPERATION_IF_ANY = Key("operation", LINE, "What the component does in the workload.")
EXPECT = Key("expect", Several(EXPECTATION), "What is promised: p95 < 50 ms, latency -60%, recall >= 0.95.")
CACHE_EXPECT = Key("expect", Several(PROMISED_OF_CACHE), "Promises beside the policy: hit_ratio >= 0.7.")
WORKLOAD_KEY = Key("workload", WORKLOAD, "The pytest test that can prove it: path/test_file.py::test_name.")
PRIORITY = Key("priority", LINE, "How much it matters: High, Medium, Low.")
OWNER = Key("owner", LINE, "Who answers for it.")
DUE = Key("due", DATE, "When it is promised, as 2024-07-15.")
WORDING = Key("wording", LINE, "The promise in the words it was first written in.")
METHOD = Key("method", LINE, "How it is measured, in words.")
NOTES = Key("notes", PROSE, "Remarks for readers of the tracker.")
WHY = Key("why", PROSE, "Why the expectation says what it says.")
TARGET_MARGIN = Key("margin", MARGIN, "A change proven larger than it fails, in place of the policy's.")
MAX_CALLS = Key("max_calls", POSITIVE, "The most calls the workload can give, where it cannot give many.")

UNTIL = Key("until", DATE, "The last day of the waiver.", is_required=True)
REASON = Key("reason", LINE, "Why the target is excused.", is_required=True)
APPROVER = Key("approver", LINE, "Who answers for the waiver.", is_required=True)
EXCUSES = Key("excuses", Several(EXCUSED), "The verdicts it excuses; slower and missed when absent.")
WAIVE = Key("waive", Table("a waiver", (UNTIL, REASON, APPROVER, EXCUSES)), "Excuses the target until a date.")

_COMMON = (PRIORITY, OWNER, DUE, WORDING, METHOD, WORKLOAD_KEY, NOTES, WHY, TARGET_MARGIN, MAX_CALLS, WAIVE)

CACHE_TYPE = Key("type", LINE, "Which entry leaves first: LRU, LFU, FIFO.", is_required=True)
EVICTION = Key("eviction", LINE, "The eviction policy in words.")
SIZE = Key("size", LINE, "The size limit in words.")
TTL = Key("ttl", DURATION_S, "How long an entry lives, as 1 hour.")
MAX_ENTRIES = Key("max_entries", POSITIVE, "How many entries the cache holds.")
MAX_BYTES = Key("max_bytes", BYTES, "How much the cache holds, as 100 MB.")

USERS = Key("users", POSITIVE, "How many users at the same time.", is_required=True)
SPAWN_RATE = Key("spawn_rate", RATE, "How many users arrive per second, as 5 /s; all in one second when absent.")
DURATION = Key("duration", DURATION_S, "How long the load lasts, as 30 s.", is_required=True)
LOCUSTFILE = Key("locustfile", PATH, "The locust file; boss-perf's own when absent.")
HOST = Key("host", LINE, "The address under load; boss-perf's own service when absent.")

DESCRIPTION = Key("description", LINE, "What the infrastructure is for.")
EVIDENCE_KEY = Key("evidence", Several(EVIDENCE), "The kind of run that must exist and be fresh: gate run.")

OPTIMIZATION = Table("an optimization", (ID_KEY, NAME, COMPONENT_IF_ANY, OPERATION_IF_ANY, EXPECT, *_COMMON))
BUDGET = Table("a budget", (ID_KEY, NAME_IF_ANY, COMPONENT, OPERATION, EXPECT, *_COMMON))
CACHE = Table(
    "a cache",
    (
        ID_KEY,
        NAME,
        COMPONENT_IF_ANY,
        CACHE_TYPE,
        EVICTION,
        SIZE,
        TTL,
        MAX_ENTRIES,
        MAX_BYTES,
        CACHE_EXPECT,
        *_COMMON,
    ),
)
MEMORY = Table("a memory target", (ID_KEY, NAME_IF_ANY, COMPONENT, OPERATION_IF_ANY, EXPECT, *_COMMON))
LOAD = Table(
    "a load",
    (ID_KEY, NAME, COMPONENT_IF_ANY, USERS, SPAWN_RATE, DURATION, LOCUSTFILE, HOST, EXPECT, *_COMMON),
)
INFRASTRUCTURE = Table(
    "an infrastructure row",
    (ID_KEY, NAME, COMPONENT_IF_ANY, DESCRIPTION, EVIDENCE_KEY, EXPECT, *_COMMON),
)

OPTIMIZATIONS_KEY = Key("optimizations", Rows(OPTIMIZATION), "What is to become faster or smaller, and by how much.")
BUDGETS_KEY = Key("budgets", Rows(BUDGET), "What an operation may cost.")
CACHES_KEY = Key("caches", Rows(CACHE), "Caches and the policies they must keep.")
MEMORY_KEY = Key("memory", Rows(MEMORY), "What a component may keep in memory.")
LOADS_KEY = Key("loads", Rows(LOAD), "What a service must withstand.")
INFRASTRUCTURE_KEY = Key("infrastructure", Rows(INFRASTRUCTURE), "What the project measures itself with.")

MARGIN_KEY = Key("margin", MARGIN, "A slowdown proven larger than it closes the gate, as 1.5%.")
MEMORY_MARGIN = Key("memory_margin", MARGIN, "A growth of memory proven larger than it closes the gate, as 1%.")
CEILING = Key("ceiling", MARGIN, "What stays undecided opens the gate where it is proven slower by less, as 10%.")
FALSE_ALARMS_KEY = Key("false_alarms", FALSE_ALARMS, "How often a whole run may cry wolf, as 1%.")
CONFIDENCE_KEY = Key("confidence", CONFIDENCE, "How sure an interval or bound is, as 95%.")
STALE_AFTER = Key("stale_after", DURATION_S, "How old evidence may be, as 30 days.")
TIME_BUDGET = Key("time_budget", DURATION_S, "How long a run may take, as 5 min.")
TOLERATE = Key("tolerate", Several(TOLERATED), "Verdicts that do not close the gate: UNDECIDED, STALE, UNMEASURED.")
ENVIRONMENT = Key(
    "environment", Several(LINE), "Variables that measured processes get although they look like secrets."
)
RATCHET_AFTER = Key("ratchet_after", POSITIVE, "Runs that must confirm an improvement before it becomes the floor.")
POLICY = Table(
    "the policy",
    (
        MARGIN_KEY,
        MEMORY_MARGIN,
        CEILING,
        FALSE_ALARMS_KEY,
        CONFIDENCE_KEY,
        STALE_AFTER,
        TIME_BUDGET,
        TOLERATE,
        ENVIRONMENT,
        RATCHET_AFTER,
    ),
)

IMPACT = Key("impact", LINE, "What it does to users.")
APPROACH = Key("approach", LINE, "How it is to be removed.")
REMOVED_BY = Key("targets", Several(ID), "The ids of the targets that remove it.")
BOTTLENECK = Table("a bottleneck", (NAME, IMPACT, APPROACH, PRIORITY, REMOVED_BY))
TITLE = Key("title", LINE, "The heading.", is_required=True)
TEXT = Key("text", LINE, "The sentence.")
GUIDELINE = Table("a guideline", (TITLE, TEXT))
STATUS = Key("status", LINE, "The sign: 🔴, 🟡 or 🟢.", is_required=True)
LEGEND_ENTRY = Table("a legend entry", (STATUS, TITLE, TEXT))
MONTH = Key("month", LINE, "The month in words.", is_required=True)
COMPLETED = Key("completed", LINE, "What was completed in it.")
TOTAL_COMPLETED = Key("total_completed", COUNT, "How many were complete at its end.", is_required=True)
TOTAL_REMAINING = Key("total_remaining", COUNT, "How many were left at its end.", is_required=True)
PROGRESS_ROW = Table("a progress row", (MONTH, COMPLETED, TOTAL_COMPLETED, TOTAL_REMAINING))

PROJECT = Key("project", LINE, "The project's name.", is_required=True)
TITLE_KEY = Key("title", LINE, "The tracker's heading.")
INTRODUCTION = Key("introduction", PROSE, "The tracker's first words.")
CLOSING = Key("closing", PROSE, "The tracker's last words.")
POLICY_KEY = Key("policy", POLICY, "How strict this project is.")
LEGEND = Key("legend", Rows(LEGEND_ENTRY), "What the signs mean.")
BOTTLENECKS = Key("bottlenecks", Rows(BOTTLENECK), "Known slow places.")
GUIDELINES = Key("guidelines", Rows(GUIDELINE), "Rules the project works by.")
PROGRESS = Key("progress", Rows(PROGRESS_ROW), "Months as people counted them, beside those that history adds.")

TARGETS_FILE = Table(
    "a targets file",
    (
        PROJECT,
        TITLE_KEY,
        INTRODUCTION,
        POLICY_KEY,
        LEGEND,
        OPTIMIZATIONS_KEY,
        BUDGETS_KEY,
        CACHES_KEY,
        MEMORY_KEY,
        LOADS_KEY,
        INFRASTRUCTURE_KEY,
        PROGRESS,
        GUIDELINES,
        BOTTLENECKS,
        CLOSING,
    ),
)
