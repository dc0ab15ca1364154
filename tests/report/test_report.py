"""The report by its structure: what is in it, what may run in it, and how large it is."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from calloff.report.html.render import embedded, render_report, write_report
from calloff.report.html.static import CHARTS, SCRIPTS, START, STYLE, asset
from calloff.report.html.strings import strings
from calloff.report.html.summary_json import summary_json
from calloff.report.summary.summarise import summarise
from calloff.texts.catalogue import LANGUAGES, WEEKS, catalogue, plain
from calloff.texts.errors import CalloffError
from results_cases import NASTY, customer, nasty, small

LIMIT = 10_000_000  # bytes of a report with a thousand parts
ASSETS = Path(__file__).parents[2] / "src" / "calloff" / "report" / "html" / "assets"


class Page(HTMLParser):
    """Elements with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.blocks.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.blocks and self.cdata_elem:  # inside a script or a style
            attributes, text = self.blocks[-1]
            self.blocks[-1] = (attributes, text + data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_file_that_asks_for_nothing_else(lang: str) -> None:
    page = Page(render_report(summarise(small(method="ratio")), lang))
    assert page.all("html") == [{"lang": lang}]
    assert not [tag for tag, _ in page.elements if tag in ("link", "img", "iframe", "base", "form")]
    for _, attributes in page.elements:
        assert not {"src", "href", "style"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    assert [tag for tag, _ in page.elements].count("meta") == 5


def test_the_policy_allows_what_is_in_the_file_and_nothing_else() -> None:
    page = Page(render_report(summarise(small(method="ratio"))))
    (policy,) = [m["content"] or "" for m in page.all("meta") if "http-equiv" in m]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not re.search(r"unsafe|\*|https?:", policy)
    run = [text for attributes, text in page.blocks if attributes == {}]
    hashes = [f"'sha256-{b64encode(sha256(t.encode()).digest()).decode()}'" for t in run]
    assert set(hashes) == set(rules["script-src"].split()) | set(rules["style-src"].split())
    assert len(run) == len(SCRIPTS) + 3


def test_the_values_come_back_as_they_went_in() -> None:
    summary = summarise(small(method="ratio"))
    page = Page(render_report(summary))
    blocks = {a["id"]: json.loads(text) for a, text in page.blocks if "id" in a}
    wanted = json.loads(json.dumps(summary_json(summary)))
    assert blocks["summary"] | {"parts": blocks["parts"]} == wanted
    assert blocks["strings"] == strings("en")


def test_names_that_mean_harm_stay_names() -> None:
    results = nasty()
    assert set(results.past.parts) == {plain(" ".join(name.split())) for name in NASTY}
    text = render_report(summarise(results))
    clean = Page(render_report(summarise(small(method="plan"))))
    page = Page(text)
    count = [tag for tag, _ in page.elements].count
    assert count("script") == len(clean.all("script"))
    assert count("img") == count("b") == 0
    assert "window.hit=1</script>" not in text
    found = next(json.loads(block) for a, block in page.blocks if a.get("id") == "parts")
    assert {part["name"] for part in found["list"]} == set(results.past.parts)


def test_embedded_json_cannot_leave_its_element() -> None:
    value = {"</script>": ["<!--", "&lt;", "\u2028\u2029", "a'\"b"]}
    text = embedded(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


@pytest.mark.exhaustive
def test_a_thousand_parts_stay_below_the_limit() -> None:
    assert len(render_report(summarise(customer(1000))).encode()) < LIMIT


def test_without_scripts_there_is_still_a_list() -> None:
    text = render_report(summarise(small(method="ratio")))
    inside = re.search(r"<noscript>(.*?)</noscript>", text, flags=re.DOTALL)
    assert inside and "A-1" in inside[1]


def test_a_report_is_written_whole_or_refused(tmp_path: Path) -> None:
    summary = summarise(small(method="plan"))
    write_report(summary, tmp_path / "a.html", "ko")
    assert 'lang="ko"' in (tmp_path / "a.html").read_text(encoding="utf-8")
    with pytest.raises(CalloffError, match="html"):
        write_report(summary, tmp_path / "a.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_the_page_says_nothing_that_the_catalogue_lacks() -> None:
    code = "\n".join(asset(name) for name in (*SCRIPTS, START))
    code = re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)
    asked = set(re.findall(r'\bt\(\s*"([a-z_0-9]+)"', code))
    asked |= set(re.findall(r'\bt\([^()"`]*\? "([a-z_]+)" : "[a-z_]+"', code))
    families = set(re.findall(r"\bt\(`([a-z_]+)\$", code))
    words = strings("en")
    assert len(asked) > 60
    assert sorted(asked - set(words)) == []
    quoted = set(re.findall(r'"([a-z_0-9]+)"', code))
    unused = [
        name
        for name in (key.removeprefix("page.") for key in catalogue() if key.startswith("page."))
        if name.removesuffix(WEEKS) not in quoted
        and not name.removesuffix(WEEKS).endswith("_short")
        and name not in ("title", "noscript")
        and not any(name.startswith(family) for family in families)
    ]
    assert unused == []


def test_columns_of_the_list_have_a_name_and_a_meaning() -> None:
    names = set(re.findall(r'\b(?:named|number)\("([a-z_]+)"', asset("build.js"))) - {"override"}
    assert len(names) > 8
    for room in ("term", "meaning"):
        assert {f"{room}_{name}" for name in names} <= set(strings("en"))


def test_words_have_the_places_that_the_page_fills() -> None:
    for lang in LANGUAGES:
        for text in strings(lang).values():
            assert "{{" not in text  # the page fills {names} itself and knows no escapes


def test_the_charts_are_what_their_note_says() -> None:
    note = asset("echarts.txt")
    digest = sha256((ASSETS / CHARTS).read_bytes()).hexdigest()
    assert digest in note
    assert "eval(" not in asset(CHARTS)
    assert "new Function" not in asset(CHARTS)


def test_the_scripts_make_no_markup() -> None:
    for name in (*SCRIPTS, START):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", asset(name)
        )
    assert "url(" not in asset(STYLE)
