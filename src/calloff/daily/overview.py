"""One page about the day's work: what changed, what to look at first, what came true, what failed.

It holds no scripts. Texts from the input are escaped, and the content security policy allows
nothing but its style.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from calloff.daily.customer_day import BOOK, PAGE, CustomerDay
from calloff.daily.work import Day
from calloff.ledger.scorecard import FORECAST
from calloff.planning.parallel import Outcome
from calloff.report.files import write_text
from calloff.report.html.render import policy
from calloff.report.words import UNKNOWN, pieces, ratio, tenths
from calloff.report.words import verdict as verdict_word
from calloff.rolling.answers import PLAN
from calloff.store.folder import spelt
from calloff.texts.catalogue import plain, say

NAME = "overview.html"
CHANGES = 20  # of a customer on the page
STYLE = """
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1a2026; background: #f6f5f1;
  font: 400 0.9375rem/1.5 Pretendard, Inter, "Noto Sans KR", "Malgun Gothic", system-ui,
    sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
h3 { margin: 1rem 0 0.25rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; background: #fff; }
th, td { padding: 0.3rem 0.7rem; border-bottom: 1px solid #e0ded7; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
a { color: #0a6780; } .failed { color: #b3261e; } .note { color: #59626b; }
@media print { body { background: #fff; } }
"""
HTML = Template("""<!DOCTYPE html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<h1>$title</h1>
$body
</body>
</html>
""")


def write_overview(day: Day, folder: Path, lang: str = "en") -> Path:
    """Write the overview of a day's work.

    Args:
        day: what came of it.
        folder: where workbooks and reports are, too.
        lang: language of the page, "en" or "ko".

    Returns:
        The file, which is replaced as a whole.

    Raises:
        CalloffError: it cannot be written.
    """
    title = say("daily.title", lang, made=f"{day.made:%Y-%m-%d %H:%M}")
    parts = [
        *_failed(day, lang),
        *_changed(day, lang),
        *_customers(day, lang),
        *_taken_in(day, lang),
    ]
    page = HTML.substitute(lang=lang, policy=policy([], STYLE), title=escape(title), style=STYLE,
                           body="\n".join(parts))  # fmt: skip
    path = folder / NAME
    write_text(page, path)
    return path


def _failed(day: Day, lang: str) -> Iterable[str]:
    if day.refused:
        yield f"<h2>{escape(say('daily.failed', lang, count=len(day.refused)))}</h2>"
        for outcome in day.customers:
            problems = outcome.value.failed if outcome.value else outcome.problems
            for problem in problems:
                line = f"{outcome.name}: {problem.text(lang)}"
                yield f'<p class="failed">{escape(plain(line))}</p>'
        for problem in day.added.refused if day.added else ():
            yield f'<p class="failed">{escape(problem.text(lang))}</p>'


def _changed(day: Day, lang: str) -> Iterable[str]:
    """What changed since the forecast before, by customer."""
    yield f"<h2>{escape(say('daily.changed', lang))}</h2>"
    with_changes = [each for each in _days(day) if each.changed]
    if not with_changes:
        yield f'<p class="note">{escape(say("daily.nothing_changed", lang))}</p>'
    for each in with_changes:
        yield _heading(each, lang)
        heads = ["part", "target", "plan", "forecast", "verdict"]
        rows = [_change(row, lang) for row in each.changed[:CHANGES]]
        names = [say(f"term.{name}", lang, weekly=each.weeks) for name in heads]
        yield _table(names, rows, numbers=(2, 3))
        more = len(each.changed) - CHANGES
        if more > 0:
            yield f'<p class="note">{escape(say("daily.more_changes", lang, count=more))}</p>'


def _heading(each: CustomerDay, lang: str) -> str:
    since = say("daily.since", lang, since=each.since, cutoff=each.cutoff)
    return f"<h3>{escape(plain(each.customer))}</h3>" + f'<p class="note">{escape(since)}</p>'


def _change(values: Mapping[str, Any], lang: str) -> list[str]:
    quantities = [f"{pieces(values[f'{name}_before'])} → {pieces(values[name])}"
                  for name in ("plan", "forecast")]  # fmt: skip
    words = [verdict_word(name, lang) if name else UNKNOWN
             for name in (values["verdict_before"], values["verdict"])]  # fmt: skip
    told = words[1] if words[0] == words[1] else " → ".join(words)
    return [values["part"], str(values["target"]), *quantities, told]


def _customers(day: Day, lang: str) -> Iterable[str]:
    """A line for each customer, with links to what was written."""
    yield f"<h2>{escape(say('daily.customers_head', lang))}</h2>"
    names = ("customer", "as_of", "target", "parts", "plan", "forecast", "doubted", "error",
             "x_plan")  # fmt: skip
    heads = [say(f"daily.{name}", lang) for name in names] + [""]
    rows = [[*line(each, lang)] for each in _days(day)]
    links = [_links(outcome, lang) for outcome in day.customers if outcome.value]
    yield _table(heads, rows, numbers=range(3, 9), last=links)
    yield f'<p class="note">{escape(say("daily.legend", lang))}</p>'
    for each in _days(day):
        for problem in each.notices:
            yield f'<p class="note">{escape(plain(f"{each.customer}: {problem.text(lang)}"))}</p>'


def line(each: CustomerDay, lang: str) -> list[str]:
    """What a table says of a customer.

    Args:
        each: what came of it.
        lang: "en" or "ko".

    Returns:
        Customer, day of the forecast, target, parts, plan, forecast, plans to distrust, mean error
        of the forecast, and its ratio to the plan's.
    """
    ours, plans = (each.scores.get(name, {}) for name in (FORECAST, PLAN))
    share = ratio(ours["mae"] / plans["mae"]) if ours and plans and plans["mae"] else UNKNOWN
    target = str(each.targets[0]) if each.targets else UNKNOWN
    if each.weeks and each.targets:
        target = say("daily.week", lang, day=each.targets[0])
    numbers = (each.parts, each.plan, each.forecast, each.doubted)
    error = tenths(ours.get("mae"))
    return [plain(each.customer), str(each.cutoff), target, *map(pieces, numbers), error, share]


def _links(outcome: Outcome[CustomerDay], lang: str) -> str:
    name = quote(spelt(outcome.name))
    both = ((PAGE, "report"), (BOOK, "workbook"))
    return " ".join(f'<a href="{escape(name + suffix)}">{escape(say(f"daily.{word}", lang))}</a>'
                    for suffix, word in both)  # fmt: skip


def _taken_in(day: Day, lang: str) -> Iterable[str]:
    fresh = [each for each in (day.added.written if day.added else ()) if not each.known]
    yield f"<h2>{escape(say('daily.files', lang, count=len(fresh)))}</h2>"
    rows = [
        [Path(each.file).name, plain(name), pieces(count.plans + count.later), pieces(count.days)]
        for each in fresh
        for name, count in each.customers.items()
    ]
    if rows:
        heads = ["daily.file", "store.customer", "store.plans", "store.days"]
        yield _table([say(key, lang) for key in heads], rows, numbers=(2, 3))


def _days(day: Day) -> list[CustomerDay]:
    return [each.value for each in day.customers if each.value]


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[int] = (),
    last: Sequence[str] = (),
) -> str:  # fmt: skip
    """A table of texts; ``last`` is a column of markup."""
    right = {at: ' class="n"' for at in numbers}
    head = "".join(
        f'<th scope="col"{right.get(at, "")}>{escape(text)}</th>' for at, text in enumerate(heads)
    )
    lines = []
    for number, row in enumerate(rows):
        cells = [f"<td{right.get(at, '')}>{escape(text)}</td>" for at, text in enumerate(row)]
        cells += [f"<td>{last[number]}</td>"] if last else []
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(lines)}</table></div>'
