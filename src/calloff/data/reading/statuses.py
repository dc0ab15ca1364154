"""What a customer says of a quantity: firm, a forecast, in arrears, or wanted at once."""

from __future__ import annotations

import numpy as np

from calloff.data.reading.cells import Codes, parse_name
from calloff.data.reading.distinct import distinct
from calloff.data.reading.sheets import Column

STATUSES = ("", "firm", "forecast", "backlog", "immediate", "cancelled")
CANCELLED = ("canceled", "cancellation", "deleted", "void", "storno", "storniert", "gelöscht",
             "취소", "취소됨", "삭제")  # fmt: skip
AHEAD = ("backlog", "immediate")  # those of what is not a plan for its day


def status_codes(column: Column) -> Codes:
    """Read a column of statuses.

    Args:
        column: its cells (R).

    Returns:
        An index into STATUSES for each (R); 0 for any other text.
    """
    cells, index = distinct(column)
    code = {name: place for place, name in enumerate(STATUSES)}
    code |= dict.fromkeys(CANCELLED, STATUSES.index("cancelled"))
    codes = [code.get(parse_name(cell).casefold(), 0) for cell in cells]
    return np.array(codes, dtype=np.int8)[index]


def is_ahead(status: Codes) -> np.ndarray:
    """Which of some codes are of what is wanted beside the plan, as ``status``."""
    return np.isin(status, [STATUSES.index(name) for name in AHEAD])


def is_cancelled(status: Codes) -> np.ndarray:
    """Which of some codes are of what is no longer wanted, as ``status``."""
    return status == STATUSES.index("cancelled")
