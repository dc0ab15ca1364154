"""What a summary says, in words: the sentences and numbers that all reports share.

Halves are rounded away from zero, as spreadsheets and browsers do, so that a number reads the same
wherever it stands.

Args:
    value: a number that is not rounded; None where it is not known.
    lang: language of the text, "en" or "ko".

Returns:
    A text for people; a dash for what is not known.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from calloff.data.inspection import lead_name
from calloff.overrides.table import METHOD as OVERRIDE
from calloff.report.summary.forecast import ChoiceSummary, ForecastSummary
from calloff.report.summary.reasons import Reason
from calloff.texts.catalogue import plain, say

UNKNOWN = "–"
SCORED = ("best", "auto")  # choices that tell the scores behind them


def rounded(value: float, digits: int = 0) -> Decimal:
    """Round a number, without a negative zero.

    Args:
        value: the number.
        digits: how many after the point.

    Returns:
        The number as a decimal one.
    """
    return _rounded(_decimal(value), digits)


def _decimal(value: float) -> Decimal:
    """As a number is written: 0.145 is a half percent, though its bits lie a little below."""
    return Decimal(repr(float(value)))


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + Decimal(0)


def pieces(value: float | None) -> str:
    """Whole pieces: "1,234"."""
    return UNKNOWN if value is None else f"{rounded(value):,}"


def tenths(value: float | None) -> str:
    """Pieces with a tenth: "12.3"."""
    return UNKNOWN if value is None else f"{rounded(value, 1):,}"


def share(value: float | None) -> str:
    """Whole percents: "12%"."""
    return UNKNOWN if value is None else f"{_rounded(_decimal(value) * 100, 0)}%"


def ratio(value: float | None) -> str:
    """Two digits: "0.69"."""
    return UNKNOWN if value is None else f"{rounded(value, 2):,}"


def span(low: float | None, high: float | None) -> str:
    """A range in whole pieces from ``low`` to ``high``: "31 – 52"."""
    return UNKNOWN if low is None or high is None else f"{pieces(low)} – {pieces(high)}"


def verdict(code: str, lang: str) -> str:
    """What to make of a plan, with its sign; ``code`` is that of the verdict."""
    return say(f"verdict.{code}", lang)


def why(reason: Reason, lang: str) -> str:
    """Why a plan is believed or doubted, from its ``reason``."""
    return say(f"why.{reason.code}", lang, **facts(reason))


def how(reason: Reason, lang: str) -> str:
    """How a forecast came about, from its ``reason``."""
    return say(f"how.{reason.code}", lang, **facts(reason))


def facts(reason: Reason) -> dict[str, str]:
    """The facts of a ``reason`` as they are shown."""
    written = {"pieces": pieces, "share": share, "ratio": ratio, "lag": lead_name}
    found: dict[str, Any] = reason.facts
    return {name: plain(str(written.get(name, str)(fact))) for name, fact in found.items()}


def choice(found: ChoiceSummary, lang: str) -> str:
    """Which method was chosen, and why; ``found`` is the summary of the choice."""
    facts: dict[str, Any] = {"method": plain(found.method), "targets": found.targets}
    if found.why in SCORED:
        facts |= {"mae": ratio(found.best["mae"]), "ratio": ratio(found.best["x_plan"])}
    return say(f"choice.{found.why}", lang, **facts)


def counts(found: ForecastSummary, lang: str) -> str:
    """How many plans for the first target day are to be distrusted, and how many differ; ``found``
    is the summary of the forecast."""
    day = found.days[0]
    facts = {name: pieces(getattr(day, name)) for name in ("distrust", "plans", "differs")}
    return say("verdict.counts", lang, **facts, tolerance=share(found.tolerance))


def method(name: str, lang: str) -> str:
    """The ``name`` of a method as it is shown; the planner's own numbers are one, too."""
    return say("term.own", lang) if name == OVERRIDE else name
