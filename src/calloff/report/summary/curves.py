"""Loss curves of the network behind a forecast, where one was trained."""

from __future__ import annotations

from calloff.forecasters.lstm import Corrected, PooledLSTM
from calloff.planning.results import Results
from calloff.rolling.hindcasts import fitted

BUILT_ON = {"lstm", "ensemble"}  # methods whose numbers come from the network
Curves = tuple[tuple[float, ...], ...]


def curves(results: Results) -> Curves | None:
    """The training loss after each epoch (weighted mean absolute error, in units of the parts'
    scale), one row for each network of the pooled LSTM; None where it had no part in this."""
    if not BUILT_ON & set(results.forecast.table["method"]):
        return None
    model = fitted(PooledLSTM(), results.past, results.settings.spec)
    if not isinstance(model, Corrected) or not model.networks:
        return None
    return tuple(tuple(network.history["loss"]) for network in model.networks)
