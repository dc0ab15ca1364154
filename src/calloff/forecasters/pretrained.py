"""The networks as trained on made-up customers, before they have seen a real one.

Made by ``benchmarks/pretrain_lstm.py`` from ``calloff.synth.random_customer`` and
``calloff.synth.random_settings``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from calloff.lstm import load
from calloff.lstm.network import Fitted as Trained

FOLDER = Path(__file__).parent / "pretrained_networks"


@cache
def pretrained() -> tuple[Trained, ...]:
    """The networks, each with the same inputs and outputs."""
    return tuple(load(folder) for folder in sorted(FOLDER.iterdir()))
