"""Make the pictures of the README from real output: python docs/make_screens.py"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from calloff.report.demo import run_demo
from calloff.report.files import replacing
from calloff.report.terminal.demo import show_demo
from calloff.report.terminal.screen import Screen

IMAGES = Path(__file__).parent / "images"
THEME = TerminalTheme(
    (24, 26, 31),
    (225, 228, 232),
    [(40, 44, 52), (240, 113, 120), (130, 200, 120), (230, 190, 110), (97, 160, 240),
     (198, 120, 221), (86, 190, 200), (171, 178, 191)],
    [(92, 99, 112), (240, 113, 120), (130, 200, 120), (230, 190, 110), (97, 160, 240),
     (198, 120, 221), (86, 190, 200), (255, 255, 255)],
)  # fmt: skip


def recorder(lang: str) -> Screen:
    """A screen whose output can be saved."""
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True,
                      color_system="truecolor", highlight=False)  # fmt: skip
    return Screen(lang, True, console, console)


def main() -> None:
    outcome = run_demo(Path("calloff-demo"), lambda done, what: None)
    screen = recorder("en")
    show_demo(outcome, screen)
    svg = screen.out.export_svg(title="calloff demo", theme=THEME)
    svg = re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)  # no font from elsewhere
    svg = svg.replace("Fira Code", "DejaVu Sans Mono")
    with replacing(IMAGES / "demo.svg") as made:
        made.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
