"""Explains a slowdown that a public package once had, and draws it: `python docs/flame.py FOLDER`. Needs pip, pydantic.

inflect 7.0.0 decorates its methods with pydantic's `validate_call`, which 5.6.2 did not.
"""

import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from boss_perf.explain.explaining import explain_benchmarks
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.machine.lock import machine_lock
from boss_perf.model.explanations import Explanation
from boss_perf.model.samples import Pass
from boss_perf.report.explanation_text import explanation_lines
from boss_perf.report.flamegraph import Frame, frames_of

PACKAGE, VERSIONS = "inflect", ("5.6.2", "7.0.0")
FILE, TEST = "test_plural.py", "test_plural"
SUITE = """\
import inflect

WORDS = ("dog", "mouse", "ox", "leaf", "child", "city", "cat", "analysis")


def test_plural(benchmark):
    engine = inflect.engine()
    assert benchmark(lambda: [engine.plural(word) for word in WORDS])[1:4] == ["mice", "oxen", "leaves"]
"""
WIDTH, HEIGHT, LEAST_RATIO, LETTER = 760, 24, 0.01, 7
STYLE = (
    "<style>text{font:12px ui-monospace,monospace;fill:#1f2328}.f{fill:#57606a}rect{stroke:#fff}.both{fill:#dde1e4}"
    ".new{stroke:#cf222e;stroke-width:2}.gone{stroke:#0969da;stroke-width:2;stroke-dasharray:4}"
    "@media(prefers-color-scheme:dark){.f{fill:#9aa5b1}}</style>"
)


def explained(folder: Path) -> Explanation:
    """Both versions side by side in one test, as a gate would have them."""
    places = []
    for version in VERSIONS:
        root = folder / version
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", root, f"{PACKAGE}=={version}"],
            check=True,
        )
        ZipFile(next(root.glob("*.whl"))).extractall(root)
        (root / FILE).write_text(SUITE, encoding="utf-8")
        places.append(ArmPlace(root=root, files=(FILE,), path=(str(root),)))
    name = f"{FILE}::{TEST}"
    with machine_lock("docs/flame.py"):
        answer = explain_benchmarks(places, {name: (Pass.PROFILE,)}, sides=VERSIONS, timeout_s=120, seed=1)[name]
    if isinstance(answer, str):
        raise SystemExit(f"{name}: {answer}")
    return answer


def picture(explanation: Explanation) -> str:
    """The flame graph as an SVG file."""
    frames = frames_of(explanation, least_ratio=LEAST_RATIO)
    height = HEIGHT * (1 + max(frame.depth for frame in frames)) + 30
    title = f"{PACKAGE} {VERSIONS[0]} → {VERSIONS[1]}: where the time of {TEST} went"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    note = (
        f'<text class="f" x="4" y="{height - 9}">width: share of {VERSIONS[1]}; red: adds time, blue: saves it</text>'
    )
    return f"{head}<title>{escape(title)}</title>{STYLE}{''.join(map(_box, frames))}{note}</svg>\n"


def _box(frame: Frame) -> str:
    x, width, y = frame.left / 100 * WIDTH, frame.width / 100 * WIDTH, HEIGHT * frame.depth
    letters = int((width - 8) / LETTER)
    name = frame.name.removeprefix(f"{PACKAGE}.")
    name = name if len(name) <= letters else f"…{name[-letters + 1 :]}" if letters > 3 else ""
    hue = "4 75%" if frame.strength > 0 else "212 70%"
    fill = f' style="fill:hsl({hue} {95 - 23 * abs(frame.strength):.0f}%)"' if abs(frame.strength) > 0.01 else ""
    place = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{HEIGHT}"'
    box = f'<rect class="both {frame.kind}" {place}{fill}>'
    return f'{box}<title>{escape(frame.title)}</title></rect><text x="{x + 4:.1f}" y="{y + 16}">{escape(name)}</text>'


def page(explanation: Explanation) -> Iterator[str]:
    """What the documentation quotes."""
    yield f"{explanation.ratio:.3f} ({explanation.ratio_low:.3f} … {explanation.ratio_high:.3f})"
    yield from explanation_lines(explanation)
    for each in explanation.functions:
        yield f"{each.function} {each.share_ratio:+.3f} ({each.share_low_ratio:+.3f} … {each.share_high_ratio:+.3f})"


def main() -> None:
    """Measure, write the picture into the folder, print the text."""
    with TemporaryDirectory() as folder:
        explanation = explained(Path(folder))
    (Path(sys.argv[1]) / "flame.svg").write_text(picture(explanation), encoding="utf-8")
    sys.stdout.write("\n".join(page(explanation)) + "\n")


if __name__ == "__main__":
    main()
