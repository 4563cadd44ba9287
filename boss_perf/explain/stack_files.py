"""Sampled stacks as files that other viewers open."""

import json

from boss_perf.model.explanations import Explanation


def render_collapsed(explanation: Explanation, *, is_base: bool = False) -> str:
    """One arm's stacks as `root;scan;norm 12`, a line for each, for flamegraph.pl, speedscope and many others."""
    counts = _counts(explanation, is_base=is_base)
    return "".join(f"{';'.join(map(_plain, path))} {count}\n" for path, count in counts.items())


def render_speedscope(explanation: Explanation) -> str:
    """Both arms as two profiles of one file, by speedscope's JSON schema; a weight is a number of samples."""
    names = sorted({name for stack in explanation.stacks for name in stack.path})
    number = {name: at for at, name in enumerate(names)}
    profiles = []
    for name, is_base in ((explanation.base, True), (explanation.head, False)):
        counts = _counts(explanation, is_base=is_base)
        profiles.append({
            "type": "sampled",
            "name": name,
            "unit": "none",
            "startValue": 0,
            "endValue": sum(counts.values()),
            "samples": [[number[each] for each in path] for path in counts],
            "weights": [*counts.values()],
        })  # fmt: skip
    document = {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "shared": {"frames": [{"name": name} for name in names]},
        "profiles": profiles,
        "name": explanation.benchmark,
        "activeProfileIndex": 1,
        "exporter": "boss-perf",
    }
    return json.dumps(document) + "\n"


def _counts(explanation: Explanation, *, is_base: bool) -> dict[tuple[str, ...], int]:
    """How often each path was seen in one arm, without those that were not."""
    counted = {each.path: each.base_count if is_base else each.head_count for each in explanation.stacks}
    return {path: count for path, count in counted.items() if count}


def _plain(name: str) -> str:
    """No separator of the format inside a name."""
    return " ".join(name.replace(";", ",").split())
