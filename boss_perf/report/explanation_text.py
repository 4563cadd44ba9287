"""An explanation in words: three lines for a terminal or a comment."""

import math
from collections.abc import Iterator

from boss_perf.model.explanations import AllocationSite, Explanation, FunctionShare, InstructionCounts
from boss_perf.model.units import Unit, format_change, format_changes, format_quantity
from boss_perf.text import clipped, visible_line

_CODE_LIMIT_COUNT = 60
_LINES_COUNT = 3
_OTHERS_COUNT = 3


def explanation_lines(explanation: Explanation) -> tuple[str, ...]:
    """At most three plain lines: the function named first, where the change is hot, who else takes part."""
    if not explanation.functions:
        return tuple(map(visible_line, _memory_lines(explanation)))[:_LINES_COUNT] or (nothing_text(explanation),)
    first, *others = explanation.functions
    lines = [f"{first.function}: {share_text(first)}"]
    if first.lines:
        hot = first.lines[0]
        share = f", in {format_quantity(hot.share_ratio, Unit.RATIO)} of head's samples" if hot.share_ratio else ""
        lines.append(f"{first.file}:{hot.line}  {clipped(hot.text, _CODE_LIMIT_COUNT)}{share}")
    else:
        lines.append(f"{first.file}:{first.line}")
    if others:
        named = ", ".join(f"{each.function} {_change(each)}" for each in others[:_OTHERS_COUNT])
        lines.append(f"then {named}")
    return tuple(visible_line(line) for line in lines)


def nothing_text(explanation: Explanation) -> str:
    """What is said where nothing is named: without an interval that is no finding."""
    return "too few rounds to name anything" if math.isinf(explanation.ratio_high) else "no difference found"


def _memory_lines(explanation: Explanation) -> Iterator[str]:
    """Who holds more, the line of the first that grew most as memory-profiler tells, who else."""
    for place, site in enumerate(explanation.sites):
        yield site_text(site)
        if place == 0 and explanation.memory_lines:
            row = max(explanation.memory_lines, key=lambda each: each.grown_bytes)
            grown = format_quantity(row.grown_bytes, Unit.BYTES)
            yield f"line {row.line}: {clipped(row.text, _CODE_LIMIT_COUNT)}, +{grown} while it ran"


def share_text(share: FunctionShare) -> str:
    """`12 → 15 calls, +1.9 % of the time (+1.6 % … +2.2 %)`, or what it calls where its own calls are equal."""
    parts = []
    if not math.isclose(share.calls_base, share.calls_head):
        parts.append(f"{share.calls_base:g} → {share.calls_head:g} calls")
    elif share.details:
        parts.append(share.details[0])
    elif share.is_edited:
        parts.append("edited")
    parts.append(f"{_change(share)} of the time")
    return ", ".join(parts)


def site_text(site: AllocationSite) -> str:
    """`shop.parse.scan: 1.2 MB → 3.4 MB at the peak, shop/parse.py:41`; without a base what there is."""
    before = "" if site.bytes_base is None else f"{format_quantity(site.bytes_base, Unit.BYTES)} → "
    return (
        f"{site.function}: {before}{format_quantity(site.bytes_head, Unit.BYTES)} at the peak, {site.file}:{site.line}"
    )


def sides_text(explanation: Explanation) -> str:
    """`HEAD~1 → HEAD: +75 % (+70 … +82)`, or what was looked at where nothing was timed."""
    sides = f"{explanation.base} → {explanation.head}" if explanation.base else "memory at the peak"
    if math.isnan(explanation.ratio):
        return sides
    return f"{sides}: {format_changes(explanation.ratio, explanation.ratio_low, explanation.ratio_high, joint='…')}"


def instructions_text(counts: InstructionCounts) -> str:
    """`instructions of a call: 1 234 567 → 1 301 222, +5.4 % (+5.3 % … +5.5 % over 3 hash seeds)`."""
    change = format_changes(counts.ratio, counts.ratio_low, counts.ratio_high, joint="…")
    before, after = (f"{round(each):,}".replace(",", " ") for each in (counts.base, counts.head))
    return f"instructions of a call: {before} → {after}, {change}, {counts.seeds} hash seeds, by valgrind: no verdict"


def _change(share: FunctionShare) -> str:
    value, low, high = (1 + each for each in (share.share_ratio, share.share_low_ratio, share.share_high_ratio))
    return format_changes(value, low, high, joint="…") if math.isfinite(low) else format_change(value)
