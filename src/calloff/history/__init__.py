"""What was asked for and what came of it, kept in a folder."""

from calloff.history.scores import earlier_forecasts
from calloff.history.store import FINAL, History, Run

__all__ = ["FINAL", "History", "Run", "earlier_forecasts"]
