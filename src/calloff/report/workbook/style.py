"""The looks of the workbook: fonts, colours that the colour-blind can tell apart, formats."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from calloff.texts.catalogue import plain, say

# Okabe & Ito (2008), "Color universal design": blue for more, orange for less.
MORE, LESS, GREY, INK = "#0072B2", "#E69F00", "#8A949E", "#1F2D3A"
HEAD, LINE, YOURS = "#26445C", "#DDE3E8", "#FFF6D6"
WEAK_LESS, WEAK_MORE, WHITE, MARKED = "#F6CF8B", "#8CC3E3", "#FFFFFF", "#E6EAEE"
FONTS = {"en": "Calibri", "ko": "맑은 고딕"}
PIECES = "#,##0"

# What a column holds -> how it looks.
KINDS: dict[str, dict[str, Any]] = {
    "text": {"align": "left"},
    "wrap": {"align": "left", "text_wrap": True},
    "day": {"align": "left", "num_format": "yyyy-mm-dd"},
    "pieces": {"num_format": PIECES},
    "fine": {"num_format": "#,##0.0"},
    "signed": {"num_format": "[>=0.5]+#,##0;[<=-0.5]-#,##0;0"},
    "bias": {"num_format": "+#,##0.0;-#,##0.0;0.0"},
    "shift": {"num_format": "+0.00;-0.00;0.00"},
    "share": {"num_format": "0%"},
    "change": {"num_format": "+0%;-0%;0%"},
    "ratio": {"num_format": "0.00"},
    "yours": {"num_format": "#,##0.##", "bg_color": YOURS, "locked": False,
              "border": 1, "border_color": "#D9B44A"},
}  # fmt: skip


@dataclass(frozen=True)
class Book:
    """A workbook in the making, its language, the line above each printed page, whether it is of a
    customer that plans by weeks, and the formats made so far."""

    file: xlsxwriter.Workbook
    lang: str
    line: str = ""
    weekly: bool = False
    formats: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def say(self, key: str, **facts: object) -> str:
        """Words of the catalogue in the workbook's language; facts lose control characters."""
        shown = {name: plain(str(fact)) for name, fact in facts.items()}
        return say(key, self.lang, weekly=self.weekly, **shown)

    def style(self, kind: str, *, bold: bool = False) -> Any:
        """The format of cells of a kind."""
        plain_looks = {"align": "right", "indent": 1, "valign": "vcenter", "bottom": 1}
        looks = {**plain_looks, "bottom_color": LINE, **KINDS[kind], "bold": bold}
        return self._format((kind, str(bold)), looks)

    def head(self, kind: str = "text") -> Any:
        """The format of a column's head."""
        yours, left = kind == "yours", kind in ("text", "wrap", "day")
        looks = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1,
                 "border_color": WHITE, "font_color": INK if yours else WHITE,
                 "bg_color": "#F0C95C" if yours else HEAD,
                 "align": "left" if left else "right", "indent": 1}  # fmt: skip
        return self._format(("head", str(left), str(yours)), looks)

    def title(self) -> Any:
        """The format of a heading above a table."""
        looks = {"bold": True, "font_size": 13, "font_color": HEAD, "valign": "vcenter"}
        return self._format(("title",), looks)

    def note(self) -> Any:
        """The format of a line of explanation."""
        return self._format(("note",), {"font_color": "#5A6672", "italic": self.lang == "en"})

    def fill(self, colour: str) -> Any:
        """The format of a conditional colour."""
        return self._format(("fill", colour), {"bg_color": colour})

    def _format(self, key: tuple[str, ...], looks: dict[str, Any]) -> Any:
        if key not in self.formats:
            self.formats[key] = self.file.add_format(looks)
        return self.formats[key]


def open_book(path: str, lang: str) -> xlsxwriter.Workbook:
    """A workbook in which no text ever becomes a formula, a link or a number."""
    font = {"font_name": FONTS[lang], "font_size": 10}
    options = {"strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False, "default_format_properties": font}  # fmt: skip
    return xlsxwriter.Workbook(path, options)


def width(text: str) -> int:
    """Columns of a text in a spreadsheet: Korean and other wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
