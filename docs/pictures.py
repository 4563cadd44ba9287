"""Draws the pictures of the documentation as SVG files: `python docs/pictures.py FOLDER`. The same bytes every time."""

import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

STYLE = (
    "<style>text{font:14px system-ui,sans-serif;fill:#24292f}.f{fill:#57606a;font-size:12px}"
    ".b{fill:#fff;stroke:#8c959f}.base{fill:#8250df}.head{fill:#0969da}.l{stroke:#8c959f;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.f{fill:#9aa5b1}.b{fill:#151b23}}</style>"
)
ORDER = "ABBABAABABBA"
STEPS = (
    "two commits", "two trees, one suite", "visits: both arms in one test",
    "a ratio per fork", "a decision", "a verdict",
)  # fmt: skip


def fork() -> str:
    """A fork: the zygote, both arms, and their batches in turn on one core."""
    return _svg(760, 210, "One fork: a zygote, two arms born from it, batches in turn", _fork_parts())


def flow() -> str:
    """The way from two commits to a verdict."""
    return _svg(760, 120, "From two commits to a verdict", _flow_parts(STEPS))


def _fork_parts() -> Iterator[str]:
    yield _box(20, 80, 120, "zygote", "shared imports")
    for y, side in ((20, "base"), (140, "head")):
        yield f'<path class="l" d="M140 105 C 170 105 160 {y + 25} 190 {y + 25}"/>'
        yield _box(190, y, 130, f"arm {side}", "waits in the test")
    for at, letter in enumerate(ORDER):
        x, side = 350 + 33 * at, "base" if letter == "A" else "head"
        yield f'<rect class="{side}" x="{x}" y="{30 if side == "base" else 150}" width="29" height="30" rx="3"/>'
    yield '<text class="f" x="350" y="118">time: batches of half a millisecond, in turn, on one core</text>'


def _flow_parts(steps: tuple[str, ...]) -> Iterator[str]:
    for at, text in enumerate(steps):
        x, y = 15 + 250 * (at % 3), 10 + 58 * (at // 3)
        yield f'<rect class="b" x="{x}" y="{y}" width="228" height="40" rx="6"/>'
        yield f'<text x="{x + 12}" y="{y + 25}">{at + 1}. {escape(text)}</text>'


def _box(x: int, y: int, width: int, title: str, below: str) -> str:
    return (
        f'<rect class="b" x="{x}" y="{y}" width="{width}" height="50" rx="6"/>'
        f'<text x="{x + 10}" y="{y + 21}">{escape(title)}</text>'
        f'<text class="f" x="{x + 10}" y="{y + 40}">{escape(below)}</text>'
    )


def _svg(width: int, height: int, title: str, parts: Iterator[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return f"{head}<title>{escape(title)}</title>{STYLE}{''.join(parts)}</svg>\n"


def main() -> None:
    """Write every picture into the folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in (("fork", fork), ("flow", flow)):
        (folder / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
