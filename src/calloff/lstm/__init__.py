"""The LSTM, written out: a readable specification, a fast engine, and a network face."""
