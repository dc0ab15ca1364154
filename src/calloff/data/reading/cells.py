"""What can be wrong with a cell, and what is in one: nothing, an error, a text, a name.

Parsers of columns give values and a fault for each cell: an index into FAULTS.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from calloff.texts.catalogue import plain

Values = NDArray[np.float64]
Codes = NDArray[np.int8]

# What can be wrong with a cell, and (the last seven) with a row as a whole.
FAULTS = (
    "", "blank", "text", "negative", "fractional", "ambiguous", "too_large", "error", "formula",
    "part_blank", "part_error", "part_rounded", "part_date", "plant_blank", "rounded",
    "time_blank", "time_wrong", "time_serial",
    "time_ambiguous", "time_mixed", "time_zone", "target_past", "target_far",
    "row_blank", "row_header", "row_long", "row_total", "row_status",
    "row_cancelled", "duplicate",
)  # fmt: skip
CODE = {name: np.int8(index) for index, name in enumerate(FAULTS)}
BLANKS = tuple(CODE[name] for name in ("blank", "part_blank", "plant_blank", "time_blank"))

LARGEST = 1e9  # pieces in one cell; beyond it a cell holds something else
NUMBERS = (int, float, Decimal, np.integer, np.floating)
ERROR = re.compile(  # in any language: #WERT!, #¡DIV/0!; a column too narrow; LibreOffice's numbers
    r"#[¡¿]?[^\W\d]{2,}(?:/0)?[!?]|#N/[ABD]!?|#NV|#I/T|#YOK|#Н/Д|#HIÁNYZIK|#NENÍ_K_DISPOZICI"
    r"|#GETTING_DATA|##+|(?:Err|Fehler|Erreur) ?:\d{3}",
    re.IGNORECASE,
)
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2}")  # what Excel shows of a long number
DIGITS = 1e15  # from here on Excel loses digits of a number
# What Excel makes of "3-1", written out as .csv in several countries.
MONTHS = "Jan|Feb|Mar|Mär|Mrz|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez"
DATED = re.compile(
    rf"\d{{1,2}}(?:-|[. ]{{1,2}})(?:{MONTHS})|(?:{MONTHS})(?:-|[. ]{{1,2}})\d{{2}}"
    r"|\d{2}월 \d{2}일"
)
NOTHING = {"null", "(null)", "nan", "<na>", "n/a", "(blank)", "(leer)", "(비어 있음)"}
# Signs that are not seen: zero width, soft hyphen, marks of direction, byte order mark.
INVISIBLE = re.compile("[\u00ad\ufffd\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def is_blank(cell: object) -> bool:
    """Whether there is nothing in a ``cell``: empty text, None, or a frame's NaN, NaT or NA."""
    if isinstance(cell, str):
        return not cell or cell.isspace()
    if isinstance(cell, float | Decimal):
        return math.isnan(cell)
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def cell_text(cell: object) -> str:
    """A ``cell`` as a person would read it, cut short; nothing for a frame's NaN."""
    return as_text(cell)[:80] if isinstance(cell, str) or not is_blank(cell) else ""


def as_text(cell: object) -> str:
    """A ``cell`` as one line of text; a number without needless decimals."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    try:
        return plain(str(cell))
    except ValueError:  # Python spells no number of more than 4,300 digits
        return type(cell).__name__


def is_error(text: str) -> bool:
    """Whether a ``text`` is what a spreadsheet shows for a formula without a result."""
    return bool(ERROR.fullmatch(text))


def parse_part(cell: object) -> tuple[str, str]:
    """The name of a part in a ``cell``, its spaces trimmed and a number as its digits, and the name
    of its fault, or ""."""
    name = "" if is_blank(cell) else " ".join(as_text(cell).split())
    if not name or name.casefold() in NOTHING:
        return "", "part_blank"
    if isinstance(cell, date) or (isinstance(cell, str) and DATED.fullmatch(name)):
        return "", "part_date"
    if _is_rounded(cell, name):
        return "", "part_rounded"
    return ("", "part_error") if is_error(name) else (name, "")


def _is_rounded(cell: object, name: str) -> bool:
    """Whether digits of a long number are lost: as a spreadsheet shows it, or as it keeps it."""
    if isinstance(cell, str):
        return bool(ROUNDED.fullmatch(name))
    return isinstance(cell, float) and DIGITS <= cell < math.inf


def parse_name(cell: object) -> str:
    """The name of a plant or customer in a ``cell``; empty where there is none."""
    return "" if is_blank(cell) else " ".join(as_text(cell).split())
