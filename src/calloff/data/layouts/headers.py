"""Headers that name a target day, week or month, such as 10/22, 22.10.2021, KW 40 or 2021-10."""

from __future__ import annotations

import re
from datetime import date, timedelta

NAMED = r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|[월화수목금토일])[a-z]*\.?"
WEEKDAY = re.compile(
    rf"^[(\[]?{NAMED}[)\]]?,?(?=\d)|[(\[]{NAMED}[)\]]$|(?<=[\d.]){NAMED}$", re.IGNORECASE
)
DAY = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}\.?|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2})"
                 r"|\d{1,2}[-/.]\d{1,2}\.?"
                 r"|\d{4}년\d{1,2}월\d{1,2}일|\d{1,2}월\d{1,2}일"
                 r"|\d{1,2}[-.]?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
                 r"|mär|mrz|mai|okt|dez)[a-z]*\.?", re.IGNORECASE)  # fmt: skip
WEEK = re.compile(r"(\d{4}[-/.]?)?(w|kw|cw|wk|week)[-. ]?\d{1,2}([-/. ]?(\d{4}|\d{2}))?"
                  r"|(\d{4}년)?\d{1,2}주차?", re.IGNORECASE)  # fmt: skip
MONTH = re.compile(r"\d{4}[-/.](0?[1-9]|1[0-2])|\d{4}년\d{1,2}월|\d{1,2}월")
DIGITS = re.compile(r"(19|20)\d{6}")
SERIAL = range(32874, 73051)  # Excel's day numbers of 1990 to 2099


def header_date(text: object) -> str:
    """The text of the day, week or month in a header, without spaces or a weekday; "" where there
    is none.

    Args:
        text: the header's cell; a date of a workbook is a day.

    Returns:
        What ``calloff.data.reading.times`` reads.
    """
    if isinstance(text, date):
        return text.isoformat()[:10]
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    bare = "".join(str(text).split())
    if re.fullmatch("[0-9]{5}", bare) and int(bare) in SERIAL:
        return (date(1899, 12, 30) + timedelta(days=int(bare))).isoformat()
    bare = re.sub(r"(T|00)?(:?00){2}$", "", bare) if bare.count("00:00") else bare
    shorter = WEEKDAY.sub("", bare, count=1) if not WEEK.fullmatch(bare) else bare
    for each in (bare, shorter):
        if any(form.fullmatch(each) for form in (DAY, WEEK, MONTH, DIGITS)):
            return each
    return ""
