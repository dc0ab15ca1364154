"""Parts by days on the page, with sums by week, plant, group and class; filters by these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

import serving  # noqa: E402
from books import opened  # noqa: E402

GROUPS = {"P0": "Body", "P1": "Body", "P2": "Door", "P3": "Door"}
Page = tuple[Any, dict[str, Any]]


def plans(path: Path) -> Path:
    """Six parts for two plants, daily, eight days ahead."""
    rng = np.random.default_rng(2)
    rows = ["part,issued_at,plant,D," + ",".join(f"D+{lead}" for lead in range(1, 9))]
    for day in range(1, 26):
        for at in range(6):
            calls = ",".join(map(str, rng.integers(20, 60, 9) * (at + 1)))
            rows.append(f"P{at},2024-01-{day:02} 17:00,K{at % 2 + 1},{calls}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("plan")
    master = "part,name,group,price\n" + "".join(
        f"{part},Name of {part},{group},2\n" for part, group in GROUPS.items()
    )
    files = [
        ("files", ("plans.csv", plans(folder / "plans.csv").read_bytes())),
        ("parts", ("parts.csv", master.encode())),
    ]
    with serving.server(tmp_path_factory.mktemp("kept")) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            asked = {"days": "7", "lead": "1", "method": "ratio"}
            answer = client.post("/api/runs", files=files, data=asked)
            assert answer.status_code == 202, answer.text
            found = serving.ended(client, answer.json()["id"])
            assert found["state"] == "done", found["problems"]
            assert found["tables"] == {"parts": "parts.csv"}
        yield address, found["id"]


@pytest.fixture
def shown(chromium: Any, run: tuple[str, str]) -> Iterator[Page]:
    address, name = run
    page = chromium.new_page(locale="en-US", viewport={"width": 1900, "height": 1000})
    page.set_default_timeout(60_000)
    page.goto(f"{address}/#/run/{name}")
    page.locator("table.grid").wait_for()
    yield page, httpx.get(f"{address}/api/runs/{name}/summary").json()
    page.close()


def cells(page: Any, row: str) -> list[float]:
    line = page.locator("table.grid tr", has=page.locator("th[scope=row]", has_text=row))
    return [
        float(text.replace(",", "").replace("\u2212", "-"))
        for text in line.first.locator("td").all_inner_texts()
    ]


def by_loop(summary: dict[str, Any], names: Any, value: str = "forecast") -> list[float]:
    """Each day, after the last of a week its sum, at last all days."""
    days: dict[str, float] = defaultdict(float)
    for row in summary["build"]:
        if names(row["part"]):
            days[row["target"]] += row[value]
    out, week, last = [], 0.0, None
    for day in sorted(days):
        now = date.fromisoformat(day).isocalendar()[:2]
        if last and now != last:
            out, week = [*out, week], 0.0
        out, week, last = [*out, days[day]], week + days[day], now
    return [*out, week, sum(days.values())]


def test_days_weeks_and_totals_add_up(shown: Page) -> None:
    page, summary = shown
    for part in ("P0 @ K1", "P5 @ K2"):
        wanted = by_loop(summary, lambda name, part=part: name == part)
        assert len(wanted) > 9  # seven days, two weeks or more, and all
        assert cells(page, part) == pytest.approx(wanted, abs=0.51)
    assert cells(page, "Total") == pytest.approx(by_loop(summary, lambda name: True), abs=0.51)


def test_sums_by_plant_group_and_class(shown: Page) -> None:
    page, summary = shown
    page.select_option("#grid-by", "plant")
    wanted = by_loop(summary, lambda name: name.endswith("K2"))
    assert cells(page, "K2") == pytest.approx(wanted, abs=0.51)
    page.select_option("#grid-by", "group")
    page.select_option("#grid-value", "plan")
    wanted = by_loop(summary, lambda name: GROUPS.get(name[:2]) == "Door", "plan")
    assert cells(page, "Door") == pytest.approx(wanted, abs=0.51)
    page.select_option("#grid-by", "abc")
    classes = summary["labels"]["abc"]
    assert {*classes.values()} >= {"A"} and "P5 @ K2" not in classes  # it has no price
    wanted = by_loop(summary, lambda name: classes.get(name) == "A", "plan")
    assert cells(page, "A") == pytest.approx(wanted, abs=0.51)


@pytest.mark.parametrize("width", [1900, 390])
def test_the_view_is_accessible_with_grid_and_filters(shown: Page, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NEEDED)
    page, _ = shown
    page.set_viewport_size({"width": width, "height": 900})
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not overflow  # tables scroll in their own room


def test_a_filter_holds_for_list_totals_and_grid(shown: Page) -> None:
    page, summary = shown
    page.select_option("#label-group", "Body")
    names = page.locator("table.build tbody th").all_inner_texts()
    assert sorted(names) == ["P0 @ K1", "P1 @ K2"]
    body = [row for row in summary["build"] if GROUPS.get(row["part"][:2]) == "Body"]
    first = sum(row["forecast"] for row in body if row["target"] == summary["targets"][0])
    total = page.locator("table.build tfoot .col-forecast").inner_text().replace(",", "")
    assert float(total) == pytest.approx(first, abs=0.51)
    assert cells(page, "Total")[-1] == pytest.approx(sum(row["forecast"] for row in body), abs=0.51)
    page.select_option("#label-plant", "K1")
    assert page.locator("table.build tbody th").all_inner_texts() == ["P0 @ K1"]
    page.select_option("#label-plant", label="All")
    page.select_option("#label-group", label="(none)")
    assert page.locator("table.build tbody th").count() == 2
    page.select_option("#label-group", label="All")
    page.fill("#part-search", "name of p3")
    assert page.locator("table.build tbody th").all_inner_texts() == ["P3 @ K2"]


def total(page: Any, column: str) -> float:
    text = page.locator(f"table.build tfoot .col-{column}").inner_text()
    return float(text.replace(",", "").replace("\u2212", "-"))


def test_parts_below_a_value_are_left_out_and_sums_follow(shown: Page) -> None:
    page, summary = shown
    target = summary["targets"][0]
    worth = {row["part"]: 2 * row["forecast"] for row in summary["build"]
             if row["target"] == target and row["part"][:2] in GROUPS}  # fmt: skip
    assert total(page, "value") == pytest.approx(sum(worth.values()), abs=0.51)
    least = sorted(worth.values())[2]  # all but the two that are worth least
    page.fill("#least-value", f"{least:,.3f}")
    kept = {part for part, value in worth.items() if value >= round(least, 3)}
    assert {*page.locator("table.build tbody th").all_inner_texts()} == kept
    assert total(page, "value") == pytest.approx(sum(worth[part] for part in kept), abs=0.51)
    wanted = by_loop(summary, lambda name: name in kept)
    assert cells(page, "Total") == pytest.approx(wanted, abs=0.51)
    counts = page.locator(".chip .tally").all_inner_texts()
    assert int(counts[0]) == len(kept) == sum(map(int, counts[1:]))
    assert page.get_by_text(f"Of the {len(kept)} of 6 parts that are chosen below").is_visible()
    figure = page.locator(".figure", has=page.get_by_text("Finally built", exact=True))
    assert figure.locator("strong").inner_text() == f"{total(page, 'final'):,.0f}"
    page.fill("#least-value", "1x")
    assert page.locator("#least-value").get_attribute("aria-invalid") == "true"
    assert page.locator("table.build tbody th").count() == len(kept)  # as before
    page.fill("#least-value", "")
    assert page.locator("table.build tbody th").count() == 6
    assert page.locator(".of-chosen").count() == 0


def test_the_value_is_in_the_workbook(shown: Page, run: tuple[str, str], tmp_path: Path) -> None:
    address, name = run
    _, summary = shown
    book = tmp_path / "a.xlsx"
    book.write_bytes(httpx.get(f"{address}/api/runs/{name}/workbook", timeout=120).content)
    heads, *lines = opened(book).worksheets[0].values
    at = {head: place for place, head in enumerate(heads)}
    rows = [line for line in lines if line[at["target day"]]]
    assert len(rows) == len(summary["build"])
    for line in rows:
        known = line[0][:2] in GROUPS
        assert line[at["value"]] == (pytest.approx(2 * line[at["forecast"]]) if known else None)
