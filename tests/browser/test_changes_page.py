"""What changed since the run before, on the page and over the interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

import serving  # noqa: E402
from calloff.data.load import load  # noqa: E402
from pages import SLOW, late_answer, open_run  # noqa: E402


class Runs:
    """Four runs: three days ago, of another lead, and of today for four days and for one."""

    def __init__(self, address: str, plan: Path) -> None:
        self.address = address
        triangle = load(plan).triangle
        before = str(triangle.newest_fresh() - np.timedelta64(3, "D"))
        with httpx.Client(base_url=address, timeout=60) as client:

            def made(**asked: Any) -> str:
                found = serving.ended(client, serving.upload(client, plan, **asked)["id"])
                assert found["state"] == "done", found
                return str(found["id"])

            usual = {"method": "ratio", "days": "4"}
            self.first = made(as_of=before, **usual)
            self.other_lead = made(as_of=before, lead="2", **usual)
            self.now = made(**usual)
            self.one_day = made(method="ratio", days="1")

    def changes(self, run: str, **asked: Any) -> Any:
        answer = httpx.get(f"{self.address}/api/runs/{run}/changes", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, run: str) -> dict[tuple[str, str], Any]:
        rows = httpx.get(f"{self.address}/api/runs/{run}/summary").json()["build"]
        return {(row["part"], row["target"]): row for row in rows}


@pytest.fixture(scope="module")
def runs(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with serving.server(tmp_path_factory.mktemp("kept")) as address:
        yield Runs(address, plan)


def test_changes_are_those_of_the_two_lists(runs: Runs) -> None:
    found = runs.changes(runs.now, share=0, pieces=0)
    assert found["run"] == runs.first
    before, now = runs.rows(runs.first), runs.rows(runs.now)
    shared = {day for _, day in before} & {day for _, day in now}
    assert found["targets"] == sorted(shared) and shared
    told = {(row["part"], row["target"]): row for row in found["rows"]}
    for key in {key for key in before | now if key[1] in shared}:
        old, new = before.get(key, {}), now.get(key, {})
        moved = any(old.get(name) != new.get(name) for name in ("plan", "forecast", "verdict"))
        assert (key in told) == moved, key
        if moved:
            assert told[key]["plan_before"] == old.get("plan")
            assert told[key]["plan"] == new.get("plan")
            assert (told[key]["verdict_before"], told[key]["verdict"]) == (
                old.get("verdict"), new.get("verdict"),
            )  # fmt: skip
    sizes = [max(abs((row[name] or 0) - (row[f"{name}_before"] or 0))
                 for name in ("plan", "forecast")) for row in found["rows"]]  # fmt: skip
    assert sizes == sorted(sizes, reverse=True)


def test_thresholds_are_one_s_own(runs: Runs) -> None:
    every = runs.changes(runs.now, share=0, pieces=0)["count"]
    usual = runs.changes(runs.now)
    assert 0 < usual["count"] < every
    few = runs.changes(runs.now, share=1, pieces=1e9)
    assert all({"verdict", "new", "gone"} & {*row["why"]} for row in few["rows"])
    for wrong in ({"share": 2}, {"pieces": -1}, {"share": "x"}):
        where = f"{runs.address}/api/runs/{runs.now}/changes"
        assert httpx.get(where, params=wrong).status_code == 422


def test_only_a_run_of_the_same_question_counts(runs: Runs) -> None:
    assert runs.changes(runs.first) is None
    assert runs.changes(runs.other_lead) is None
    assert runs.changes(runs.one_day)["run"] == runs.first


@pytest.fixture
def shown(chromium: Any, runs: Runs) -> Iterator[Any]:
    """Opens a run."""
    context = chromium.new_context(locale="en-US")
    yield lambda run: open_run(context, runs.address, run)
    context.close()


def test_the_panel_has_the_largest_first_and_leads_to_the_run_before(
    shown: Any, runs: Runs
) -> None:
    page = shown(runs.now)
    panel = page.locator("details.changes")
    panel.wait_for()
    found = runs.changes(runs.now)
    assert f"{found['count']}" in panel.locator("summary").inner_text()
    panel.locator("summary").click()
    names = [each.inner_text() for each in panel.locator("tbody th").all()]
    assert names == [row["part"] for row in found["rows"][:5]]
    words = {"distrust": "▲ check", "differs": "△ differs", "agrees": "agrees", None: ""}
    for row, line in zip(found["rows"], panel.locator("tbody tr").all(), strict=False):
        both = dict.fromkeys([row["verdict_before"], row["verdict"]])
        said = " → ".join(words[verdict] for verdict in both if verdict)
        assert line.locator("td").last.inner_text() == said
        moved = [f"{row[name]:,.0f}" if row[name] is not None else "–"
                 for name in ("plan_before", "plan")]  # fmt: skip
        assert line.locator("td").nth(1).inner_text() == " → ".join(dict.fromkeys(moved))
    panel.get_by_role("button", name=names[0], exact=True).first.click()
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    panel.get_by_role("link").click()
    page.wait_for_url(f"**/#/run/{runs.first}")
    page.locator("table.build").wait_for()
    assert page.locator("details.changes").is_hidden()  # there is no run before it


def test_thresholds_are_kept_in_the_browser(shown: Any, runs: Runs) -> None:
    page = shown(runs.now)
    page.locator("details.changes summary").click()
    every = runs.changes(runs.now, share=0, pieces=0)["count"]
    for name in ("share", "pieces"):
        field = page.locator(f"#changes-{name}")
        field.fill("0")
        field.press("Tab")
    page.locator("details.changes summary", has_text=f": {every}").wait_for()
    page.get_by_role("button", name=f"Show {every}").click()
    assert page.locator("details.changes tbody tr").count() == every
    page.locator("#changes-share").fill("-3")
    page.locator("#changes-share").press("Tab")
    page.get_by_text("give a number from 0 to 100").wait_for()
    page.reload()
    page.locator("details.changes summary", has_text=f": {every}").wait_for()


def test_two_runs_without_a_common_day_say_what_to_do(
    chromium: Any, plan: Path, tmp_path: Path
) -> None:
    before = str(load(plan).triangle.newest_fresh() - np.timedelta64(3, "D"))
    with serving.server(tmp_path) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            for more in ({"as_of": before}, {}):
                begun = serving.upload(client, plan, method="ratio", **more)
                run = serving.ended(client, begun["id"])
        page = chromium.new_page(locale="en-US")
        page.set_default_timeout(SLOW)
        page.goto(f"{address}/#/run/{run['id']}")
        page.locator("details.changes summary").click()
        assert page.get_by_text("have no target day in common").is_visible()
        page.close()


def test_an_answer_that_was_overtaken_is_not_shown(shown: Any, runs: Runs) -> None:
    page = shown(runs.now)
    page.locator("details.changes summary").click()
    every, pieces = (runs.changes(runs.now, share=0, pieces=least)["count"] for least in (0, 10))
    assert pieces < every
    told = page.locator("details.changes summary")
    page.locator("#changes-share").fill("0")
    with late_answer(page, "**/changes?share=*&pieces=10&*"):
        for least in ("10", "0"):
            page.locator("#changes-pieces").fill(least)
            page.locator("#changes-pieces").press("Tab")
        told.filter(has_text=f": {every}").wait_for()
    assert f": {every}" in told.inner_text()
