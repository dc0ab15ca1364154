"""Checks of arguments that come from Python, so that they fail as those of the command line do.

``require`` raises what several checks found, all at once::

    require(whole(days, "days", 1, 366), day(as_of, "as_of", optional=True))

True and False are no numbers here, and NaN is none.

Args:
    value: the argument, whatever it is; ``values`` where there should be several.
    values: the same.
    name: what the caller knows it as; it opens the message.
    optional: whether None is sound.

Returns:
    A problem for everything that is wrong with the argument; none for a sound one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from datetime import date, datetime
from itertools import chain
from numbers import Integral, Real
from reprlib import repr as shortened
from typing import Any, TypeGuard

import numpy as np

from calloff.texts.errors import CalloffError, Problem, few

Problems = Iterator[Problem]

ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")
NAMED = 5  # of the names that there are, in a message


def require(*checks: Iterable[Problem]) -> None:
    """Raise what any of the checks found.

    Args:
        checks: what checks gave, in the order in which their problems are to be listed.

    Raises:
        CalloffError: with all their problems; none are raised where there are none.
    """
    if problems := list(chain(*checks)):
        raise CalloffError(problems)


def instance(value: object, name: str, *kinds: type, optional: bool = False) -> Problems:
    """Whether ``value`` is of one of the ``kinds``; an attribute of it that is will be named."""
    if isinstance(value, kinds) or (optional and value is None):
        return
    facts = {"name": name, "found": _kind(type(value))}
    if attribute := _attribute(value, kinds):
        yield Problem("argument.attribute", facts={**facts, "attribute": attribute})
    else:
        wanted = " | ".join(map(_kind, kinds))
        yield Problem("argument.type", facts={**facts, "wanted": wanted})


def path(value: object, name: str, *, optional: bool = False) -> Problems:
    """Whether ``value`` is a path: a text or a Path."""
    return instance(value, name, str, os.PathLike, optional=optional)


def flag(value: object, name: str) -> Problems:
    """Whether ``value`` is True or False."""
    return iter(()) if isinstance(value, np.bool_) else instance(value, name, bool)


def whole(value: object, name: str, low: int, high: int, *, optional: bool = False) -> Problems:
    """Whether ``value`` is a whole number from ``low`` to ``high``, both included."""
    if optional and value is None:
        return
    if not isinstance(value, Integral) or isinstance(value, bool):
        yield _problem("argument.whole", value, name, low=low, high=high)
    elif not low <= int(value) <= high:
        yield _problem("option.range", value, name, low=low, high=high)


def number(
    value: object, name: str, low: float, high: float, *, optional: bool = False
) -> Problems:
    """Whether ``value`` is a number from ``low`` to ``high``, both included."""
    if optional and value is None:
        return
    if not _is_number(value):
        yield _problem("argument.number", value, name, low=_short(low), high=_short(high))
    elif not low <= value <= high:
        yield _problem("option.range", value, name, low=_short(low), high=_short(high))


def between(
    value: object, name: str, low: float, high: float, *, optional: bool = False
) -> Problems:
    """Whether ``value`` is a number above ``low`` and below ``high``."""
    if optional and value is None:
        return
    if not _is_number(value) or not low < value < high:
        yield _problem("argument.between", value, name, low=_short(low), high=_short(high))


def level(value: object, name: str, *, optional: bool = False) -> Problems:
    """Whether ``value`` is a level of a quantile: a number above 0 and below 1, not a percent."""
    if optional and value is None:
        return
    if not _is_number(value) or not 0 < value < 1:
        yield _problem("argument.level", value, name)


def levels(values: object, name: str) -> Problems:
    """Whether ``values`` are several levels of quantiles."""
    if _is_list(values):
        for value in values:
            yield from level(value, name)
    else:
        yield _problem("argument.several", values, name)


def amounts(values: object, name: str, low: float, high: float) -> Problems:
    """Whether ``values`` is a mapping to numbers from ``low`` to ``high``."""
    yield from instance(values, name, Mapping)
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from number(value, f"{name}[{key!r}]", low, high)


def one_of(value: object, name: str, choices: Sequence[str], *, optional: bool = False) -> Problems:
    """Whether ``value`` is one of the ``choices``, all of which a message names."""
    if optional and value is None:
        return
    if not isinstance(value, str) or value not in choices:
        text = value if isinstance(value, str) else shortened(value)
        facts = {"name": name, "value": text, "choices": ", ".join(choices)}
        yield Problem("option.choice", facts=facts)


def several(values: object, name: str, *, optional: bool = False, some: bool = False) -> Problems:
    """Whether ``values`` can be gone through one by one, which a single text is not meant for;
    with ``some``, there must be at least one."""
    if not _is_several(values) and not (optional and values is None):
        yield _problem("argument.several", values, name)
    elif some and isinstance(values, Sized) and not len(values):
        yield Problem("argument.none", facts={"name": name})


def part(value: object, known: Sequence[str]) -> Problems:
    """Whether ``value`` is one of the ``known`` parts."""
    if not isinstance(value, str) or value not in known:
        names = ", ".join(known[:NAMED]) + ", ..." * (len(known) > NAMED)
        text = value if isinstance(value, str) else shortened(value)
        yield Problem("part.unknown", facts={"name": text, "parts": names or "-"})


def parts(values: object, name: str, known: Sequence[str]) -> Problems:
    """Whether ``values`` are several of the ``known`` parts."""
    if _is_list(values):
        for value in values:
            yield from part(value, known)
    else:
        yield _problem("argument.several", values, name)


def day(value: object, name: str, *, optional: bool = False) -> Problems:
    """Whether ``value`` is a calendar day: an ISO text (a time of day may follow), a date, a time
    stamp without a time zone, or a numpy.datetime64."""
    if not (_is_day(value) or (optional and value is None)):
        yield _problem("argument.day", value, name)


def frame(value: Any, name: str, needed: Sequence[str] = (), *, empty: bool = False) -> Problems:
    """Whether ``value`` is a polars frame with the columns ``needed``, and, unless it may be
    ``empty``, with rows."""
    from polars import DataFrame

    if not isinstance(value, DataFrame):
        yield from instance(value, name, DataFrame)
        return
    missing = [column for column in needed if column not in value.columns]
    if missing:
        facts = {"missing": ", ".join(missing), "found": few(value.columns)}
        yield Problem("table.columns", facts=facts)
    elif value.is_empty() and not empty:
        yield Problem("argument.rows", facts={"name": name})


def arrays(**values: Any) -> Problems:
    """Whether all ``values``, by their names, are arrays of numbers, and of one shape. NumPy reads
    what is below a mask, so nothing may be masked."""
    first = ""
    for name, value in values.items():
        try:
            array = np.asarray(value)
        except ValueError:  # rows of unequal length
            array = np.array(value, dtype=object)
        masked = hasattr(value, "mask") and np.ma.is_masked(value)
        if masked or array.dtype.kind not in "iuf":
            found = "masked array" if masked else array.dtype
            facts = {"name": name, "found": found, "wanted": "float64"}
            yield Problem("argument.type", facts=facts)
            continue
        first = first or name
        wanted = np.shape(values[first])
        if array.shape != wanted:
            facts = {"name": name, "found": array.shape, "other": first, "wanted": wanted}
            yield Problem("argument.shape", facts=facts)


def _problem(code: str, value: object, name: str, **facts: object) -> Problem:
    return Problem(code, facts={"name": name, "value": shortened(value), **facts})


def _kind(kind: type) -> str:
    """The name of a type, with the project that it is from where that is not plain."""
    origin = kind.__module__.split(".")[0]
    own = origin in ("builtins", "calloff", "collections", "os", "__main__")
    return kind.__qualname__ if own else f"{origin}.{kind.__qualname__}"


def _attribute(value: object, kinds: tuple[type, ...]) -> str | None:
    """What of a value of ours is of the kinds: a Loaded has a triangle."""
    if not type(value).__module__.startswith("calloff."):
        return None
    inside = getattr(value, "__dict__", {}).items()
    return next((name for name, part in inside if isinstance(part, kinds)), None)


def _short(limit: float) -> str:
    return f"{limit:,.0f}" if float(limit).is_integer() else f"{limit:g}"


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_) and value == value


def _is_several(values: object) -> TypeGuard[Iterable[object]]:
    return isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping)


def _is_list(values: object) -> TypeGuard[Iterable[object]]:
    """Several, and not used up by being looked at."""
    return _is_several(values) and not isinstance(values, Iterator)


def _is_day(value: object) -> bool:
    if isinstance(value, np.datetime64):
        return not np.isnat(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if ISO_DAY.match(value) else None
        except ValueError:
            return False
    return isinstance(value, date) and getattr(value, "tzinfo", None) is None and value == value
