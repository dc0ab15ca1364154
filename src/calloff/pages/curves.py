"""Loss curves of the network behind a forecast, where one was trained."""

from __future__ import annotations

from calloff.evening import Evening
from calloff.forecasters.lstm import Corrected, PooledLSTM
from calloff.forecasters.record import fitted
from calloff.pages.plain import Plain, numbers

BUILT_ON = {"lstm", "ensemble"}  # methods whose numbers come from the network


def curves(evening: Evening) -> list[list[Plain]] | None:
    """The training loss after each epoch (weighted mean absolute error, in units of the parts'
    scale), one list for each network of the pooled LSTM; None where it had no part in this."""
    if not BUILT_ON & set(evening.forecast.table["method"]):
        return None
    model = fitted(PooledLSTM(), evening.past, evening.settings.spec)
    if not isinstance(model, Corrected) or not model.networks:
        return None
    return [numbers(network.history["loss"], 4) for network in model.networks]
