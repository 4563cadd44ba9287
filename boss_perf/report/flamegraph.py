"""The differential flame graph: one HTML file that opens offline, its frames as wide as head's share of the time."""

from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from boss_perf.model.explanations import Explanation
from boss_perf.model.units import Unit, format_change, format_quantity
from boss_perf.report.explanation_text import explanation_lines, sides_text
from boss_perf.text import visible_line

_TEMPLATES = Path(__file__).parent / "templates"
FRAMES_LIMIT = 4_000
LEAST_RATIO = 0.001
FULL_COLOUR_RATIO = 0.1
"""A frame that adds, or saves, this part of base's time has the strongest colour."""


@dataclass(slots=True)
class _Node:
    """A call path with everything below it; counts are shares of each arm's samples."""

    name: str
    base_ratio: float = 0.0
    head_ratio: float = 0.0
    children: "dict[str, _Node]" = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """How wide it is drawn: head's share, and room for what only base has below it."""
        own = self.head_ratio or self.base_ratio
        return max(own, sum(each.weight for each in self.children.values()))


@dataclass(frozen=True, slots=True)
class Frame:
    """One box: left edge and width in per cent, depth from 0, strength of its colour from −1 (saves) to 1 (adds)."""

    name: str
    title: str
    left: float
    width: float
    depth: int
    strength: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flame:
    """An explanation as a template shows it: words, boxes, and how many samples of each arm they stand for."""

    benchmark: str
    change: str
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    frames: tuple[Frame, ...]
    depth: int
    samples: tuple[int, int]


def flame_of(explanation: Explanation, *, least_ratio: float = LEAST_RATIO, limit: int = FRAMES_LIMIT) -> Flame:
    """What there is to show, from the outermost call inwards: the widest `limit` frames of `least_ratio` or more."""
    root = _tree(explanation)
    whole = root.weight
    frames: list[Frame] = []
    open_ones = [(root, 0.0, 0)]
    while open_ones:
        node, left, depth = open_ones.pop()
        for child in sorted(node.children.values(), key=lambda each: each.name):
            width = child.weight / whole
            if width >= least_ratio:
                frames.append(_frame(child, explanation, left=left, width=width, depth=depth))
                open_ones.append((child, left, depth + 1))
            left += width
    widest = sorted(frames, key=lambda frame: -frame.width)[:limit]
    return Flame(
        benchmark=visible_line(explanation.benchmark),
        change=visible_line(sides_text(explanation)),
        lines=explanation_lines(explanation),
        notes=tuple(map(visible_line, explanation.notes)),
        frames=tuple(sorted(widest, key=lambda frame: (frame.depth, frame.left))),
        depth=max((frame.depth for frame in widest), default=-1) + 1,
        samples=(sum(s.base_count for s in explanation.stacks), sum(s.head_count for s in explanation.stacks)),
    )


def render_flamegraph(explanation: Explanation) -> str:
    """The page; without samples it says so."""
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, keep_trailing_newline=True)
    return environment.get_template("flamegraph.html.j2").render(flame=flame_of(explanation))


def _tree(explanation: Explanation) -> _Node:
    base = sum(each.base_count for each in explanation.stacks) or 1
    head = sum(each.head_count for each in explanation.stacks) or 1
    root = _Node("")
    for stack in explanation.stacks:
        node = root
        for name in stack.path:
            node = node.children.setdefault(name, _Node(name))
            node.base_ratio += stack.base_count / base
            node.head_ratio += stack.head_count / head
    return root


def _frame(node: _Node, explanation: Explanation, *, left: float, width: float, depth: int) -> Frame:
    added = node.head_ratio * explanation.ratio - node.base_ratio
    kind = "gone" if not node.head_ratio else "new" if not node.base_ratio else "both"
    shares = [format_quantity(each, Unit.RATIO) for each in (node.base_ratio, node.head_ratio)]
    words = {"gone": "only in base, ", "new": "only in head, ", "both": ""}[kind]
    change = f"{format_change(1 + added)} of base's time"
    return Frame(
        name=visible_line(node.name),
        title=visible_line(f"{node.name}: {words}{shares[0]} of base, {shares[1]} of head, {change}"),
        left=100 * left,
        width=100 * width,
        depth=depth,
        strength=max(-1.0, min(1.0, added / FULL_COLOUR_RATIO)),
        kind=kind,
    )
