"""A reliability diagram as SVG: how often answers proved right, against how far they were believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from typing import Any
from xml.sax.saxutils import escape

Line = Mapping[str, Any]

# In pixels of the drawing.
SIDE, LEFT, TOP, BOTTOM = 168, 58, 82, 50
GAP_ACROSS, GAP_DOWN = 34, 54
COLUMNS = 4
LEAST_RADIUS, MOST_RADIUS = 2.0, 6.5
# Two-sided normal quantile of 95 %.
NORMAL_95 = 1.959964

STYLE = """
  .ground { fill: #ffffff; }
  text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .name { font-weight: 600; }
  .plain { font-weight: 400; }
  .faint, .tick { fill: #59636e; }
  .tick { font-size: 10.5px; }
  .frame { fill: none; stroke: #d1d9e0; }
  .grid { stroke: #d1d9e0; stroke-width: 0.6; }
  .even { stroke: #59636e; stroke-dasharray: 4 3; }
  .bar { stroke: #0969da; stroke-width: 1.6; stroke-opacity: 0.5; }
  .point { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; }
    text { fill: #f0f6fc; }
    .faint, .tick { fill: #9198a1; }
    .frame { stroke: #3d444d; }
    .grid { stroke: #3d444d; }
    .even { stroke: #9198a1; }
    .bar { stroke: #4493f8; }
    .point { fill: #4493f8; }
  }
"""


def diagram(lines: Sequence[Line]) -> str:
    """Draw a panel for each line that `benchmarks.accuracy` printed, from its calibration table.

    A point is a tenth of the scale of credence, its area grows with the number of objects in it, its
    bar is Wilson's 95 % interval; on the dashed line credence and frequency agree.
    """
    columns = min(COLUMNS, max(len(lines), 1))
    rows = ceil(len(lines) / columns)
    width = LEFT + columns * (SIDE + GAP_ACROSS)
    height = TOP + rows * (SIDE + GAP_DOWN) - GAP_DOWN + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="title summary">',
        '<title id="title">Reliability diagram of leading answers</title>',
        f'<desc id="summary">{escape(_summary(lines))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{height}"/>',
        f'<text class="title" x="{LEFT}" y="24">How often the leading answer proved right</text>',
        f'<text class="faint" x="{LEFT}" y="43">by its credence, in tenths · bars: 95 % · dashed: '
        "as often as believed</text>",
    ]
    for i, line in enumerate(lines):
        x = LEFT + (i % columns) * (SIDE + GAP_ACROSS)
        y = TOP + (i // columns) * (SIDE + GAP_DOWN)
        parts.append(f'<g transform="translate({x},{y})">{_panel(line)}</g>')
    middle_x, middle_y = LEFT + (width - LEFT - GAP_ACROSS) / 2, TOP + (height - TOP - BOTTOM) / 2
    parts += [
        f'<text class="faint" x="{middle_x:g}" y="{height - 12}" text-anchor="middle">credence</text>',
        f'<text class="faint" transform="translate(16,{middle_y:g}) rotate(-90)" text-anchor="middle">'
        "share that proved right</text>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _summary(lines: Sequence[Line]) -> str:
    return "; ".join(
        f"{line['dataset']}: calibration error {line['ece']:.3f} over {line['n_truths']:,}" for line in lines
    )


def _panel(line: Line) -> str:
    table = line["calibration"]
    total = sum(row["n"] for row in table)
    parts = [
        f'<text class="name" x="0" y="-8">{escape(line["dataset"])}'
        f'<tspan class="plain">{", in time" if line.get("mode") == "prequential" else ""}</tspan></text>',
    ]
    for tick in (0, 0.5, 1):
        at = tick * SIDE
        parts += [
            f'<line class="grid" x1="{at:g}" y1="0" x2="{at:g}" y2="{SIDE}"/>',
            f'<line class="grid" x1="0" y1="{at:g}" x2="{SIDE}" y2="{at:g}"/>',
            f'<text class="tick" x="{at:g}" y="{SIDE + 15}" text-anchor="middle">{tick:g}</text>',
            f'<text class="tick" x="-6" y="{SIDE - at + 4:g}" text-anchor="end">{tick:g}</text>',
        ]
    parts += [
        f'<rect class="frame" width="{SIDE}" height="{SIDE}"/>',
        f'<line class="even" x1="0" y1="{SIDE}" x2="{SIDE}" y2="0"/>',
    ]
    parts.append(
        f'<text class="tick" x="{SIDE - 6}" y="{SIDE - 8}" text-anchor="end">'
        f"n {line['n_truths']:,} · ECE {line['ece']:.3f}</text>"
    )
    for row in table:
        x, y = row["mean_credence"] * SIDE, (1 - row["frequency"]) * SIDE
        low, high = wilson(row["frequency"], row["n"])
        radius = max(LEAST_RADIUS, MOST_RADIUS * sqrt(row["n"] / total))
        parts += [
            f'<line class="bar" x1="{x:.1f}" y1="{(1 - low) * SIDE:.1f}" '
            f'x2="{x:.1f}" y2="{(1 - high) * SIDE:.1f}"/>',
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>',
        ]
    return "".join(parts)


def wilson(frequency: float, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a frequency (JASA 22, 1927, doi:10.1080/01621459.1927.10502953)."""
    z = NORMAL_95**2 / n
    middle = (frequency + z / 2) / (1 + z)
    half = sqrt(z * (frequency * (1 - frequency) + z / 4)) / (1 + z)
    return max(0.0, middle - half), min(1.0, middle + half)
