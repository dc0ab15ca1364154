"""Rows of a long table that are equal but for columns that are not known, as those of orders."""

from __future__ import annotations

import numpy as np

from calloff.data.reading.cells import CODE, cell_text, is_blank
from calloff.data.reading.distinct import distinct
from calloff.data.reading.matching import Header
from calloff.data.reading.parsing import Parsed
from calloff.data.reading.plans import combined
from calloff.texts.errors import Problem, few

FEW = 3  # rows; fewer are an accident
MOSTLY = 0.5  # of the rows that repeat another


def order_lines(header: Header, parsed: Parsed) -> Problem | None:
    """Find rows that repeat another one and still tell themselves apart: to set them aside as
    duplicates would lose what they order.

    Args:
        header: the sheet.
        parsed: its rows.

    Returns:
        The problem; None where there are no such rows, or where it is declared what they mean.
    """
    layout, roles = header.match.layout, header.match.roles
    again = np.flatnonzero(parsed.fault == CODE["duplicate"])
    if layout.kind != "long" or layout.options.add_up is not None or len(again) < FEW:
        return None
    places = range(min(header.match.width, len(roles)))
    unknown = [at for at in places if roles[at] is None and not is_blank(header.texts[at])]
    if not unknown:
        return None
    code = {at: distinct(header.below.columns[at])[1] for at in places}
    same = combined([code[at] for at in places if at not in unknown])
    rows = np.flatnonzero(np.isin(same, same[again]))
    apart = combined([same[rows], *(code[at][rows] for at in unknown)])
    count = len(np.unique(apart)) - len(np.unique(same[rows]))
    if count < MOSTLY * len(again):
        return None
    names = few([cell_text(header.texts[at]) for at in unknown])
    return Problem("file.several_rows", header.sheet.where(), {"count": count, "columns": names})
