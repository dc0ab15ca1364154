"""What a summary says, in words: the sentences and numbers that all reports share.

Halves are rounded away from zero, as spreadsheets and browsers do, so that a number reads the same
wherever it stands.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from calloff.data.inspection import lead_name
from calloff.overrides.table import METHOD as OVERRIDE
from calloff.report.summary.forecast import ChoiceSummary, ForecastSummary
from calloff.report.summary.reasons import Reason
from calloff.texts.catalogue import plain, say

UNKNOWN = "–"
LARGE = 10_000  # pieces from which on nobody looks at a tenth
SCORED = ("best", "auto")  # choices that tell the scores behind them


def rounded(value: float, digits: int = 0) -> Decimal:
    """``value`` with so many ``digits``, without a negative zero."""
    return _rounded(_decimal(value), digits)


def _decimal(value: float) -> Decimal:
    """As a number is written: 0.145 is a half percent, though its bits lie a little below."""
    return Decimal(repr(float(value)))


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + Decimal(0)


def pieces(value: float | None) -> str:
    """A ``value`` in whole pieces, such as "1,234"."""
    return UNKNOWN if value is None else f"{rounded(value):,}"


def tenths(value: float | None) -> str:
    """A ``value`` in pieces with a tenth, such as "12.3"; a large one without, such as "56,789"."""
    return UNKNOWN if value is None else f"{rounded(value, 1 if abs(value) < LARGE else 0):,}"


def share(value: float | None) -> str:
    """A ``value`` in whole percents, such as "12%"."""
    return UNKNOWN if value is None else f"{_rounded(_decimal(value) * 100, 0)}%"


def ratio(value: float | None) -> str:
    """A ``value`` with two digits, such as "0.69"."""
    return UNKNOWN if value is None else f"{rounded(value, 2):,}"


def span(low: float | None, high: float | None) -> str:
    """A range from ``low`` to ``high`` in whole pieces, such as "31 – 52"."""
    return UNKNOWN if low is None or high is None else f"{pieces(low)} – {pieces(high)}"


def verdict(code: str, lang: str) -> str:
    """What to make of a plan by the ``code`` of its verdict, in a language, ``lang``, with its
    sign."""
    return say(f"verdict.{code}", lang)


def why(reason: Reason, lang: str) -> str:
    """Why a plan is believed or doubted: a ``reason`` in a language, ``lang``."""
    return say(f"why.{reason.code}", lang, **facts(reason))


def how(reason: Reason, lang: str) -> str:
    """How a forecast came about: a ``reason`` in a language, ``lang``."""
    return say(f"how.{reason.code}", lang, **facts(reason))


def facts(reason: Reason) -> dict[str, str]:
    """The facts of a ``reason`` as they are shown."""
    said = {"pieces": pieces, "share": share, "ratio": ratio, "lag": lead_name}
    found: dict[str, Any] = reason.facts
    return {name: plain(str(said.get(name, str)(fact))) for name, fact in found.items()}


def week(day: date, lang: str) -> str:
    """The week (ISO 8601) that begins with a ``day``, in a language, ``lang``."""
    year, number, _ = day.isocalendar()
    return say("forecast.week", lang, year=year, week=f"{number:02d}", day=day)


def period(day: date, lang: str, *, weekly: bool) -> str:
    """A ``day``, or in plans of weeks the week that begins with it, in a language, ``lang``: where
    several are issued in one week, the last counts, so that its Monday would say too little."""
    if not (weekly and day.isoweekday() == 1):
        return str(day)
    year, number, _ = day.isocalendar()
    return say("forecast.week_short", lang, year=year, week=f"{number:02d}")


def choice(found: ChoiceSummary, lang: str) -> str:
    """Which method, and why that one, as ``found``, in a language, ``lang``."""
    facts: dict[str, Any] = {"method": plain(found.method), "targets": found.targets}
    if found.why in SCORED:
        facts |= {"mae": ratio(found.best["mae"]), "ratio": ratio(found.best["x_plan"])}
    return say(f"choice.{found.why}", lang, **facts)


def counts(found: ForecastSummary, lang: str) -> str:
    """How many plans for the first target day of a forecast, ``found``, are to be distrusted,
    and how many differ, in a language, ``lang``."""
    day = found.days[0]
    facts = {name: pieces(getattr(day, name)) for name in ("distrust", "plans", "differs")}
    return say("verdict.counts", lang, **facts, tolerance=share(found.tolerance))


def method(name: str, lang: str) -> str:
    """The ``name`` of a method in a language, ``lang``; the planner's own numbers are one, too."""
    return say("term.own", lang) if name == OVERRIDE else name
