"""Chooses the backend before Keras is imported: every test file here imports this first.

KERAS_BACKEND is respected; without it JAX is taken, then PyTorch, then TensorFlow.
"""

from __future__ import annotations

import importlib.util
import os

_PRESENT = [name for name in ("jax", "torch", "tensorflow") if importlib.util.find_spec(name)]
os.environ.setdefault("KERAS_BACKEND", _PRESENT[0] if _PRESENT else "jax")
# Hundreds of tiny graphs, each run once: compiling them is what takes the time on JAX.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

MISSING = (
    f"Keras or its backend {os.environ['KERAS_BACKEND']!r} is not installed: "
    'pip install "calloff[keras]" jax'
)
