"""The report: one HTML file that holds all it shows and opens without a network.

Nothing from the input becomes markup: texts enter as JSON in data blocks, with every character
that HTML could read escaped, and the scripts make text nodes of them. The content security policy
allows the scripts and the style in the file by their hashes, and nothing else.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from calloff.report.files import check_target, replacing
from calloff.report.html import REPORTS
from calloff.report.html.static import CHARTS, SCRIPTS, START, STYLE, asset
from calloff.report.html.strings import strings
from calloff.report.html.summary_json import summary_json
from calloff.report.summary.summarise import Summary
from calloff.report.words import pieces, span, verdict
from calloff.texts.arguments import instance, one_of, require
from calloff.texts.catalogue import LANGUAGES, say

WITHOUT_SCRIPTS = 50  # rows of the list that a reader without JavaScript gets
UNSAFE = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}

PAGE = Template("""<!DOCTYPE html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>$style</style>
</head>
<body>
<div id="report"></div>
<noscript>$noscript</noscript>
<script type="application/json" id="strings">$strings</script>
<script type="application/json" id="summary">$summary</script>
<script type="application/json" id="parts">$parts</script>
$scripts
</body>
</html>
""")


def render_report(summary: Summary, lang: str = "en") -> str:
    """Give the report as the text of one HTML file.

    Args:
        summary: what is shown.
        lang: language of the texts, "en" or "ko".

    Returns:
        The text of the file, which holds all it shows.

    Raises:
        CalloffError: an argument cannot be used.
    """
    require(instance(summary, "summary", Summary), one_of(lang, "lang", LANGUAGES))
    words, values = strings(lang), summary_json(summary)
    parts = values.pop("parts")
    scripts = [asset(name) for name in (CHARTS, *SCRIPTS, START)]
    style = asset(STYLE)
    return PAGE.substitute(
        lang=lang,
        policy=policy(scripts, style),
        title=escape(words["title"].format(target=values["targets"][0]) + " – calloff"),
        style=style,
        noscript=_without_scripts(summary, lang),
        strings=embedded(words),
        summary=embedded(values),
        parts=embedded(parts),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def write_report(summary: Summary, path: str | Path, lang: str = "en") -> None:
    """Write the report as an HTML file, whole or not at all.

    Args:
        summary: what is shown.
        path: the file (.html or .htm), which is replaced as a whole.
        lang: language of the texts, "en" or "ko".

    Raises:
        CalloffError: the file cannot be written, or an argument cannot be used.
    """
    target = check_target(path, REPORTS)
    text = render_report(summary, lang)
    with replacing(target) as made:
        made.write_text(text, encoding="utf-8", newline="\n")


def embedded(value: Any) -> str:
    """A ``value`` as JSON that is safe inside a script element, whatever the texts in it are."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(UNSAFE)


def policy(scripts: list[str], style: str) -> str:
    """A content security policy that allows a page these ``scripts`` and this ``style``, and
    nothing from anywhere else."""
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _without_scripts(summary: Summary, lang: str) -> str:
    """The head of the list as a plain table."""
    heads = [say(f"term.{name}", lang) for name in ("part", "plan", "forecast", "range", "verdict")]
    rows = [
        (row.part, pieces(row.plan), pieces(row.forecast), span(row.low, row.high),
         verdict(row.verdict, lang))
        for row in summary.forecast.rows[:WITHOUT_SCRIPTS]
    ]  # fmt: skip
    cells = ["</td><td>".join(map(escape, row)) for row in rows]
    table = "".join(f"<tr><td>{row}</td></tr>" for row in cells)
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return f"<p>{escape(say('page.noscript', lang))}</p><table><tr>{head}</tr>{table}</table>"
