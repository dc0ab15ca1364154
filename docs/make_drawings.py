"""Draw the triangle and the path of the data, light and dark: python docs/make_drawings.py"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from calloff.report.files import replacing

IMAGES = Path(__file__).parent / "images"


@dataclass(frozen=True)
class Theme:
    """Colours: paper, text, quieter text, lines; call-off, question, stale, and their papers."""

    name: str
    paper: str
    ink: str
    quiet: str
    line: str
    called: str
    on_called: str
    query: str
    asked_paper: str
    stale_paper: str
    stale_line: str


LIGHT = Theme("light", "#ffffff", "#1b1f24", "#5c6570", "#d5dae0", "#0b5cad", "#ffffff",
              "#b0420b", "#fdeadd", "#f1f2f4", "#c3c8cf")  # fmt: skip
DARK = Theme("dark", "#131416", "#e6e9ed", "#a3acb7", "#3a4048", "#7ab8ff", "#0c1a29",
             "#ffab73", "#43291a", "#1f2226", "#4b525b")  # fmt: skip

Draw = Callable[[Theme], str]

# The triangle: issue days Wed to next Wed, target days Wed to the Friday after.
DAYS = ("Wed", "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri")
CALLED = (40, 42, 38, 0, 0, 45, 41, 47, 44, 39)
ISSUED, HORIZON, STALE = 8, 7, {3: 2, 4: 2}  # a stale day and the day that it repeats
ORIGIN, EVENING, TARGET = 2, 4, 7
LEFT, TOP, WIDE, HIGH = 104, 112, 54, 34


def sent(issued: int, ahead: int) -> int | None:
    """What the row says ``ahead`` days on: near plans are nearly right, stale ones a copy."""
    day = STALE.get(issued, issued)
    target = day + ahead
    if target >= len(DAYS):
        return None
    off = 0 if not ahead else ahead + (target * 7 + day * 3) % 4
    return max(CALLED[target] - off, 0) if CALLED[target] else 0


def text(x: float, y: float, words: object, colour: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" {more}>{escape(str(words))}</text>'


def box(x: float, y: float, w: float, h: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" fill="{fill}" {more}/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    at = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    return f'<line {at} stroke="{colour}" {more}/>'


def place(day: int) -> float:
    """The left edge of a target day's column."""
    return LEFT + WIDE * day


def cells(theme: Theme) -> Iterator[str]:
    """The quantities, row by row."""
    for issued in range(ISSUED):
        y = TOP + HIGH * issued
        for ahead in range(HORIZON + 1):
            quantity, day = sent(issued, ahead), issued + ahead
            if quantity is None or day >= len(DAYS):
                continue
            paper, ink, edge, weight = theme.paper, theme.ink, theme.line, 400
            if issued in STALE:
                paper, ink, edge = "url(#stale)", theme.quiet, theme.stale_line
            elif not ahead:
                paper, ink, weight = theme.called, theme.on_called, 700
            elif (issued, day) == (ORIGIN, TARGET):
                paper, ink, edge, weight = theme.asked_paper, theme.query, theme.query, 700
            later = ' opacity="0.45"' if issued > EVENING and (issued, day) != (7, 7) else ""
            yield f"<g{later}>"
            yield box(place(day) + 2, y + 2, WIDE - 4, HIGH - 4, paper, f'rx="4" stroke="{edge}"')
            at = f'text-anchor="middle" font-weight="{weight}"'
            yield text(place(day) + WIDE / 2, y + HIGH / 2 + 5, quantity, ink, at)
            yield "</g>"


def labels(theme: Theme) -> Iterator[str]:
    """Days on both sides, and what the rows are."""
    middle = 'text-anchor="middle"'
    yield text(place(0), TOP - 30, "target day", theme.quiet)
    yield text(14, TOP - 10, "issued on", theme.quiet)
    for day, name in enumerate(DAYS):
        bold = ' font-weight="700"' if day == TARGET else ""
        colour = theme.query if day == TARGET else theme.ink
        yield text(place(day) + WIDE / 2, TOP - 10, name, colour, middle + bold)
    for issued in range(ISSUED):
        y = TOP + HIGH * issued + HIGH / 2 + 5
        origin = issued == ORIGIN
        colour = theme.query if origin else theme.quiet if issued in STALE else theme.ink
        yield text(14, y, DAYS[issued], colour, 'font-weight="700"' if origin else "")
        if issued in STALE or origin:
            yield text(50, y, "stale" if issued in STALE else "origin", colour, 'font-size="12"')


def spans(theme: Theme) -> Iterator[str]:
    """Lead and lag as lengths above the table, and the evening as a line through it."""
    end = place(TARGET) + WIDE / 2
    for row, (start, words) in enumerate(((ORIGIN, "lag 5"), (EVENING, "lead 3"))):
        y, x = 22 + 26 * row, place(start) + WIDE / 2
        yield line(x, y, end - 8, y, theme.query, 'stroke-width="1.5" marker-end="url(#arrow)"')
        yield line(x, y - 5, x, y + 5, theme.query, 'stroke-width="1.5"')
        yield text(x - 8, y + 5, words, theme.query, 'text-anchor="end"')
    y = TOP + HIGH * (EVENING + 1)
    yield line(8, y, place(len(DAYS)) - 2, y, theme.query, 'stroke-dasharray="5 4"')
    for row, words in enumerate(("Sunday evening:", "what stands below is not known yet")):
        yield text(place(0), y + 22 + HIGH * row, words, theme.query, 'font-size="12.5"')


def legend(theme: Theme) -> Iterator[str]:
    y = TOP + HIGH * ISSUED + 22
    entries = (("url(#stale)", theme.stale_line, "stale: Friday's plan again, unshifted"),
               (theme.called, theme.line, "called off: D of a fresh day"),
               (theme.asked_paper, theme.query, "plan as sent"))  # fmt: skip
    x = 14
    for paper, edge, words in entries:
        yield box(x, y, 18, 14, paper, f'rx="3" stroke="{edge}"')
        yield text(x + 25, y + 12, words, theme.ink, 'font-size="12.5"')
        x += 44 + 6.7 * len(words)


def triangle(theme: Theme) -> str:
    width, height = place(len(DAYS)) + 12, TOP + HIGH * ISSUED + 50
    parts = (*labels(theme), *cells(theme), *spans(theme), *legend(theme))
    title = "The triangle: issue days by target days, with call-offs on the diagonal"
    return drawing(theme, width, height, title, parts)


# The path of the data: boxes in two rows, results below.
STATIONS = (
    ("layouts, reading", "cells with their", "address"),
    ("cleaning", "one plan per part", "and issue day"),
    ("triangle", "part × issue day", "× lead; stale days"),
    ("as_of", "the past of one", "evening, a copy"),
    ("forecasters", "fit on the past,", "answer the question"),
    ("hindcasts", "what each said", "on past targets"),
)
RESULTS = (
    ("inspection", "what the file holds", 1),
    ("correlation", "between horizons", 2),
    ("trust", "errors of plans", 3),
    ("backtest, choice", "how good we were", 4),
    ("range, build", "tonight's numbers", 5),
)
STATION, GAP = 156, 16


def path(theme: Theme) -> str:
    parts: list[str] = []
    across = STATION + GAP
    for index, (name, *words) in enumerate(STATIONS):
        x = 10 + across * index
        parts += station(theme, x, 14, 74, name, words)
        if index:
            parts.append(line(x - GAP + 1, 51, x - 6, 51, theme.quiet,
                              'stroke-width="1.5" marker-end="url(#arrow-quiet)"'))  # fmt: skip
    for name, words, at in RESULTS:
        x = 10 + across * at
        parts += station(theme, x, 130, 56, name, [words], result=True)
        middle = x + STATION / 2
        parts.append(line(middle, 88, middle, 123, theme.quiet,
                          'stroke-width="1.5" marker-end="url(#arrow-quiet)"'))  # fmt: skip
    title = "The path of the data, from files to results"
    return drawing(theme, 10 + across * len(STATIONS) - GAP + 10, 200, title, tuple(parts))


def station(
    theme: Theme, x: float, y: float, high: float, name: str, words: list[str], result: bool = False
) -> Iterator[str]:
    edge = theme.called if result else theme.line
    yield box(x, y, STATION, high, theme.stale_paper, f'rx="7" stroke="{edge}"')
    ink = theme.called if result else theme.ink
    yield text(x + 10, y + 22, name, ink, 'font-weight="700" font-size="15.5"')
    for row, each in enumerate(words):
        yield text(x + 10, y + 41 + 17 * row, each, theme.quiet, 'font-size="13.5"')


def drawing(theme: Theme, width: float, height: float, title: str, parts: tuple[str, ...]) -> str:
    arrows = "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7"'
        f' orient="auto"><path d="M0 0 8 4 0 8z" fill="{colour}"/></marker>'
        for name, colour in (("arrow", theme.query), ("arrow-quiet", theme.quiet))
    )
    stripes = (
        '<pattern id="stale" width="7" height="7" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)">{box(0, 0, 7, 7, theme.stale_paper)}'
        f"{line(0, 0, 0, 7, theme.stale_line)}</pattern>"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
            f' width="{width:g}" height="{height:g}" role="img" font-size="14"'
            " font-family=\"system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif\">",
            f"<title>{escape(title)}</title>",
            f"<defs>{arrows}{stripes}</defs>",
            box(0, 0, width, height, theme.paper, 'rx="8"'),
            *parts,
            "</svg>\n",
        ]
    )


def main() -> None:
    for draw in (triangle, path):
        for theme in (LIGHT, DARK):
            with replacing(IMAGES / f"{draw.__name__}-{theme.name}.svg") as made:
                made.write_text(draw(theme), encoding="utf-8")


if __name__ == "__main__":
    main()
