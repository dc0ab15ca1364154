"""The page and the report of a customer that plans by weeks count weeks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

from pages import SLOW, quiet_page  # noqa: E402
from serving import ended, server, upload  # noqa: E402
from weekly_customer import weekly_plans, weekly_results  # noqa: E402

Opened = Callable[..., Any]
SAID = {
    "en": re.compile(
        r"\b(?:target|past|stale|fresh|\d+) days?\b|\bthis day\b|D\+\d", re.IGNORECASE
    ),
    "ko": re.compile(r"\d+일(?![ (]*\()|목표일|일수|이 날|D\+\d"),
}
ALL = """() => [...document.querySelectorAll("body *")].flatMap((each) =>
  [each.getAttribute("aria-label"), each.title]).concat(document.body.innerText)
  .filter(Boolean).join("\\n")"""


def days_in(page: Any, lang: str) -> list[str]:
    """Lines that say days; calendar days of the month, as 2024년 2월 5일, are none of them."""
    text = re.sub(r"\d+월 \d+일", "", page.evaluate(ALL))
    return [line for line in text.split("\n") if SAID[lang].search(line)]


def open_all(page: Any) -> None:
    for details in page.locator("details").all():
        # what is inside may be made only when the browser tells of the opening
        details.evaluate("""node => node.open || new Promise((opened) => {
          node.addEventListener("toggle", () => opened());
          setTimeout(opened, 5000);
          node.open = true;
        })""")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_report_counts_weeks(opened: Opened, lang: str) -> None:
    page = opened(weekly_results(cover=2, days=4), lang)
    open_all(page)
    assert days_in(page, lang) == []
    wanted = {"en": r"Lead: 3 weeks\.", "ko": r"대응에 필요한 기간: 3주\."}
    assert re.search(wanted[lang], page.locator("p.lede").inner_text())
    page.locator("table.build button.open", has_text="low").first.click()
    open_all(page)
    assert days_in(page, lang) == []
    reasons = {
        "en": r"3 weeks ahead were .* on \d+ of \d+ weeks",
        "ko": r"3주 앞 계획은 .*\d+주 중",
    }
    assert re.search(reasons[lang], page.locator("dialog ul.why").inner_text())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server with two runs of such a customer; the address and the second run."""
    folder = tmp_path_factory.mktemp("weeks")
    with server(folder / "kept") as address, httpx.Client(base_url=address, timeout=60) as client:
        for weeks in (26, 30):
            weekly_plans(weeks).write_csv(folder / "plan.csv")
            made = upload(client, folder / "plan.csv", lead=21, days=3, keep="false")
            assert ended(client, made["id"])["state"] == "done"
        yield address, made["id"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_page_counts_weeks(chromium: Any, run: tuple[str, str], lang: str) -> None:
    address, name = run
    context = chromium.new_context(locale={"en": "en-US", "ko": "ko-KR"}[lang])
    with quiet_page(context) as page:
        page.set_default_timeout(SLOW)
        page.goto(f"{address}/#/run/{name}")
        page.locator("table.build").wait_for()
        page.locator("details.changes").wait_for(state="attached")
        page.locator("#earlier tbody tr").first.wait_for()
        open_all(page)
        lead = {"en": "Lead: 3 weeks (usually 3 days)", "ko": "선행: 3주 (평소 3일)"}[lang]
        beside = ("Days you need to react", "대응에 필요한 일수")  # the field of the settings
        found = [line for line in days_in(page, lang) if not line.startswith(beside)]
        assert len(found) == 1 and lead in found[0]  # 3 days are the usual
        week = {"en": "week 0", "ko": "2024년 0"}[lang]
        assert week in page.locator("#earlier tbody").first.inner_text()
        page.goto(f"{address}/#/")
        row = page.locator("section table tbody tr").first
        row.wait_for()
        assert week in row.inner_text()
    context.close()


def test_the_edge_of_the_plans_is_said_in_weeks(run: tuple[str, str], tmp_path: Path) -> None:
    address, _ = run
    weekly_plans().write_csv(tmp_path / "plan.csv")
    with httpx.Client(base_url=address, timeout=60) as client:
        made = upload(client, tmp_path / "plan.csv", lead=63, customer="Acme")
        failed = ended(client, made["id"])
    assert [each["code"] for each in failed["problems"]] == ["forecast.horizon_weeks"]
    assert "9 weeks ahead" in failed["problems"][0]["message"]
