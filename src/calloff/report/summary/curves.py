"""Loss curves of the network behind a forecast, where one was trained."""

from __future__ import annotations

from calloff.planning.results import Results

Curves = tuple[tuple[float, ...], ...]


def curves(results: Results) -> Curves | None:
    """Loss curves of the network behind ``results``: the training loss after each epoch (weighted
    mean absolute error, in units of the parts' scale), a row for each network of the pooled LSTM;
    None where it was not used."""
    return results.curves or None
