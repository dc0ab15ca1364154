"""Which instruction sets of the processor the fast engine may run, and which one is asked for.

They round differently: of 111 networks trained with AVX2 and with SSE2, the validation loss
differed by 6e-8 in the median, and by 4e-3 in one. So what ran is reported with a network, and can
be fixed: by name, or by the environment variable CALLOFF_INSTRUCTION_SET.
"""

from __future__ import annotations

import os

from calloff.lstm import _engine

ENVIRONMENT = "CALLOFF_INSTRUCTION_SET"


def instruction_sets() -> list[str]:
    """Those that this processor runs and the engine is compiled for, the fastest first."""
    return _engine.instruction_sets()


def requested(name: str | None) -> str | None:
    """Find the instruction set that is asked for.

    Args:
        name: as the caller names it; None: as the environment does.

    Returns:
        The name; None where neither names one.

    Raises:
        ValueError: the one that the caller names does not run here.
        CalloffError: the one in the environment does not.
    """
    known = instruction_sets()
    if name is None:
        return _fixed(known)
    if name not in known:
        raise ValueError(
            "instruction_set must be one that this processor runs,"
            f" {', '.join(known)}, not {name!r}"
        )
    return name


def _fixed(known: list[str]) -> str | None:
    """By the environment, which no caller has checked: a message in the user's language."""
    name = os.environ.get(ENVIRONMENT)
    if not name or name in known:
        return name or None
    # Imported here, as all else in calloff.lstm needs NumPy only.
    from calloff.texts.errors import fail

    raise fail("engine.instruction_set", variable=ENVIRONMENT, name=name, known=", ".join(known))
