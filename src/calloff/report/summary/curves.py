"""Loss curves of the network behind a forecast, where one was trained."""

from __future__ import annotations

from calloff.planning.results import Results

Curves = tuple[tuple[float, ...], ...]


def curves(results: Results) -> Curves | None:
    """The training loss after each epoch (weighted mean absolute error, in units of the parts'
    scale), one row for each network behind the forecast in ``results``; None where none was
    trained."""
    return results.curves or None
