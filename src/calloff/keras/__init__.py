"""Keras 3, both ways: our LSTM as a Keras layer, and networks exchanged with plain Keras models.

Optional (``pip install "calloff[keras]"`` plus a backend of your choice); nothing else in calloff
imports this package. Any backend will do: JAX, TensorFlow or PyTorch, chosen as always in Keras.
"""

from calloff.keras._require import require_keras

require_keras()

from calloff.keras.cell import LSTMCell  # noqa: E402
from calloff.keras.exchange import from_keras, to_keras  # noqa: E402
from calloff.keras.layer import LSTM  # noqa: E402

__all__ = ["LSTM", "LSTMCell", "from_keras", "to_keras"]
