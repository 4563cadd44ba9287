"""The JSON Schema of `targets.yaml` for editors, made from the key tables that the loader reads by.

It holds what a schema can: keys, types, patterns. What needs the whole file, such as ids that must differ, or words,
such as "did you mean", is left to `boss-perf check`.
"""

from boss_perf.targets.fields import TARGETS_FILE

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, object]:
    """The schema (draft 2020-12); a new dict at each call."""
    return {
        "$schema": DIALECT,
        "title": "Performance targets",
        "description": "What a project promises about its speed and memory, for boss-perf.",
        **TARGETS_FILE.schema(),
    }
