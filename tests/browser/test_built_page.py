"""What is finally built, on the page: own numbers, stock, several days together, totals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

import serving  # noqa: E402
from pages import open_run  # noqa: E402

STOCK = b"part,stock,on order,safety stock\nPart 2,1,,\nPart 4,500,30,10\n"


@pytest.fixture(scope="module")
def run(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server, and of a run with stock for two days together."""
    with serving.server(tmp_path_factory.mktemp("kept")) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            files = [("files", (plan.name, plan.read_bytes())), ("stock", ("stock.csv", STOCK))]
            asked = {"days": "3", "cover": "2", "method": "ratio"}
            answer = client.post("/api/runs", files=files, data=asked)
            assert answer.status_code == 202, answer.text
            found = serving.ended(client, answer.json()["id"])
        yield address, found["id"]


@pytest.fixture
def page(chromium: Any, run: tuple[str, str]) -> Iterator[Any]:
    address, name = run
    httpx.put(f"{address}/api/runs/{name}/overrides", json={"overrides": {}})
    context = chromium.new_context(locale="en-US", viewport={"width": 1700, "height": 1000})
    yield open_run(context, address, name)
    context.close()


def cell(page: Any, part: str, column: str) -> Any:
    row = page.locator("table.build tbody tr", has=page.get_by_text(part, exact=True))
    return row.locator(f".col-{column}")


def total(page: Any, column: str) -> float:
    text = page.locator(f"table.build tfoot .col-{column}").inner_text()
    return float(text.replace(",", ""))


def figure(page: Any) -> str:
    box = page.locator(".figure", has=page.get_by_text("Finally built", exact=True))
    return str(box.locator("strong").inner_text())


def test_an_own_number_is_what_is_finally_built(page: Any, run: tuple[str, str]) -> None:
    build = float(cell(page, "Part 3", "build").inner_text().replace(",", ""))
    before = total(page, "final")
    assert cell(page, "Part 3", "final").inner_text() == f"{build:,.0f}"
    field = page.get_by_label("Own number for Part 3,")
    field.fill("700")
    field.press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert cell(page, "Part 3", "final").inner_text() == "700"
    assert total(page, "final") == pytest.approx(before + 700 - build, abs=1)
    assert total(page, "build") == pytest.approx(before, abs=1)
    assert figure(page) == f"{total(page, 'final'):,.0f}"
    address, name = run
    rows = httpx.get(f"{address}/api/runs/{name}/forecast").json()
    first = [row for row in rows if row["target"] == rows[0]["target"]]
    (mine,) = [row for row in first if row["part"] == "Part 3"]
    assert (mine["final"], mine["build"]) == (700, build)
    assert sum(row["final"] or 0 for row in first) == pytest.approx(total(page, "final"), abs=1)


def test_stock_is_projected_and_none_is_no_zero(page: Any, run: tuple[str, str]) -> None:
    address, name = run
    rows = httpx.get(f"{address}/api/runs/{name}/forecast").json()
    row = next(row for row in rows if row["part"] == "Part 4")
    assert row["projected"] == pytest.approx(500 + 30 - row["before"])
    assert cell(page, "Part 4", "projected").inner_text() == f"{row['projected']:,.0f}"
    assert cell(page, "Part 3", "projected").inner_text() == "not given"
    before = f"{row['before']:,.0f}"
    for part, shown in (("Part 4", ["500", before, "30", "10"]), ("Part 3", ["not given"] * 4)):
        page.locator("table.build").get_by_role("button", name=part, exact=True).click()
        facts = [each.split("\n") for each in page.locator("dialog .numbers div").all_inner_texts()]
        told = {name.lower(): value for name, value in facts}
        names = ("stock", "called off before", "on order", "safety stock")
        assert [told[name] for name in names] == shown
        page.keyboard.press("Escape")


def test_several_days_are_built_for_together(page: Any) -> None:
    assert page.get_by_text("Built for the call-offs of 2 target days together").is_visible()
    page.get_by_text("Settings", exact=True).click()
    assert page.get_by_label("Target days to build for together").input_value() == "2"


def test_everything_follows_the_day_that_is_chosen(page: Any, run: tuple[str, str]) -> None:
    address, name = run
    summary = httpx.get(f"{address}/api/runs/{name}/summary").json()
    title = page.locator("h1").inner_text()
    second = summary["targets"][1]
    page.select_option("#target", second)
    assert page.locator("h1").inner_text() != title
    day = summary["days"][1]
    counted = page.locator(".figure strong").first.inner_text()
    assert counted == str(day["distrust"])
    assert total(page, "forecast") == pytest.approx(day["forecast"], abs=1)
    assert page.get_by_text("What to build for this day is in the quantity of").is_visible()
    page.locator("table.build").get_by_role("button", name="Part 4", exact=True).click()
    (row,) = [
        row for row in summary["build"] if row["part"] == "Part 4" and row["target"] == second
    ]
    shown = page.locator("dialog .numbers dd").nth(1).inner_text()
    assert shown == f"{row['forecast']:,.0f}"
