"""What a summary says, in words: the sentences and numbers that all reports share.

Halves are rounded away from zero, as spreadsheets and browsers do, so that a number reads the same
wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from calloff.overrides.table import METHOD as OVERRIDE
from calloff.report.summary.forecast import ChoiceSummary, ForecastSummary
from calloff.report.summary.reasons import Reason
from calloff.texts.catalogue import plain, say
from calloff.texts.leads import lead_name, say_lead

UNKNOWN = "–"
LARGE = 10_000  # pieces from which on nobody looks at a tenth
ALARM = "!"  # beside a tracking signal that is too far from 0
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


def stock(value: float | None, build: float | None, lang: str) -> str:
    """Say a quantity of a stock.

    Args:
        value: the quantity in pieces; None where none was given.
        build: what is to be built; None where that is not known.
        lang: language of the words.

    Returns:
        Whole pieces, or that none was given, where something is to be built.
    """
    return say("stock.none", lang) if value is None and build is not None else pieces(value)


def tenths(value: float | None) -> str:
    """A ``value`` in pieces with a tenth, such as "12.3"; a large one without, such as "56,789"."""
    return UNKNOWN if value is None else f"{rounded(value, 1 if abs(value) < LARGE else 0):,}"


def share(value: float | None) -> str:
    """A ``value`` in whole percents, such as "12%"."""
    return UNKNOWN if value is None else f"{_rounded(_decimal(value) * 100, 0)}%"


def ratio(value: float | None) -> str:
    """A ``value`` with two digits, such as "0.69"."""
    return UNKNOWN if value is None else f"{rounded(value, 2):,}"


def signed(value: float | None) -> str:
    """A ``value`` with its sign and two digits, such as "+0.15"; "0.00" has none."""
    number = None if value is None else rounded(value, 2)
    return UNKNOWN if number is None else f"{number:+,}" if number else f"{number}"


def change(value: float | None) -> str:
    """A ``value`` in whole percents with its sign, such as "+12%"; "0%" has none."""
    number = None if value is None else _rounded(_decimal(value) * 100, 0)
    return UNKNOWN if number is None else f"{number:+}%" if number else "0%"


def tracking(value: float | None, alarm: bool | None) -> str:
    """A tracking signal, ``value``, with a tenth and its sign, and a mark where there is an
    ``alarm``, such as "-5.3 !"."""
    if value is None:
        return UNKNOWN
    number = rounded(value, 1)
    return f"{number:+,}{f' {ALARM}' if alarm else ''}" if number else f"{number}"


def figure_name(level: str, name: str, lang: str) -> str:
    """Name a row of planning figures.

    Args:
        level: "all", "customer" or "part".
        name: of the customer or part.
        lang: language.

    Returns:
        The name as it is shown.
    """
    return say("figures.all", lang) if level == "all" else plain(name)


def span(low: float | None, high: float | None) -> str:
    """A range from ``low`` to ``high`` in whole pieces, such as "31 – 52"."""
    return UNKNOWN if low is None or high is None else f"{pieces(low)} – {pieces(high)}"


def verdict(code: str, lang: str) -> str:
    """What to make of a plan by the ``code`` of its verdict, in a language, ``lang``, with its
    sign."""
    return say(f"verdict.{code}", lang)


def why(reason: Reason, lang: str, *, weekly: bool = False) -> str:
    """Say why a plan is believed or doubted.

    Args:
        reason: the reason.
        lang: language.
        weekly: whether the customer plans by weeks.

    Returns:
        The words.
    """
    return say(f"why.{reason.code}", lang, weekly=weekly, **facts(reason, lang, weekly=weekly))


def how(reason: Reason, lang: str, *, weekly: bool = False) -> str:
    """Say how a forecast came about.

    Args:
        reason: the reason.
        lang: language.
        weekly: whether the customer plans by weeks.

    Returns:
        The words.
    """
    return say(f"how.{reason.code}", lang, weekly=weekly, **facts(reason, lang, weekly=weekly))


def facts(reason: Reason, lang: str = "en", *, weekly: bool = False) -> dict[str, Any]:
    """Give the facts of a reason as they are shown.

    Args:
        reason: the reason.
        lang: language.
        weekly: whether the customer plans by weeks.

    Returns:
        Their words, by name.
    """

    def lag(days: int) -> str:
        return say_lead(days, lang, weekly=True) if weekly else lead_name(days)

    said: dict[str, Callable[[Any], str]] = {
        "pieces": pieces,
        "before": pieces,
        "share": share,
        "ratio": ratio,
        "lag": lag,
        "day": lambda day: period(day, lang, weekly=weekly),
        "mix": mix,
    }
    found: dict[str, Any] = reason.facts
    return {name: plain(str(said.get(name, str)(fact))) for name, fact in found.items()}


def mix(found: tuple[tuple[str, float, float], ...]) -> str:
    """Of what a forecast is the mean, as ``found``: each method with its weight and forecast."""
    return ", ".join(f"{name} {share(weight)} ({pieces(said)})" for name, weight, said in found)


def week(day: date, lang: str) -> str:
    """The week (ISO 8601) that begins with a ``day``, in a language, ``lang``."""
    year, number, _ = day.isocalendar()
    return say("forecast.week", lang, year=year, week=f"{number:02d}", day=day)


def period(day: date, lang: str, *, weekly: bool) -> str:
    """Name a day, or in plans of weeks the week that begins with it.

    Args:
        day: the day.
        lang: the language.
        weekly: whether the customer plans by weeks. Where several plans are issued in one, the
            last counts, so that its Monday would say too little.

    Returns:
        The week where the day is a Monday of such plans, else the day in ISO.
    """
    if not (weekly and day.isoweekday() == 1):
        return str(day)
    year, number, _ = day.isocalendar()
    return say("forecast.week_short", lang, year=year, week=f"{number:02d}")


def choice(found: ChoiceSummary, lang: str, *, weekly: bool = False) -> str:
    """Say which method was chosen, and why that one.

    Args:
        found: the choice.
        lang: language.
        weekly: whether the customer plans by weeks.

    Returns:
        The words.
    """
    facts: dict[str, Any] = {"method": plain(found.method), "targets": found.targets}
    if found.why in SCORED:
        facts |= {"mae": ratio(found.best["mae"]), "ratio": ratio(found.best["x_plan"])}
    return say(f"choice.{found.why}", lang, weekly=weekly, **facts)


def counts(found: ForecastSummary, lang: str) -> str:
    """How many plans for the first target day of a forecast, ``found``, are to be distrusted,
    and how many differ, in a language, ``lang``."""
    day = found.days[0]
    facts: dict[str, Any] = {
        name: pieces(getattr(day, name)) for name in ("distrust", "plans", "differs")
    }
    return say("verdict.counts", lang, **facts, tolerance=share(found.tolerance))


def card_method(name: str, lang: str) -> str:
    """What a scorecard calls its methods in a language, ``lang``; its ``name`` is "forecast",
    "plan", "last" or "override"."""
    return say("term.own" if name == OVERRIDE else f"term.{name}", lang)


def method(name: str, lang: str) -> str:
    """The ``name`` of a method in a language, ``lang``; the planner's own numbers are one, too."""
    return say("term.own", lang) if name == OVERRIDE else name
