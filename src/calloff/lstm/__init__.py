"""The LSTM, written out: a readable specification, a fast engine, and a network face.

Start with ``reference``, which is how an LSTM works; ``Network`` is how to use one.
"""

from calloff.lstm.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from calloff.lstm.cell import LSTMCell
from calloff.lstm.contract import Loss
from calloff.lstm.data import Dataset
from calloff.lstm.dense import Dense
from calloff.lstm.engines import EngineCannot, EngineMissing
from calloff.lstm.layer import LSTM
from calloff.lstm.network import Fitted, Network
from calloff.lstm.optim import Adam, Cosine
from calloff.lstm.storage import StorageError

load = Fitted.load

__all__ = [
    "LSTM",
    "Adam",
    "Cosine",
    "Dataset",
    "Dense",
    "EarlyStopping",
    "EngineCannot",
    "EngineMissing",
    "Fitted",
    "LSTMCell",
    "Loss",
    "ModelCheckpoint",
    "Network",
    "ReduceLROnPlateau",
    "StorageError",
    "load",
]
