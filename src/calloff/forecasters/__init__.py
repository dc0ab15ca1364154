"""Forecasters, one file each. To add one, add a file here that names its ``METHODS``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.texts.errors import CalloffError, Problem

__all__ = ["Fitted", "Forecaster", "available", "named"]


@cache
def available() -> dict[str, Forecaster]:
    """All methods by name, the plan first, the others in the order of their rank and name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    methods = [method for module in modules for method in getattr(module, "METHODS", ())]
    return {method.name: method for method in sorted(methods, key=lambda m: (m.rank, m.name))}


def named(names: Iterable[str]) -> tuple[Forecaster, ...]:
    """The methods of some names.

    Args:
        names: as on the command line.

    Returns:
        The methods, each once, in the order of the names.

    Raises:
        CalloffError: with every name that is not known.
    """
    wanted = tuple(dict.fromkeys(names))
    choices = ", ".join(available())
    unknown = [name for name in wanted if name not in available()]
    if unknown:
        raise CalloffError(
            Problem("method.unknown", facts={"name": name, "choices": choices}) for name in unknown
        )
    return tuple(available()[name] for name in wanted)
