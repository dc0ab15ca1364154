"""Loss curves of the network behind a forecast, where one was trained."""

from __future__ import annotations

from calloff.planning.results import Results
from calloff.report.summary.plain import Plain, numbers


def curves(results: Results) -> list[list[Plain]] | None:
    """The training loss after each epoch (weighted mean absolute error, in units of the parts'
    scale), one list for each network of the pooled LSTM; None where it had no part in this."""
    return [numbers(curve, 4) for curve in results.curves] or None
