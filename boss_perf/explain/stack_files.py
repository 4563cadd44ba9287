"""Sampled stacks as files that other viewers open."""

import json
from typing import Any

from boss_perf.model.explanations import Explanation, Stack


def render_collapsed(explanation: Explanation, *, is_base: bool = False) -> str:
    """One arm's stacks as `root;scan;norm 12`, a line for each, for flamegraph.pl, speedscope and many others."""
    lines = []
    for stack in explanation.stacks:
        count = stack.base_count if is_base else stack.head_count
        if count:
            lines.append(f"{';'.join(map(_plain, stack.path))} {count}\n")
    return "".join(lines)


def render_speedscope(explanation: Explanation) -> str:
    """Both arms as two profiles of one file, by speedscope's JSON schema; a weight is a number of samples."""
    names = sorted({name for stack in explanation.stacks for name in stack.path})
    number = {name: at for at, name in enumerate(names)}
    document = {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "shared": {"frames": [{"name": name} for name in names]},
        "profiles": [
            _profile(explanation.base, [(each, each.base_count) for each in explanation.stacks], number),
            _profile(explanation.head, [(each, each.head_count) for each in explanation.stacks], number),
        ],
        "name": explanation.benchmark,
        "activeProfileIndex": 1,
        "exporter": "boss-perf",
    }
    return json.dumps(document) + "\n"


def _profile(name: str, counted: list[tuple[Stack, int]], number: dict[str, int]) -> dict[str, Any]:
    seen = [(stack, count) for stack, count in counted if count]
    return {
        "type": "sampled",
        "name": name,
        "unit": "none",
        "startValue": 0,
        "endValue": sum(count for _, count in seen),
        "samples": [[number[each] for each in stack.path] for stack, _ in seen],
        "weights": [count for _, count in seen],
    }


def _plain(name: str) -> str:
    """No separator of the format inside a name."""
    return " ".join(name.replace(";", ",").split())
