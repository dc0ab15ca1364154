"""One clear error where Keras or its backend is missing, instead of a trace through its insides."""

from __future__ import annotations

import os

OLDEST = (3, 5)  # the first Keras whose ops.scan runs on all three backends

_HOW = (
    'Install it with: pip install "calloff[keras]", and one backend: pip install jax (or torch, '
    "or tensorflow), named in the environment as KERAS_BACKEND=jax (or torch, or tensorflow)."
)


def require_keras() -> None:
    """Import Keras, or say what is missing and how to get it.

    Raises:
        ImportError: Keras or its backend is not installed, or Keras is too old.
    """
    try:
        import keras
    except ImportError as error:
        missing = error.name or str(error)
        backend = os.environ.get("KERAS_BACKEND", "not set")
        raise ImportError(
            f"calloff.keras needs Keras {OLDEST[0]}.{OLDEST[1]} or newer and a backend; "
            f"importing it failed for want of {missing!r} (KERAS_BACKEND is {backend}). {_HOW}",
            name=error.name,
        ) from error
    check_version(keras.__version__)


def check_version(found: str) -> None:
    """Refuse a Keras that is older than what our layers are written for.

    Args:
        found: the version, such as "3.15.0".

    Raises:
        ImportError: it is older.
    """
    major, minor = (int(part) for part in found.split(".")[:2])
    if (major, minor) < OLDEST:
        raise ImportError(
            f"calloff.keras needs Keras {OLDEST[0]}.{OLDEST[1]} or newer, found {found}. {_HOW}",
            name="keras",
        )
