"""The report as a planner meets it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from calloff.overrides.table import Overrides
from calloff.report import words
from calloff.report.html.strings import strings
from calloff.report.summary.planning_figures import FigureRow
from calloff.report.summary.summarise import summarise
from calloff.texts.catalogue import LANGUAGES
from results_cases import customer, nasty, small

Opened = Callable[..., Any]
PARTS = 60
ROWS = "table.build tbody tr"


def column(page: Any, place: int) -> list[str]:
    found = page.eval_on_selector_all(
        ROWS, f"rows => rows.map(row => row.children[{place}].textContent)"
    )
    return [str(text) for text in found]


def deviations(page: Any) -> list[int]:
    return [int(text.replace("\u2212", "-").replace(",", "")) for text in column(page, 4)]


def axe(page: Any) -> list[str]:
    """What the accessibility checker finds."""
    checker = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    found = checker.Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]


def test_it_opens_ranked_by_deviation(opened: Opened) -> None:
    page = opened(customer(PARTS, method="ratio"))
    sizes = [abs(value) for value in deviations(page)]
    assert len(sizes) == 25
    assert sizes == sorted(sizes, reverse=True)
    assert page.get_attribute("th[aria-sort] >> nth=0", "aria-sort") == "descending"


def test_every_column_sorts_both_ways(opened: Opened) -> None:
    page = opened(customer(PARTS, method="ratio"))
    heads = page.locator("table.build thead button:visible")
    for at in range(heads.count()):
        heads.nth(at).click()
        head = page.locator("table.build th:visible").nth(at)
        first = head.get_attribute("aria-sort")
        heads.nth(at).click()
        assert {first, head.get_attribute("aria-sort")} == {"ascending", "descending"}
    page.click("table.build thead button >> nth=0")
    page.click("table.build thead button >> nth=0")
    names = column(page, 0)
    if names[0] != "Part 0":
        page.click("table.build thead button >> nth=0")
        names = column(page, 0)
    assert names[:3] == ["Part 0", "Part 1", "Part 2"]  # numbers in names as numbers


def test_search_chips_and_pages(opened: Opened) -> None:
    page = opened(customer(PARTS, method="ratio"))
    page.fill("#part-search", "part 5")
    names = column(page, 0)
    assert names
    assert all(name.startswith("Part 5") for name in names)
    page.fill("#part-search", "no such part")
    assert page.text_content("#build .count") == "Nothing matches."
    page.fill("#part-search", "")
    page.click("#build .pager button >> text=Next")
    assert (page.text_content("#build .count") or "").startswith("26–")
    page.click(".chip[data-verdict=agrees]")
    assert set(column(page, 1)) <= {"agrees"}
    assert page.get_attribute(".chip[data-verdict=agrees]", "aria-pressed") == "true"


def test_a_part_opens_by_keyboard_and_escape_gives_the_focus_back(opened: Opened) -> None:
    page = opened(small(method="ratio"))
    page.focus(f"{ROWS} >> nth=0 >> button.open")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.part[open] canvas")
    assert page.text_content("#part-title") == "A-1"
    assert page.evaluate("document.activeElement.id") == "part-title"
    page.click("text=Next part")
    assert page.text_content("#part-title") == "B-2"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.part", state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "A-1"


def test_tables_stand_behind_the_charts(opened: Opened) -> None:
    page = opened(small(method="ratio"))
    page.click(f"{ROWS} >> nth=0")
    page.click("dialog.part figure.whole summary")
    cells = page.locator("dialog.part figure.whole tbody tr").first.locator("th, td")
    cells.last.wait_for()  # the table is made when the browser tells of the opening
    assert cells.count() == 7
    drawn = page.locator("figure:has(.chart)")
    assert drawn.count() > 5
    for at in range(drawn.count()):
        assert drawn.nth(at).locator(".chart").get_attribute("aria-label")


def test_planning_figures_of_all_parts_and_of_a_part(opened: Opened) -> None:
    results = customer(PARTS, method="ratio")
    page, found = opened(results), summarise(results).figures

    def cells(place: str) -> list[str]:
        texts = (
            page.locator(f"{place} table.plain tbody tr").last.locator("th, td").all_inner_texts()
        )
        return [text.replace("\u2212", "-") for text in texts]

    def shown(row: FigureRow, name: str) -> list[str]:
        return [name, words.share(row.index_by_target), words.share(row.index_by_volume),
                words.signed(row.weighted_bias), words.share(row.instability),
                words.tracking(row.tracking_signal, row.alarm),
                words.signed(row.trigg_signal)]  # fmt: skip

    assert cells("#scores") == shown(found.groups[0], "All parts")
    part = found.parts[0]
    page.fill("input[type=search]", part.name)
    page.click(f"{ROWS} >> nth=0 >> button.open")
    part = next(row for row in found.parts if row.name == page.inner_text("#part-title"))
    assert cells("dialog") == shown(part, part.name)


def test_charts_are_drawn_when_they_come_into_view(opened: Opened) -> None:
    page = opened(customer(PARTS, method="ratio"))
    assert page.locator("canvas").count() == 0
    page.locator("#scores figure >> nth=0").scroll_into_view_if_needed()
    page.wait_for_selector("#scores canvas")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_accessibility_checker_is_content(opened: Opened, scheme: str, lang: str) -> None:
    page = opened(customer(PARTS, method="ratio"), lang, color_scheme=scheme)
    assert axe(page) == []
    page.click(f"{ROWS} >> nth=0 >> button.open")
    page.wait_for_selector("dialog.part[open] canvas")
    assert axe(page) == []


def test_dark_and_light_by_the_switch(opened: Opened) -> None:
    page = opened(small(method="ratio"), color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.click("text=Dark")
    assert page.evaluate(colour) != light
    page.click("text=Light")
    assert page.evaluate(colour) == light


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_narrow_screens_do_not_scroll_sideways(opened: Opened, lang: str) -> None:
    page = opened(customer(PARTS, method="ratio"), lang, width=320)
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 320
    page.click(f"{ROWS} >> nth=0 >> button.open")
    page.locator("dialog.part[open] .chart").first.scroll_into_view_if_needed()
    page.wait_for_selector("dialog.part[open] canvas")
    assert page.evaluate(wide) <= 320
    assert page.evaluate("document.querySelector('.part-body').scrollWidth") <= 320


def test_names_that_mean_harm_are_shown_and_do_nothing(opened: Opened) -> None:
    results = nasty()
    page = opened(results)
    assert set(column(page, 0)) <= set(results.past.parts)
    assert len(column(page, 0)) == len(results.past.parts)
    for at in range(len(results.past.parts)):
        page.click(f"{ROWS} >> nth={at} >> button.open")
        page.wait_for_selector("dialog.part[open] canvas")
        page.keyboard.press("Escape")
    assert page.evaluate("window.hit") is None
    assert page.locator("#report img").count() == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"as_of": "2024-03-04"},  # nothing is scored yet
        {"quantiles": (), "method": "ratio"},  # no band
        {"quantiles": (0.5,), "method": "ratio"},
        {"method": "plan"},
        {"exclude": ("A-1", "B-2")},
    ],
    ids=lambda settings: "-".join(settings),
)
def test_evenings_that_lack_something_open_too(opened: Opened, settings: Any) -> None:
    page = opened(small(**settings))
    for at in range(page.locator(ROWS).count()):
        page.click(f"{ROWS} >> nth={at} >> button.open")
        page.wait_for_selector("dialog.part[open] canvas")
        page.keyboard.press("Escape")


def test_parts_without_a_forecast_open_too(opened: Opened) -> None:
    page = opened(small(method="ratio"))
    page.click("details.skipped summary")
    page.click("details.skipped button.open")
    assert page.text_content("#part-title") == "C-3"
    assert "Rows in conflict: 1 time stamps" in (page.text_content(".found") or "")
    page.keyboard.press("Escape")
    page.click(".findings button.open >> nth=0")
    assert page.text_content("#part-title") == "C-3"


def test_several_target_days_are_chosen_from(opened: Opened) -> None:
    results = small(method="ratio", days=2)
    page = opened(results)
    before = column(page, 2)
    page.select_option("#target", index=1)
    assert column(page, 2) != before
    assert page.locator("#target option").count() == 2


@pytest.mark.exhaustive
def test_a_thousand_parts_stay_usable(opened: Opened) -> None:
    page = opened(customer(1000))
    assert page.locator(ROWS).count() == 25
    page.fill("#part-search", "Part 999")
    page.click(f"{ROWS} >> nth=0 >> button.open")
    page.wait_for_selector("dialog.part[open] canvas")
    assert page.text_content("#part-title") == "Part 999"


CUT_OFF = """() => [...document.querySelectorAll(".table")].filter((box) => {
  const cells = [...box.querySelectorAll("th, td")].filter((cell) => cell.offsetWidth);
  const edge = box.getBoundingClientRect().right + 1;
  return cells.some((cell) => cell.getBoundingClientRect().right > edge);
}).map((box) => box.innerText.slice(0, 80))"""  # tables that are wider than the sheet


def on_paper(page: Any) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})  # A4 less its margins
    page.evaluate("dispatchEvent(new Event('beforeprint'))")


def test_it_prints_all_parts_with_range_and_reason_and_the_charts(opened: Opened) -> None:
    page = opened(customer(PARTS, method="ratio"), color_scheme="dark")
    assert page.pdf(format="A4").startswith(b"%PDF")
    on_paper(page)
    assert page.locator(ROWS).count() == PARTS
    for name in ("band", "why"):
        cells = page.locator(f"{ROWS} .col-{name}")
        assert cells.count() == PARTS
        assert all(cells.nth(at).is_visible() for at in (0, 39, 40, PARTS - 1))
    reasons = page.locator(f"{ROWS} .col-why").all_inner_texts()
    assert sum(text != "–" for text in reasons) > 5
    count = page.locator("#build .count")
    assert count.is_visible() and count.inner_text() == f"1–{PARTS} of {PARTS}"
    assert page.evaluate("document.documentElement.scrollWidth") <= 710
    assert page.evaluate(CUT_OFF) == []
    assert page.locator("#scores canvas").count() > 4
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(ROWS).count() == 25


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_what_terminal_and_workbook_say(opened: Opened, lang: str) -> None:
    """The scripts put codes and numbers into the words that Python does (report/words.py)."""
    results = customer(PARTS, method="ratio", scored=8)
    found = summarise(results).forecast
    page = opened(results, lang, width=1600)
    page.select_option("#build .pager select", "100")
    shown = {row[0]: row for row in page.eval_on_selector_all(
        ROWS, "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )}  # fmt: skip
    heads = [text.strip() for text in page.locator("table.build thead th").all_text_contents()]
    place = {name: heads.index(strings(lang)[f"term_{name}"]) for name in ("plan", "range", "why")}
    assert len(found.rows) > 40
    for row in found.rows:
        cells = shown[row.part]
        assert cells[1] == words.verdict(row.verdict, lang)
        assert cells[place["plan"]] == words.pieces(row.plan)
        assert cells[place["range"]] == words.span(row.low, row.high)
        if row.why[0].day is None:  # days are written as the language does
            assert cells[place["why"]] == words.why(row.why[0], lang)
    page.click(f"{ROWS} >> nth=0 >> button.open")
    said = page.locator("ul.why li").all_text_contents()
    first = found.rows[0]
    assert said[:-1] == [words.why(each, lang) for each in first.why]
    how = words.how(first.how, lang)
    assert said[-1] == f"{strings(lang)['term_how']}: {how[:1].upper() + how[1:]}"
    assert page.text_content("p.choice") == words.choice(found.choice, lang)
    figures = page.locator(".figures strong").all_text_contents()
    assert figures[0] == words.pieces(found.days[0].distrust)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_cut_off_at_the_edge_of_the_sheet(opened: Opened, lang: str) -> None:
    """With own numbers there is one column more."""
    results = customer(PARTS, method="ratio")
    rows = results.forecast.table.select("part", "target", "plan", "forecast")
    day = results.forecast.cutoff.astype(object)
    own = rows.with_columns(evening=pl.lit(day), made=pl.lit(day), override=pl.lit(1_234_567.0))
    page = opened(results, lang, own=Overrides(own))
    on_paper(page)
    assert "1,234,567" in page.locator(ROWS).first.inner_text()
    assert page.evaluate(CUT_OFF) == []


def test_it_prints_what_was_chosen_and_says_what_that_is(opened: Opened) -> None:
    page = opened(customer(PARTS, method="ratio"))
    page.click(".chip[data-verdict=agrees]")
    page.fill("#part-search", "part 1")
    chosen = column(page, 0)
    on_paper(page)
    assert column(page, 0) == chosen != []
    chips = page.locator(".chip")
    visible = [chips.nth(at).get_attribute("data-verdict") for at in range(chips.count())
               if chips.nth(at).is_visible()]  # fmt: skip
    assert visible == ["agrees"]
    assert page.locator("#part-search").is_visible()
    assert page.locator("#build .count").inner_text() == f"1–{len(chosen)} of {len(chosen)}"
